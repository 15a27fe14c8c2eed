import { describe, expect, it } from 'vitest';
import { when, when_short } from '.';
import { de } from './de';
import { en } from './en';
import { format_of } from './format';

const DICTIONARY = { de, en };
const SOURCES = import.meta.glob<string>(['../**/*.svelte', '../**/*.ts', '!../**/*.test.ts', '!./de.ts', '!./en.ts', '!../host/fake.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Groups that are looked up by a code of the contract; their completeness is checked by the compiler. */
const BY_CODE = ['connection', 'role', 'finding', 'request_state', 'history', 'problem', 'outbox_kind'];

function keys(group: object, path = ''): string[] {
  return Object.entries(group).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? keys(value, `${path}${key}.`) : [`${path}${key}`],
  );
}

describe('the dictionary', () => {
  it('has no key that no screen uses', () => {
    const all = Object.values(SOURCES).join('\n');
    expect(Object.keys(SOURCES).length).toBeGreaterThan(40);
    const unused = keys(DICTIONARY.de).filter((key) => {
      const [group = '', name] = key.split('.');
      if (name === undefined) return !new RegExp(`\\b(t|text)\\.${group}\\b`).test(all);
      if (BY_CODE.includes(group)) return false;
      // Either by its whole path, or as `t.key` in a file that opens the group, or by index in such a file.
      const whole = new RegExp(`\\b${group}\\.${name}\\b`);
      const opened = Object.values(SOURCES).filter((source) => new RegExp(`text\\.${group}\\b|Messages\\['${group}'\\]`).test(source));
      const by_name = new RegExp(`\\b(t|text)\\.${name}\\b`);
      const by_index = group === 'outbox' ? /text\.outbox\[|\bt\[line\.state\]/ : /$^/;
      return !whole.test(all) && !opened.some((source) => by_name.test(source) || by_index.test(source));
    });
    expect(unused).toEqual([]);
  });

  it('has the same keys in both languages', () => {
    expect(keys(DICTIONARY.en)).toEqual(keys(DICTIONARY.de));
  });

  it('has words for every key except the silent ones', () => {
    const silent = new Set(['connection.not_enrolled', 'connection.connected', 'role.unknown']);
    for (const language of ['de', 'en'] as const) {
      const empty = keys(DICTIONARY[language]).filter((key) => {
        const value = key.split('.').reduce<unknown>((group, name) => (group as Record<string, unknown>)[name], DICTIONARY[language]);
        return value === '' && !silent.has(key);
      });
      expect(empty).toEqual([]);
    }
  });

  it('takes the singular for one', () => {
    expect(DICTIONARY.de.plan.working_days(1)).toBe('1 Arbeitstag');
    expect(DICTIONARY.de.plan.working_days(7)).toBe('7 Arbeitstage');
    expect(DICTIONARY.en.plan.working_days(1)).toBe('1 working day');
  });
});

describe('days and times', () => {
  const german = format_of('de');
  const english = format_of('en');
  const now = new Date(2026, 10, 23, 11, 0);

  it('are written as people of the language write them', () => {
    expect(german.day_long('2026-12-01')).toBe('Dienstag, 1. Dezember 2026');
    expect(german.day_short('2026-12-01')).toBe('01.12.');
    expect(german.day_field('2026-12-01')).toBe('Di, 01.12.2026');
    expect(german.day_week('2026-11-25')).toBe('Mi, 25.11.');
    expect(english.day_long('2026-12-01')).toMatch(/^Tuesday,? 1 December 2026$/);
    expect(english.day_short('2026-12-01')).toBe('1 Dec');
    expect(english.day_field('2026-12-01')).toMatch(/^Tue, 1 Dec 2026$/);
    expect(german.weekday_short(0)).toBe('Mo');
    expect(english.weekday_long(6)).toBe('Sunday');
  });

  it('stay as they were typed where they are no day', () => {
    expect(german.day_field('31.2.2026')).toBe('31.2.2026');
  });

  it('say today, yesterday, the weekday, the date', () => {
    const text = DICTIONARY.de;
    const moment = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();
    expect(when(moment(2026, 10, 23, 9, 48), now, text, german)).toBe('heute, 9:48 Uhr');
    expect(when(moment(2026, 10, 22, 9, 48), now, text, german)).toBe('gestern, 9:48 Uhr');
    expect(when(moment(2026, 10, 20, 15, 12), now, text, german)).toBe('Fr, 15:12 Uhr');
    expect(when(moment(2026, 10, 2, 15, 12), now, text, german)).toBe('02.11., 15:12 Uhr');
    expect(when(moment(2025, 10, 2, 15, 12), now, text, german)).toBe('02.11.2025, 15:12 Uhr');
    expect(when_short(moment(2026, 10, 23, 9, 48), now, german)).toBe('9:48');
  });

  it('write sums, sizes and lists', () => {
    expect(german.money(6240)).toBe('62,40\u00a0€');
    expect(english.money(8500)).toBe('€85.00');
    expect(german.size(218_000)).toBe('218 KB');
    expect(german.size(2_500_000)).toBe('2,5 MB');
    expect(german.list(['a', 'b', 'c'])).toBe('a, b und c');
  });
});
