// What every screen shares: the door, the overview, the language, the present screen, the latest state of what was sent.
// Leaves each screen's own data to it. Invariant: one `App` per page, handed down by context.

import { getContext, setContext } from 'svelte';
import type { DesktopEvent, Language, Moment, OutboxLine, Overview, RequestId, RequestList, Screen } from './bindings';
import { HostProblem, type CommandName, type Host, type RequestOf, type ResponseOf } from './host/host';
import { hash_screen, screen_hash, screen_window } from './route';
import { text_of, when, when_short, type Messages } from './text';
import { format_of, type Format } from './text/format';

const KEY = Symbol('app');

type Hearer = (event: DesktopEvent) => void;

export class App {
  overview = $state<Overview>();
  screen = $state<Screen>({ screen: 'menu' });
  /** Everything that is not at the hub, and what arrived there while the page was open. */
  outbox = $state.raw<OutboxLine[]>([]);
  /** What the overview could not be had for. */
  problem = $state<HostProblem>();
  /** Polite words for a screen reader. */
  announcement = $state('');
  language = $state<Language>(navigator.language.startsWith('de') ? 'de' : 'en');
  /** The words of the language; `start` loads them before anything is shown. */
  text: Messages = $state.raw({} as Messages);
  readonly format: Format = $derived(format_of(this.language));
  /** Work that must be done before the window closes or another screen comes. */
  readonly #leaving = new Set<() => Promise<void>>();
  readonly #hearers = new Set<Hearer>();
  /** The first run sends to "your data" once, not again and again. */
  #profile_offered = false;

  constructor(
    readonly host: Host,
    readonly now: () => Date = () => new Date(),
  ) {
    this.screen = hash_screen(location.hash, host.window);
  }

  /** Begins to hear events and addresses, and loads the overview. */
  start(): () => void {
    const on_hash = () => void this.#show(hash_screen(location.hash, this.host.window));
    const on_hide = () => void this.leave();
    const on_visibility = () => {
      if (document.visibilityState === 'hidden') void this.leave();
      else void this.refresh();
    };
    const on_focus = () => void this.refresh();
    window.addEventListener('hashchange', on_hash);
    window.addEventListener('pagehide', on_hide);
    window.addEventListener('blur', on_hide);
    document.addEventListener('visibilitychange', on_visibility);
    const end_events = this.host.listen((event) => this.#hear(event));
    const end_close = this.host.before_close(() => this.leave());
    void this.refresh();
    window.addEventListener('focus', on_focus);
    return () => {
      window.removeEventListener('focus', on_focus);
      window.removeEventListener('hashchange', on_hash);
      window.removeEventListener('pagehide', on_hide);
      window.removeEventListener('blur', on_hide);
      document.removeEventListener('visibilitychange', on_visibility);
      end_events();
      end_close();
    };
  }

  call<K extends CommandName>(name: K, request: RequestOf<K>): Promise<ResponseOf<K>> {
    return this.host.call(name, request);
  }

  async refresh(): Promise<void> {
    try {
      await this.adopt(await this.call('overview_get', {}));
      this.problem = undefined;
    } catch (thrown) {
      if (this.overview === undefined) await this.speak(this.language);
      this.problem = HostProblem.from(thrown);
    }
  }

  async adopt(overview: Overview): Promise<void> {
    await this.speak(overview.language);
    this.overview = overview;
    const is_first_run = overview.connection !== 'not_enrolled' && !overview.profile_confirmed;
    if (is_first_run && !this.#profile_offered && this.screen.screen === 'menu') {
      this.#profile_offered = true;
      void this.open({ screen: 'profile' });
    }
  }

  async speak(language: Language): Promise<void> {
    if (this.language === language && this.text.product !== undefined) return;
    this.text = await text_of(language);
    this.language = language;
    document.documentElement.lang = language;
  }

  /** Shows a screen; one of the other window there, which closes the menu. */
  async open(screen: Screen): Promise<void> {
    await this.leave();
    if (screen_window(screen) === this.host.window) {
      location.hash = screen_hash(screen);
      return;
    }
    await this.call('screen_open', { screen });
    if (this.host.window === 'menu' && !this.host.single_page) await this.close();
  }

  /** Begins a form or goes on with one, and opens it. */
  async begin(form: string, resume: boolean): Promise<void> {
    const view = await this.call('draft_begin', { form, resume });
    await this.open({ screen: 'form', draft: view.draft });
  }

  /** A draft that is about nobody yet is gone on with; otherwise the form is begun anew. */
  async begin_fresh(form: string): Promise<void> {
    const begun = this.overview?.drafts.filter((draft) => draft.form === form) ?? [];
    const unnamed = begun.find((draft) => draft.subject === '');
    if (unnamed) await this.open({ screen: 'form', draft: unnamed.draft });
    // where the menu knows of none, one that came into being a moment ago is the one that is meant
    else await this.begin(form, begun.length === 0);
  }

  /** Begins a support request, under whatever name the catalog has for it. */
  async begin_support(): Promise<void> {
    const kinds = await this.call('kind_list', {});
    const support = kinds.find((kind) => kind.kind === 'support');
    if (support) await this.begin_fresh(support.form);
    else await this.begin('support', true);
  }

  async close(): Promise<void> {
    await this.leave();
    await this.call('window_close', {});
  }

  /** Runs `work` before the window closes, is hidden, or shows another screen. */
  on_leave(work: () => Promise<void>): () => void {
    this.#leaving.add(work);
    return () => this.#leaving.delete(work);
  }

  async leave(): Promise<void> {
    await Promise.allSettled([...this.#leaving].map((work) => work()));
  }

  hear(hearer: Hearer): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }

  keep_line(line: OutboxLine): void {
    const is_known = this.outbox.some((each) => each.item === line.item);
    this.outbox = is_known
      ? this.outbox.map((each) => (each.item === line.item ? line : each))
      : [...this.outbox, line];
  }

  /** The list of requests brings all that is unsent along. */
  async request_list(retry = false): Promise<RequestList> {
    const list = await this.call(retry ? 'outbox_retry' : 'request_list', {});
    this.outbox = list.outbox;
    return list;
  }

  /** What was done with a request and is not at the hub yet. */
  pending(request: RequestId | null): OutboxLine[] {
    return this.outbox.filter((line) => line.request !== null && line.request === request && line.state !== 'delivered');
  }

  announce(words: string): void {
    // The same words twice are spoken twice.
    this.announcement = this.announcement === words ? `${words}\u00a0` : words;
  }

  words(problem: HostProblem): string {
    return this.text.problem[problem.code] ?? this.text.problem.unknown;
  }

  when(moment: Moment): string {
    return when(moment, this.now(), this.text, this.format);
  }

  when_short(moment: Moment): string {
    return when_short(moment, this.now(), this.format);
  }

  get provider(): string {
    return this.overview?.brand.provider || this.text.product;
  }

  async #show(screen: Screen): Promise<void> {
    await this.leave();
    this.screen = screen;
  }

  #hear(event: DesktopEvent): void {
    switch (event.event) {
      case 'screen_requested':
        if (event.window === this.host.window) location.hash = screen_hash(event.screen);
        break;
      case 'outbox_changed':
        this.keep_line(event.item);
        break;
      case 'overview_changed':
      case 'inbox_changed':
      case 'requests_changed':
        void this.refresh();
        break;
      case 'catalog_changed':
        break;
    }
    for (const hearer of this.#hearers) hearer(event);
  }
}

export function provide_app(app: App): App {
  return setContext(KEY, app);
}

export function use_app(): App {
  return getContext<App>(KEY);
}
