// Reading a typed day. Writing one is `text/format.ts`.

import type { Day } from '../bindings';

/** A day from what somebody typed, day first in both languages: "1.12.2026", "01/12/26", "1.12." (the next such day),
 *  "01122026", "Di, 01.12.2026", "1 Dec 2026", "morgen" or ISO. Nothing where it is no day. */
export function read_day(typed: string, today: Date): Day | undefined {
  const ahead = NEAR_DAYS.get(typed.trim().toLowerCase());
  if (ahead !== undefined) return add_days(today_of(today), ahead);
  const text = typed.trim().replace(/^[^\d]+/u, '');
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return day_of(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const run = /^(\d{2})(\d{2})(\d{4}|\d{2})$/.exec(text);
  if (run) return day_of(year_of(run[3] ?? ''), Number(run[2]), Number(run[1]));
  const parts = /^(\d{1,2})\s*[./\-\s]\s*(\d{1,2}|[\p{L}]{3,9})\.?\s*[./\-\s]?\s*(\d{4}|\d{2})?$/u.exec(text);
  if (!parts) return undefined;
  const day = Number(parts[1]);
  const month = month_of(parts[2] ?? '');
  if (month === undefined) return undefined;
  if (parts[3] !== undefined) return day_of(year_of(parts[3]), month, day);
  const this_year = day_of(today.getFullYear(), month, day);
  const iso_today = day_of(today.getFullYear(), today.getMonth() + 1, today.getDate()) ?? '';
  return this_year !== undefined && this_year >= iso_today ? this_year : day_of(today.getFullYear() + 1, month, day);
}

/** Whether the text names a day with its year, so that it may be taken while it is still being typed. */
export function is_whole_day(typed: string, today: Date): boolean {
  return /\d{4}\s*$|^\d{4}-/.test(typed) && read_day(typed, today) !== undefined;
}

/** Adds days to a day. */
export function add_days(day: Day, days: number): Day {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** Adds months to a day, staying within the month. */
export function add_months(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  first.setUTCDate(Math.min(date, last));
  return first.toISOString().slice(0, 10);
}

/** Monday is 0. */
export function weekday(day: Day): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** Today by the local calendar. */
export function today_of(now: Date): Day {
  return day_of(now.getFullYear(), now.getMonth() + 1, now.getDate()) ?? '';
}

const NEAR_DAYS = new Map([
  ['heute', 0],
  ['today', 0],
  ['morgen', 1],
  ['tomorrow', 1],
  ['übermorgen', 2],
]);

const MONTHS = [
  ['jan'],
  ['feb'],
  ['mär', 'mar', 'mrz', 'mae'],
  ['apr'],
  ['mai', 'may'],
  ['jun'],
  ['jul'],
  ['aug'],
  ['sep'],
  ['okt', 'oct'],
  ['nov'],
  ['dez', 'dec'],
];

function month_of(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = MONTHS.findIndex((names) => names.some((name) => text.toLowerCase().startsWith(name)));
  return index < 0 ? undefined : index + 1;
}

function year_of(text: string): number {
  return text.length === 2 ? 2000 + Number(text) : Number(text);
}

function day_of(year: number, month: number, day: number): Day | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.toISOString().slice(0, 10);
}
