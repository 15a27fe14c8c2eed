// The only door out of the screens: calls and events. It leaves to `tauri.ts` and `web.ts` how they travel.
// Invariant: whatever goes wrong arrives as a `HostProblem` with a code; the words come from the dictionary.

import type { Code, Commands, DesktopEvent, FieldId, Finding, Problem, WindowLabel } from '../bindings';

export type CommandName = keyof Commands;
export type RequestOf<K extends CommandName> = Commands[K]['request'];
export type ResponseOf<K extends CommandName> = Commands[K]['response'];

export interface Host {
  /** Which window this page is. */
  readonly window: WindowLabel;
  /** Opening a screen of the other window replaces this page (a plain browser has one page). */
  readonly single_page: boolean;
  call<K extends CommandName>(name: K, request: RequestOf<K>): Promise<ResponseOf<K>>;
  /** Hears events until the returned function is called. */
  listen(handler: (event: DesktopEvent) => void): () => void;
  /** Runs before the window closes by its frame; the window waits for it, for a short time. */
  before_close(work: () => Promise<void>): () => void;
}

/** What a call failed with. */
export class HostProblem extends Error {
  readonly code: Code;
  readonly field: FieldId | undefined;
  /** Seconds. */
  readonly retry_after: number | undefined;
  readonly findings: Finding[];

  constructor(problem: Problem) {
    super(problem.message);
    this.name = 'HostProblem';
    this.code = problem.code;
    this.field = problem.field;
    this.retry_after = problem.retry_after;
    this.findings = problem.findings ?? [];
  }

  /** Makes one of whatever was thrown. */
  static from(thrown: unknown): HostProblem {
    if (thrown instanceof HostProblem) return thrown;
    if (is_problem(thrown)) return new HostProblem(thrown);
    return new HostProblem({ code: 'internal', message: String(thrown) });
  }
}

function is_problem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string';
}

/** Bytes as a picture; the type is looked up in the bytes, as a name can lie. */
export function blob_of(bytes: ArrayBuffer | Uint8Array | number[]): Blob {
  const view = Uint8Array.from(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes);
  const is_png = view[0] === 0x89 && view[1] === 0x50;
  const is_jpeg = view[0] === 0xff && view[1] === 0xd8;
  return new Blob([view], { type: is_png ? 'image/png' : is_jpeg ? 'image/jpeg' : 'application/octet-stream' });
}
