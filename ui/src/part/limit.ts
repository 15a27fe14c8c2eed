// How long a free text may be, in characters, as the desktop and the hub count them.

export const MESSAGE_LIMIT = 4000;
/** A reason or a question. */
export const DECISION_LIMIT = 2000;
