// How the state of a request is shown: its words, its tone, and whether it is over.

import type { Code, RequestState, RequestSummary } from '../../bindings';
import type { Messages } from '../../text';

type Tone = 'plain' | 'accent' | 'ok' | 'warn' | 'bad';

const TONES: Record<RequestState, Tone> = {
  waiting: 'plain',
  returned: 'warn',
  refused: 'bad',
  withdrawn: 'plain',
  queued: 'accent',
  in_progress: 'accent',
  done: 'ok',
  not_done: 'bad',
  unknown: 'plain',
};

export const state_tone = (state: RequestState): Tone => TONES[state] ?? 'plain';

export function state_words(summary: RequestSummary, text: Messages): string {
  if (summary.state === 'waiting' && summary.approver) return text.requests.waits_for(summary.approver.name);
  if (summary.state === 'in_progress' && summary.agent) return text.requests.in_progress_by(summary.agent.name);
  // Nobody has ordered a support request: it is simply there.
  if (summary.state === 'queued' && summary.kind === 'support') return text.requests.arrived;
  return text.request_state[summary.state] ?? text.request_state.unknown;
}

/** Why an attempt failed; what goes out by itself asks nobody to try again. */
export function reason_words(reason: Code, text: Messages): string {
  if (reason === 'hub_unreachable' || reason === 'hub_unavailable') return text.outbox.no_connection;
  return text.problem[reason] ?? text.problem.unknown;
}

const OVER: readonly RequestState[] = ['refused', 'withdrawn', 'done', 'not_done'];
export const is_over = (state: RequestState): boolean => OVER.includes(state);
