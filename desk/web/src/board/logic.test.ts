import { describe, expect, it } from 'vitest';
import type { Agent, Course, LiveCall } from '../api/types';
import { allowed, placeOf } from '../state/address';
import { busiest, byState, chosen, dueInAll, everyStep, gauge, grown, inFlight, shares, whyNot, withSteps, type Deed, type Situation } from './logic';

const person = (id: string, name: string, state: Agent['state'], since: string, campaigns = ['spring']) => ({ id, name, state, since: `2026-04-01T${since}:00Z`, campaigns });
const people = [
  person('taro', '佐藤 太郎', 'ready', '09:10'),
  person('hanako', '山田 花子', 'on-call', '09:30', ['spring', 'autumn']),
  person('jiro', '鈴木 次郎', 'ready', '09:00'),
];
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const all = { campaign: '', state: '', text: '', sort: 'name' } as const;

describe('the agents shown', () => {
  it('are sorted by name, by state, or by how long they are in it', () => {
    expect(chosen(people, all, compare)).toEqual(['taro', 'hanako', 'jiro']);
    expect(chosen(people, { ...all, sort: 'state' }, compare)).toEqual(['hanako', 'taro', 'jiro']);
    expect(chosen(people, { ...all, sort: 'time' }, compare)).toEqual(['jiro', 'taro', 'hanako']);
  });

  it('are of a campaign, in a state, or found by name or id', () => {
    expect(chosen(people, { ...all, campaign: 'autumn' }, compare)).toEqual(['hanako']);
    expect(chosen(people, { ...all, state: 'ready' }, compare)).toEqual(['taro', 'jiro']);
    expect(chosen(people, { ...all, text: ' 花子' }, compare)).toEqual(['hanako']);
    expect(chosen(people, { ...all, text: 'JI' }, compare)).toEqual(['jiro']);
  });

  it('are counted by state', () => {
    expect(byState(people)).toEqual({ ready: 2, 'on-call': 1 });
  });
});

describe('the abandon gauge', () => {
  it('says how the rate stands, in a word', () => {
    expect(gauge({ rate: 0.01, limit: 0.03 }).strain).toBe('within');
    expect(gauge({ rate: 0.024, limit: 0.03 }).strain).toBe('near');
    expect(gauge({ rate: 0.03, limit: 0.03 }).strain).toBe('near');
    expect(gauge({ rate: 0.0301, limit: 0.03 }).strain).toBe('over');
    expect(gauge({ rate: 0.2, limit: 0 }).strain).toBe('none');
  });

  it('keeps both marks on the scale, however high the rate is', () => {
    for (const rate of [0, 0.03, 0.5, 1]) {
      const g = gauge({ rate, limit: 0.03 });
      expect(g.rate).toBeLessThan(1);
      expect(g.limit).toBeLessThan(1);
      expect(g.rate > g.limit).toBe(rate > 0.03);
    }
  });
});

describe('what a supervisor can do', () => {
  const me = { id: 'sumire', state: 'ready', phone: { kind: 'page', leg: 'nailed-up', state: 'connected' } } as Agent;
  const call = { id: 'c1', agent: 'hanako', state: 'talking', allowed: ['listen', 'whisper', 'barge', 'take-over', 'end'] } as LiveCall;
  const privileges = ['calls.listen', 'calls.whisper', 'calls.barge', 'calls.take_over', 'calls.end_others', 'agents.sign_out'];
  const at: Situation = { online: true, me, privileges, agent: { id: 'hanako', state: 'on-call' }, call };
  const why = (deed: Deed, change: Partial<Situation> = {}) => whyNot(deed, { ...at, ...change });

  it('is to listen with the phone connected, and no call of one’s own', () => {
    expect(why('listen')).toBeUndefined();
    expect(why('listen', { online: false })).toBe('offline');
    expect(why('listen', { me: { ...me, phone: { ...me.phone, state: 'disconnected' } } })).toBe('phone');
    expect(why('listen', { me: { ...me, phone: { ...me.phone, leg: 'per-call' } } })).toBe('per-call');
    expect(why('listen', { me: { ...me, state: 'on-call' } })).toBe('busy');
    expect(why('listen', { me: { ...me, state: 'supervising' } })).toBeUndefined();
    expect(why('listen', { agent: { id: 'sumire', state: 'ready' } })).toBe('self');
  });

  it('is what the call allows, or the privileges where there is no call', () => {
    expect(why('whisper', { call: { ...call, allowed: ['listen'] } })).toBe('privilege');
    expect(why('listen', { call: undefined, agent: { id: 'hanako', state: 'ready' } })).toBeUndefined();
    expect(why('listen', { call: undefined, privileges: [] })).toBe('privilege');
  });

  it('is to take over what is heard, while that is possible', () => {
    expect(why('take-over')).toBe('listen-first');
    const hears = { ...me, state: 'supervising', supervision: { agent: 'hanako', call: 'c1', follows: 'agent', mode: 'listen', state: 'connected', since: '' } } as Agent;
    expect(why('take-over', { me: hears })).toBeUndefined();
    expect(why('take-over', { me: hears, call: { ...call, allowed: ['listen'] } })).toBe('not-now');
    expect(why('take-over', { me: hears, call: undefined })).toBe('no-call');
  });

  it('is to end a call, and to sign out who has none', () => {
    expect(why('end')).toBeUndefined();
    expect(why('end', { call: undefined })).toBe('no-call');
    expect(why('end', { privileges: [], call: { ...call, allowed: [] } })).toBe('privilege');
    expect(why('sign-out')).toBe('has-call');
    expect(why('sign-out', { agent: { id: 'hanako', state: 'ready' }, call: undefined })).toBeUndefined();
    expect(why('sign-out', { privileges: [], agent: { id: 'hanako', state: 'ready' } })).toBe('privilege');
  });
});

describe('places', () => {
  it('are those that one has the privileges for', () => {
    expect(allowed([])).toEqual(['desk']);
    expect(allowed(['campaigns.run'])).toEqual(['desk']);
    expect(allowed(['agents.see', 'campaigns.run', 'callbacks.manage', 'audit.see'])).toEqual(['desk', 'wallboard', 'campaigns', 'callbacks', 'audit']);
  });

  it('are named by the address, other addresses name none', () => {
    expect(placeOf('#/wallboard')).toBe('wallboard');
    expect(placeOf('#main')).toBeUndefined();
    expect(placeOf('#/constructor')).toBeUndefined();
    expect(placeOf('')).toBeUndefined();
  });
});

it('finds the campaign in which most happens', () => {
  expect(busiest([])).toBe('');
  expect(busiest([{ id: 'a', attempts: 0, agents: {} }, { id: 'b', attempts: 0, agents: { ready: 1 } }, { id: 'c', attempts: 2, agents: {} }])).toBe('c');
  expect(busiest([{ id: 'a', attempts: 0, agents: {} }, { id: 'b', attempts: 0, agents: { ready: 1 } }])).toBe('b');
});

it('lets the time of an agent go on between what is told', () => {
  const at = '2026-04-01T09:00:00Z';
  const agent = { at, state: 'on-call', seconds: { ready: 30, 'on-call': 30, 'not-ready': 500 }, utilisation: 0.5 } as const;
  expect(grown(agent, Date.parse(at) + 60_000)).toEqual({ seconds: { ready: 30, 'on-call': 90, 'not-ready': 500 }, utilisation: 0.75 });
  expect(grown(agent, Date.parse(at) - 400)).toEqual({ seconds: agent.seconds, utilisation: 0.5 }); // this clock may be a little behind
  expect(grown({ ...agent, state: 'not-ready' }, Date.parse(at) + 60_000)).toMatchObject({ utilisation: 0.5 });
  expect(grown({ at, state: 'ready', seconds: {}, utilisation: 0 }, Date.parse(at) + 1000)).toEqual({ seconds: { ready: 1 }, utilisation: 0 });
});

it('counts callbacks and splits time', () => {
  expect(dueInAll([{ callbacks_due: 2 }, { callbacks_due: 3 }])).toBe(5);
  expect(shares({ ready: 30, 'on-call': 90, 'signed-out': 0 })).toEqual([
    { state: 'on-call', seconds: 90, part: 0.75 },
    { state: 'ready', seconds: 30, part: 0.25 },
  ]);
  expect(shares({})).toEqual([]);
});

describe('a course', () => {
  const step = (time: string, attempts: number) => ({ from: `2026-04-01T${time}:00Z`, attempts, answered: 0, abandoned: 0 });
  const course = (time: string, ...steps: Course['steps']): Course => ({ campaign: 'spring', at: `2026-04-01T${time}:20Z`, step_seconds: 60, steps });
  const at = (time: string) => Date.parse(`2026-04-01T${time}:00Z`);

  it('has each step as it was told last, by time, and nothing from before the half hour', () => {
    const before = course('09:00', step('08:30', 1), step('08:31', 2), step('09:00', 3));
    expect(withSteps(before, course('09:01', step('09:01', 1), step('09:00', 4))).steps).toEqual([step('08:31', 2), step('09:00', 4), step('09:01', 1)]);
    expect(withSteps(undefined, before).steps).toHaveLength(3);
    expect(before.steps).toHaveLength(3);
  });

  it('is shown with the minutes in which nothing happened, up to now', () => {
    const told = course('09:00', step('08:58', 2), step('09:00', 3));
    expect(everyStep(told, at('09:02')).map(({ from, attempts }) => `${from.slice(11, 16)} ${attempts}`)).toEqual(['08:58 2', '08:59 0', '09:00 3', '09:01 0', '09:02 0']);
    expect(everyStep(told, at('08:59')).map((one) => one.attempts), 'a clock that is behind').toEqual([2, 0, 3]);
    const late = everyStep(told, at('09:29'));
    expect([late.length, late[0]?.from, late[1]?.attempts]).toEqual([31, '2026-04-01T08:59:00.000Z', 3]);
    expect(everyStep(undefined, at('09:00'))).toEqual([]);
  });
});

it('counts each call without an agent once', () => {
  expect(inFlight({ dialing: 1, ringing: 2, detecting: 4, announcing: 8, waiting: 16, message: 32 })).toBe(63);
});
