import { describe, expect, it } from 'vitest';
import type { Call, Verdict } from '../api/types';
import { blank, changed, dateIn, draftOf, filled, kindsOf, problemsAt, whole, zonesOf } from './draft';

const rules = { kind: 'personal', absent: { minutes: 10, then: 'pool', group: '' }, time_zone: 'Asia/Tokyo', groups: ['support'] } as const;
const both = ['calls.callback.personal', 'calls.callback.pool'];
const call = (over: Partial<Call> = {}): Call => ({
  id: 'c1', agent: 'hanako', campaign: 'spring', origin: 'campaign', state: 'talking', allowed: [], since: '', parties: [], number: '+442079460002',
  record: { id: 'r', name: 'James', numbers: [{ number: '+442079460001', do_not_call: true }, { number: '+442079460002' }], time_zone: 'Europe/London', fields: {}, history: [] }, ...over,
});
const asRules = { ...rules, groups: [...rules.groups] };
// 00:30 on the 24th in Tokyo, still the 23rd in London.
const now = Date.parse('2026-11-23T15:30:00Z');

describe('a callback', () => {
  it('begins with the number of the call, today at the contact’s', () => {
    const form = blank(call(), asRules, both, now);
    expect(form).toMatchObject({ date: '2026-11-23', time: '', number: '+442079460002', kind: 'personal', minutes: 10, then: 'pool' });
    expect(dateIn('Asia/Tokyo', now)).toBe('2026-11-24');
  });

  it('never begins with a number that must not be called, nor with a kind that may not be promised', () => {
    expect(blank(call({ number: '+442079460001' }), asRules, ['calls.callback.pool'], now)).toMatchObject({ number: '+442079460002', kind: 'pool' });
    expect(kindsOf([])).toEqual([]);
  });

  it('is asked about in the zone whose clock was typed', () => {
    const zones = { contact: 'Europe/London', agent: 'Asia/Tokyo' };
    const form = changed(blank(call(), asRules, both, now), { time: '15:00' });
    expect(draftOf(form, zones).when).toEqual({ at: '2026-11-23T15:00', zone: 'Europe/London' });
    expect(draftOf(changed(form, { side: 'agent' }), zones).when.zone).toBe('Asia/Tokyo');
    expect(draftOf(changed(form, { kind: 'pool' }), zones).absent).toBeUndefined();
    expect(draftOf(changed(form, { number: '', other: '020 7946 0003' }), zones).number).toBe('020 7946 0003');
    expect(draftOf(changed(form, { then: 'group', group: 'support' }), zones).absent).toEqual({ minutes: 10, then: 'group', group: 'support' });
  });

  it('forgets which of two hours was meant when the time changes', () => {
    const form = changed(blank(call(), asRules, both, now), { time: '01:30', hour: 'later' });
    expect(form.hour).toBe('later');
    expect(changed(form, { note: 'x' }).hour).toBe('later');
    expect(changed(form, { time: '01:31' }).hour).toBeUndefined();
    expect(changed(form, { date: '2026-10-25', hour: 'earlier' }).hour).toBe('earlier');
  });

  it('is the draft again that the call has', () => {
    const zones = { contact: 'Europe/London', agent: 'Asia/Tokyo' };
    for (const form of [
      { ...blank(call(), asRules, both, now), time: '15:00', note: 'n' },
      { ...blank(call(), asRules, both, now), time: '09:05', side: 'agent' as const, number: '', other: '+442079460003', kind: 'pool' as const },
    ]) expect(filled(call(), draftOf(form, zones), asRules)).toEqual({ ...form, hour: undefined });
  });

  it('takes the contact’s zone from what the server found out by the number', () => {
    const none = call({ record: { ...call().record, time_zone: undefined } });
    expect(zonesOf(none, asRules)).toEqual({ contact: 'Asia/Tokyo', agent: 'Asia/Tokyo' });
    const verdict = { draft: { when: { at: '', zone: '' } }, problems: [], contact: [{ at: '', zone: 'America/New_York', offset: '', weekday: '' }], slots: [] } as Verdict;
    expect(zonesOf(none, asRules, verdict).contact).toBe('America/New_York');
  });

  it('has nothing wrong before anything is typed', () => {
    const problem = (code: string, field: string) => ({ code, field, message: '' });
    const verdict = { draft: { when: { at: '', zone: '' } }, contact: [], slots: [], problems: [problem('malformed_time', 'when.at'), problem('note_too_long', 'note')] } as Verdict;
    const empty = { date: '2026-11-23', time: '', number: '+44', other: '', kind: 'personal' as const, minutes: 10 };
    expect(whole(empty)).toBe(false);
    expect(problemsAt('when', verdict, empty)).toEqual([]);
    expect(problemsAt('when', verdict, { ...empty, time: '15:00' }).map((p) => p.code)).toEqual(['malformed_time']);
    expect(problemsAt('absent', verdict, empty)).toEqual([]);
    expect(problemsAt('absent', verdict, { ...empty, minutes: 1441 }).map((p) => p.code)).toEqual(['wait_out_of_range']);
    expect(problemsAt('absent', verdict, { ...empty, minutes: 1441, kind: 'pool' })).toEqual([]);
    expect(problemsAt('note', verdict, empty)).toHaveLength(1);
  });
});
