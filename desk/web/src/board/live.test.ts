import { afterEach, expect, it } from 'vitest';
import type { LiveCall, RecordingFailure } from '../api/types';
import { allCalls, callCount, callOf, failures, forgetCalls, moreFailures, noted, tookCall, tookFailure } from './live';

const call = (id: string, agent: string, state = 'talking') => ({ id, agent, state, campaign: 'spring', allowed: ['listen'] }) as unknown as LiveCall;
const failure = (id: string, problem = 'disk full') => ({ call: id, agent: 'hanako', campaign: 'spring', problem }) as RecordingFailure;

afterEach(forgetCalls);

it('follows a call from its beginning to its end', () => {
  tookCall(call('c1', 'hanako', 'dialing'));
  tookCall(call('c1', 'hanako', 'held'));
  expect(callOf('hanako')?.state).toBe('held');
  expect(callCount.value).toBe(1);
  tookCall({ id: 'c1', state: 'over' });
  tookCall({ id: 'c9', state: 'over' }); // one that was never to be seen
  expect(callOf('hanako')).toBeUndefined();
  expect(callCount.value).toBe(0);
});

it('lets a call go to another agent, who keeps what came since', () => {
  tookCall(call('c1', 'hanako'));
  tookCall(call('c1', 'taro'));
  expect([callOf('hanako'), callOf('taro')?.id]).toEqual([undefined, 'c1']);
  tookCall(call('c2', 'hanako'));
  tookCall({ id: 'c1', state: 'over' });
  expect([callOf('hanako')?.id, callOf('taro')]).toEqual(['c2', undefined]);
});

it('takes the newer of two calls of an agent, whichever ends first', () => {
  tookCall(call('c1', 'hanako'));
  tookCall(call('c2', 'hanako'));
  tookCall({ id: 'c1', state: 'over' });
  expect(callOf('hanako')?.id).toBe('c2');
});

it('forgets what is not in a whole board', () => {
  allCalls([call('c1', 'hanako'), call('c2', 'taro')]);
  allCalls([call('c2', 'taro', 'held')]);
  expect([callOf('hanako'), callOf('taro')?.state, callCount.value]).toEqual([undefined, 'held', 1]);
});

it('draws only the agent anew whose call changed', () => {
  allCalls([call('c1', 'hanako'), call('c2', 'taro')]);
  const before = callOf('taro');
  tookCall(call('c1', 'hanako', 'held'));
  expect(callOf('taro')).toBe(before);
});

it('tells of each call’s failed recording until somebody has taken note', () => {
  for (const id of ['c1', 'c2', 'c3', 'c4']) tookFailure(failure(id));
  tookFailure(failure('c2', 'no answer'));
  expect(failures.value.map((one) => one.call)).toEqual(['c2', 'c4', 'c3']);
  expect(failures.value[0]?.problem).toBe('no answer');
  expect(moreFailures.value).toBe(1);
  noted('c2');
  expect(failures.value.map((one) => one.call)).toEqual(['c4', 'c3', 'c1']);
  noted();
  expect(failures.value).toEqual([]);
});
