import { describe, expect, it } from 'vitest';
import { add_days, add_months, is_whole_day, read_day, weekday } from './date';

const today = new Date(2026, 10, 23);

describe('a typed day', () => {
  it.each([
    ['01.12.2026', '2026-12-01'],
    ['1.12.2026', '2026-12-01'],
    ['1.12.26', '2026-12-01'],
    [' 1. 12. 2026 ', '2026-12-01'],
    ['Di, 01.12.2026', '2026-12-01'],
    ['01/12/2026', '2026-12-01'],
    ['1-12-2026', '2026-12-01'],
    ['01122026', '2026-12-01'],
    ['011226', '2026-12-01'],
    ['2026-12-01', '2026-12-01'],
    ['1. Dezember 2026', '2026-12-01'],
    ['1 Dec 2026', '2026-12-01'],
    ['3. März 2027', '2027-03-03'],
    ['29.2.2028', '2028-02-29'],
    ['heute', '2026-11-23'],
    [' Morgen ', '2026-11-24'],
    ['übermorgen', '2026-11-25'],
    ['tomorrow', '2026-11-24'],
  ])('%s is read', (typed, day) => {
    expect(read_day(typed, today)).toBe(day);
  });

  it('without a year is the next such day', () => {
    expect(read_day('1.12.', today)).toBe('2026-12-01');
    expect(read_day('23.11.', today)).toBe('2026-11-23');
    expect(read_day('22.11', today)).toBe('2027-11-22');
  });

  it.each(['', 'bald', 'constructor', '31.2.2026', '29.02.2026', '32.1.2026', '1.13.2026', '1.12.2', '12', '1.12.20266', '1 Foo 2026'])(
    '%s is no day',
    (typed) => {
      expect(read_day(typed, today)).toBeUndefined();
    },
  );

  it('is taken while typing only with its whole year', () => {
    expect(is_whole_day('1.12.', today)).toBe(false);
    expect(is_whole_day('1.12.20', today)).toBe(false);
    expect(is_whole_day('1.12.2026', today)).toBe(true);
  });
});

describe('the calendar', () => {
  it('steps over months and years', () => {
    expect(add_days('2026-12-31', 1)).toBe('2027-01-01');
    expect(add_months('2026-01-31', 1)).toBe('2026-02-28');
    expect(add_months('2026-12-15', 1)).toBe('2027-01-15');
    expect(weekday('2026-11-23')).toBe(0);
  });
});
