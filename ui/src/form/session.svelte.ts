// One draft while it is being filled in: what the person typed, what the desktop made of it, what may be said about it now.
// It evaluates nothing; every state comes from the desktop. Invariants: answers leave in order, one at a time; a state with a
// smaller sequence than the one shown is dropped; what was typed stays until the desktop has stored it.

import type { DraftView, FieldId, FieldState, Finding, FormState, Moment, Value } from '../bindings';
import { HostProblem, type Host } from '../host/host';

/** A text waits this long for the next key. */
export const TYPING_PAUSE_MS = 250;
const RETRY_MS = 3000;

export interface FieldChange {
  appeared: FieldState[];
  went: FieldState[];
}

export class FormSession {
  view: DraftView;
  /** Somebody tried to send: from now on everything is said, apart from questions that came after that. */
  #tried = $state(false);
  /** Why the last answer is not stored yet. */
  problem = $state<HostProblem>();
  /** When the last answer was stored. */
  saved_at = $state<Moment>('');
  /** Replaced as a whole with every change, so that it is seen. */
  #unsent = $state.raw<ReadonlyMap<FieldId, Value | null>>(new Map());
  #left = $state.raw<ReadonlySet<FieldId>>(new Set());
  /** Appeared after the try; nobody has had the chance to answer yet. */
  #young = $state.raw<ReadonlySet<FieldId>>(new Set());
  /** Has the focus because the screen gave it; leaving it untouched says nothing. */
  #spared: FieldId | undefined;
  #sequence: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pumping: Promise<void> | undefined;
  #ended = false;

  constructor(
    private readonly host: Host,
    view: DraftView,
    private readonly now: () => Date,
    private readonly on_change: (change: FieldChange) => void = () => undefined,
  ) {
    this.view = $state.raw(view);
    this.saved_at = view.saved_at;
    this.#sequence = view.state.sequence;
  }

  get state(): FormState {
    return this.view.state;
  }

  get tried(): boolean {
    return this.#tried;
  }

  /** Somebody tried to send; each try says everything. */
  set tried(tried: boolean) {
    this.#tried = tried;
    this.#young = new Set();
  }

  get is_saving(): boolean {
    return this.#unsent.size > 0;
  }

  /** What the field shows: what was typed last, else what is stored. */
  value(field: FieldState): Value | null {
    const typed = this.#unsent.get(field.id);
    return typed !== undefined ? typed : (field.value ?? null);
  }

  text(field: FieldState): string {
    const value = this.value(field);
    return typeof value === 'string' ? value : '';
  }

  list(field: FieldState): string[] {
    const value = this.value(field);
    return Array.isArray(value) ? value : [];
  }

  /** Takes an answer; `pause_ms` for texts that are still being typed. */
  change(field: FieldId, value: Value | null, pause_ms = 0): void {
    if (this.#spared === field) this.#spared = undefined;
    this.#unsent = new Map([...without(this.#unsent, field), [field, value]]);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), pause_ms);
  }

  /** Sends everything that is not stored yet; comes back when it is, or when it cannot be. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#pumping ??= this.#pump().finally(() => (this.#pumping = undefined));
    await this.#pumping;
    if (this.#unsent.size > 0 && this.problem === undefined) await this.flush();
  }

  /** The field was left: its findings may be said, once its answer is in. */
  async leave(field: FieldId): Promise<void> {
    await this.flush();
    if (this.#spared === field) {
      this.#spared = undefined;
      return;
    }
    this.#left = new Set([...this.#left, field]);
  }

  /** The screen puts the focus into this field. */
  spare(field: FieldId): void {
    this.#spared = field;
  }

  /** Findings of a field that may be said now. */
  findings(field: FieldId): Finding[] {
    return this.state.findings.filter((finding) => finding.field === field && this.#may_say(finding));
  }

  /** Everything that holds up the order. */
  get obstacles(): Finding[] {
    return this.state.findings.filter((finding) => !finding.warning);
  }

  /** What of it may be said now. */
  get said_obstacles(): Finding[] {
    return this.obstacles.filter((finding) => this.#may_say(finding));
  }

  /** Whether a section's state may already be called wrong. */
  is_wrong(section_fields: FieldState[]): boolean {
    const ids = new Set(section_fields.map((field) => field.id));
    return this.obstacles.some((finding) => ids.has(finding.field) && this.#may_say(finding));
  }

  field(id: FieldId): FieldState | undefined {
    return this.state.sections.flatMap((section) => section.fields).find((field) => field.id === id);
  }

  /** Takes over a state unless a newer one is shown. */
  apply(state: FormState): void {
    if (state.sequence < this.state.sequence) return;
    const before = fields_of(this.state);
    this.view = { ...this.view, state };
    this.#tell(before, fields_of(state));
  }

  /** Takes over a whole draft that the desktop gives back (pictures, another catalog, printers). Where answers left
   *  meanwhile, their states are newer than this one's. */
  async renew(call: () => Promise<DraftView>): Promise<void> {
    await this.flush();
    const sequence = this.#sequence;
    const view = await call();
    const is_newest = this.#sequence === sequence && this.#unsent.size === 0;
    const state = is_newest ? { ...view.state, sequence: Math.max(sequence, view.state.sequence) } : this.state;
    const before = fields_of(this.state);
    this.view = { ...view, state };
    this.saved_at = view.saved_at;
    this.#tell(before, fields_of(state));
  }

  /** Findings that the hub's own decision brought. */
  refuse(findings: Finding[]): void {
    if (findings.length > 0) this.view = { ...this.view, state: { ...this.state, findings, complete: false } };
    this.tried = true;
  }

  /** No more retries; what is pending was flushed before. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  async #pump(): Promise<void> {
    this.problem = undefined;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [field, value] = next;
      this.#sequence = Math.max(this.#sequence, this.state.sequence) + 1;
      try {
        const state = await this.host.call('draft_answer', {
          draft: this.view.draft,
          field,
          value,
          sequence: this.#sequence,
        });
        if (this.#unsent.get(field) === value) this.#unsent = new Map(without(this.#unsent, field));
        this.saved_at = this.now().toISOString();
        this.apply(state);
      } catch (thrown) {
        this.problem = HostProblem.from(thrown);
        if (!this.#ended && this.problem.code !== 'not_found') this.#timer = setTimeout(() => void this.flush(), RETRY_MS);
        return;
      }
    }
  }

  #next(): [FieldId, Value | null] | undefined {
    return this.#unsent.entries().next().value;
  }

  #may_say(finding: Finding): boolean {
    return this.#left.has(finding.field) || (this.#tried && !this.#young.has(finding.field));
  }

  #tell(before: Map<FieldId, FieldState>, after: Map<FieldId, FieldState>): void {
    const appeared = [...after.values()].filter((field) => !before.has(field.id));
    const went = [...before.values()].filter((field) => !after.has(field.id));
    if (this.#tried && appeared.length > 0) this.#young = new Set([...this.#young, ...appeared.map((field) => field.id)]);
    if (appeared.length > 0 || went.length > 0) this.on_change({ appeared, went });
  }
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): [K, V][] {
  return [...map].filter(([each]) => each !== key);
}

function fields_of(state: FormState): Map<FieldId, FieldState> {
  return new Map(state.sections.flatMap((section) => section.fields.map((field) => [field.id, field] as const)));
}
