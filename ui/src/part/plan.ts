// Costs and duration of a plan in words.

import type { Plan } from '../bindings';
import type { Messages } from '../text';
import type { Format } from '../text/format';

/** "85,00 € + 62,40 €/Monat"; empty where nothing costs. */
export function cost_words(plan: Plan, text: Messages, format: Format): string {
  const once = plan.cost_once_cents === 0 ? '' : format.money(plan.cost_once_cents);
  const month = plan.cost_month_cents === 0 ? '' : text.plan.cost_month(format.money(plan.cost_month_cents));
  return [once, month].filter(Boolean).join(' + ');
}

/** One line for a narrow foot: what is open, what it costs, how long it takes. */
export function digest_words(plan: Plan, text: Messages, format: Format): string {
  const open = plan.open.length === 0 ? text.plan.complete : text.plan.open_count(plan.open.length);
  return [open, read_words(plan, text, format)].filter(Boolean).join(' · ');
}

/** The same for somebody who reads and decides. */
export function read_words(plan: Plan, text: Messages, format: Format): string {
  return [
    cost_words(plan, text, format),
    plan.lead_time_days === 0 ? '' : text.plan.working_days(plan.lead_time_days),
  ]
    .filter(Boolean)
    .join(' · ');
}
