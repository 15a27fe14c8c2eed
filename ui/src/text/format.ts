// Days, times, sums and sizes as people of a language write them. Leaves words to the dictionary. Invariant: "now" is always
// a parameter; a day (`2026-12-01`) never passes through a time zone.

import type { Day, Language, Moment } from '../bindings';

const LOCALE: Record<Language, string> = { de: 'de-DE', en: 'en-GB' };
const DAY_MS = 86_400_000;

export interface Format {
  /** "Dienstag, 1. Dezember 2026" */
  day_long(day: Day): string;
  /** "Di, 01.12.2026", as a date field shows it. */
  day_field(day: Day): string;
  /** "Mi, 25.11." */
  day_week(day: Day): string;
  /** "01.12.", for columns. */
  day_short(day: Day): string;
  /** "Dezember 2026" */
  month(year: number, month: number): string;
  /** "Mo" for 0 to 6 from Monday. */
  weekday_short(index: number): string;
  weekday_long(index: number): string;
  /** "10:42" */
  time(moment: Moment): string;
  /** Whole days between the moment and now, by the calendar. */
  days_ago(moment: Moment, now: Date): number;
  /** "Fr", or "20.11." when it is longer ago than six days, "20.11.2025" in another year. */
  past_day(moment: Moment, now: Date): string;
  /** "85,00 €" */
  money(cents: number): string;
  /** "218 KB" */
  size(bytes: number): string;
  number(value: number): string;
  list(items: string[]): string;
  sort(items: string[]): string[];
}

export function format_of(language: Language): Format {
  const locale = LOCALE[language];
  const calendar = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options });
  const long = calendar({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const two_digit = calendar({ day: '2-digit', month: '2-digit', year: 'numeric' });
  const weekday = calendar({ weekday: 'short' });
  const weekday_name = calendar({ weekday: 'long' });
  const english_short = calendar({ day: 'numeric', month: 'short' });
  const english_full = calendar({ day: 'numeric', month: 'short', year: 'numeric' });
  const month_name = calendar({ month: 'long', year: 'numeric' });
  const clock = new Intl.DateTimeFormat(locale, { hour: language === 'de' ? 'numeric' : '2-digit', minute: '2-digit' });
  const euro = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' });
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const conjunction = new Intl.ListFormat(locale, { type: 'conjunction' });
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });

  const short = (date: Date) =>
    language === 'de' ? `${two_digit.format(date).slice(0, 6)}` : english_short.format(date);

  return {
    day_long: (day) => (day_date(day) ? long.format(day_date(day)) : day),
    day_field(day) {
      const date = day_date(day);
      if (!date) return day;
      return `${weekday.format(date)}, ${language === 'de' ? two_digit.format(date) : english_full.format(date)}`;
    },
    day_week(day) {
      const date = day_date(day);
      return date ? `${weekday.format(date)}, ${short(date)}` : day;
    },
    day_short(day) {
      const date = day_date(day);
      return date ? short(date) : day;
    },
    month: (year, month) => month_name.format(Date.UTC(year, month - 1, 1)),
    // 5 January 1970 was a Monday.
    weekday_short: (index) => weekday.format((4 + index) * DAY_MS),
    weekday_long: (index) => weekday_name.format((4 + index) * DAY_MS),
    time: (moment) => clock.format(new Date(moment)),
    days_ago: (moment, now) => Math.round((local_day(now) - local_day(new Date(moment))) / DAY_MS),
    past_day(moment, now) {
      const then = new Date(moment);
      const date = new Date(local_day(then));
      const days = Math.round((local_day(now) - local_day(then)) / DAY_MS);
      if (days >= 0 && days < 7) return weekday.format(date);
      if (then.getFullYear() === now.getFullYear()) return short(date);
      return language === 'de' ? two_digit.format(date) : english_full.format(date);
    },
    money: (cents) => euro.format(cents / 100),
    size(bytes) {
      if (bytes < 1000) return `${bytes} B`;
      if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`;
      return `${plain.format(bytes / 1_000_000)} MB`;
    },
    number: (value) => plain.format(value),
    list: (items) => conjunction.format(items),
    sort: (items) => [...items].sort(collator.compare),
  };
}

/** Midnight UTC of a day; nothing where it is no day. */
export function day_date(day: Day): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The local calendar day of a moment, as milliseconds of midnight UTC. */
function local_day(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
}
