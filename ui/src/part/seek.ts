// Finding in a list by name, kind or number; moving through a list by keys.

import type { RequestSummary } from '../bindings';

export function is_sought(summary: RequestSummary, sought: string): boolean {
  const text = `${summary.subject} ${summary.title} ${summary.number} ${summary.requester.name}`.toLocaleLowerCase();
  return sought
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => text.includes(word));
}

/** Keys are for the list or the document, not for what is typed, and never with a modifier. */
export function is_plain_key(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.defaultPrevented || event.isComposing) return false;
  const target = event.target;
  return !(target instanceof HTMLElement && target.closest('input, textarea, select, dialog, [contenteditable]'));
}

/** Moves the focus to the next or previous item of the list that the element is in, and opens it. */
export function step_item(list: ParentNode, step: 1 | -1): void {
  const items = [...list.querySelectorAll<HTMLAnchorElement>('a[data-item]')];
  const focused = items.findIndex((item) => item === document.activeElement);
  const present = focused >= 0 ? focused : items.findIndex((item) => item.hasAttribute('aria-current'));
  const next = items[Math.min(Math.max(present + step, 0), items.length - 1)];
  if (!next) return;
  next.focus();
  location.hash = next.hash;
}
