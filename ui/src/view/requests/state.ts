// How the state of a request is shown: its words, its tone, and whether it is over.

import type { RequestState, RequestSummary } from '../../bindings';
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
  return text.request_state[summary.state] ?? text.request_state.unknown;
}

const OVER: readonly RequestState[] = ['refused', 'withdrawn', 'done', 'not_done'];
export const is_over = (state: RequestState): boolean => OVER.includes(state);
