// The dictionary by language, and the few phrases that need both words and a format.

import type { Language, Moment } from '../bindings';
import type { Messages } from './de';
import type { Format } from './format';

export type { Messages } from './de';

/** One language at a time is loaded. */
export async function text_of(language: Language): Promise<Messages> {
  return language === 'de' ? (await import('./de')).de : (await import('./en')).en;
}

/** "heute, 9:48 Uhr", "Fr, 15:12 Uhr", "20.11., 14:10 Uhr". */
export function when(moment: Moment, now: Date, text: Messages, format: Format): string {
  const time = format.time(moment);
  const days = format.days_ago(moment, now);
  if (days === 0) return text.today_at(time);
  if (days === 1) return text.yesterday_at(time);
  return text.day_at(format.past_day(moment, now), time);
}

/** Time alone today, the day before that. */
export function when_short(moment: Moment, now: Date, format: Format): string {
  return format.days_ago(moment, now) === 0 ? format.time(moment) : format.past_day(moment, now);
}
