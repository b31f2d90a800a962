import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Promised } from '../api/types';
import { daysOf, firstDayOf, hoursOf, lateBy, localeOf, midnight, placed, sieved, turned } from './days';

const promise = (id: string, due: Date, more: Partial<Promised> = {}): Promised => ({
  id, due: due.toISOString(), campaign: 'spring', record: id, number: '+815012345678', kind: 'personal', holder: 'hanako', holder_name: '山田 花子', by: 'hanako', by_name: '山田 花子', owner: 'hanako', zone: 'Asia/Tokyo', call: 'c', made: due.toISOString(),
  since: due.toISOString(), state: 'waiting', refusals: 0, allowed: [], ...more,
});
const ids = (all: readonly Promised[]) => all.map((one) => one.id).join('');

afterEach(() => vi.unstubAllEnvs());

describe('the week', () => {
  it('begins as people have it where they live', () => {
    expect(firstDayOf('ja-JP')).toBe(7);
    expect(firstDayOf('en-US')).toBe(7);
    expect(firstDayOf('en-GB')).toBe(1);
    expect(localeOf('en', ['ja-JP', 'en-GB', 'en'])).toBe('en-GB');
    expect(localeOf('ja', ['en-GB'])).toBe('ja');
  });

  it('has seven days, of which one is the day that is meant', () => {
    const wednesday = new Date(2026, 3, 1, 15, 30).getTime();
    const sundays = daysOf('week', wednesday, 7);
    expect(sundays).toHaveLength(8);
    expect(sundays[0]).toBe(new Date(2026, 2, 29).getTime());
    expect(daysOf('week', wednesday, 1)[0]).toBe(new Date(2026, 2, 30).getTime());
    expect(daysOf('week', new Date(2026, 2, 29).getTime(), 1)[0]).toBe(new Date(2026, 2, 23).getTime()); // a Sunday is a week's last day then
    expect(daysOf('day', wednesday, 1)).toEqual([new Date(2026, 3, 1).getTime(), new Date(2026, 3, 2).getTime()]);
    expect(turned('week', wednesday, -1)).toBe(new Date(2026, 2, 25).getTime());
  });

  it('has days of 23 and 25 hours where the clocks are changed', () => {
    vi.stubEnv('TZ', 'Europe/London');
    const hours = (day: Date) => (midnight(day.getTime(), 1) - midnight(day.getTime())) / 3_600_000;
    expect(hours(new Date(2026, 2, 29))).toBe(23);
    expect(hours(new Date(2026, 9, 25))).toBe(25);
    const days = daysOf('week', new Date(2026, 2, 29, 12).getTime(), 1);
    expect(new Date(days[7]!).getHours()).toBe(0);
    expect(ids(placed([promise('a', new Date(2026, 2, 29, 23, 30))], days).byDay[6]!)).toBe('a');
  });
});

describe('callbacks', () => {
  const days = daysOf('week', new Date(2026, 3, 1).getTime(), 7);

  it('stand on their day, the soonest first, and those left over from before apart', () => {
    const { before, byDay } = placed([
      promise('c', new Date(2026, 3, 1, 15)), promise('b', new Date(2026, 3, 1, 0, 0)), promise('a', new Date(2026, 2, 20)), promise('d', new Date(2026, 3, 4, 23, 59)), promise('e', new Date(2026, 3, 5)),
    ], days);
    expect(ids(before)).toBe('a');
    expect(byDay.map(ids)).toEqual(['', '', '', 'bc', '', '', 'd']);
  });

  it('stand in their hour, which is shown although it is no working one', () => {
    const hours = hoursOf([promise('a', new Date(2026, 3, 1, 7, 45)), promise('b', new Date(2026, 3, 1, 10, 0)), promise('c', new Date(2026, 3, 1, 10, 59))]);
    expect(hours[0]).toMatchObject({ hour: 7 });
    expect(hours.at(-1)).toMatchObject({ hour: 17 });
    expect(ids(hours.find(({ hour }) => hour === 10)!.due)).toBe('bc');
    expect(hoursOf([promise('a', new Date(2026, 3, 1, 23, 45))]).at(-1)).toMatchObject({ hour: 23 });
  });

  it('are of an agent and of a kind', () => {
    const all = [promise('a', new Date()), promise('b', new Date(), { kind: 'pool', holder: 'taro' }), promise('c', new Date(), { holder: 'taro', agent: 'hanako' })];
    expect(ids(sieved(all, { holder: '', kind: '' }))).toBe('abc');
    expect(ids(sieved(all, { holder: 'hanako', kind: '' }))).toBe('ac');
    expect(ids(sieved(all, { holder: 'taro', kind: 'pool' }))).toBe('b');
  });

  it('are overdue while they are due and nobody has them', () => {
    const due = new Date(2026, 3, 1, 9);
    const now = due.getTime() + 60_000;
    expect(lateBy(promise('a', due, { state: 'due' }), now)).toBe(60_000);
    expect(lateBy(promise('a', due, { state: 'offered' }), now)).toBe(0);
    expect(lateBy(promise('a', due, { state: 'due' }), due.getTime() - 5)).toBe(0);
  });
});
