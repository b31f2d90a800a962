import { effect } from '@preact/signals';
import { beforeEach, expect, it, vi } from 'vitest';
import type { AgentBoard, BoardEvent, CampaignBoard, Course, Dialing, Run } from '../api/types';

// The state of the page looks at the browser when it is loaded.
vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
vi.stubGlobal('navigator', { languages: ['ja'] });
vi.stubGlobal('document', { documentElement: { dataset: {}, lang: '' }, addEventListener: () => {}, removeEventListener: () => {} });
vi.stubGlobal('location', { hash: '', pathname: '/' });
vi.stubGlobal('history', { replaceState: () => {}, pushState: () => {} });
vi.stubGlobal('addEventListener', () => {});
const { now } = await import('../state/app');
const { answeredMode, answeredRun, dialingOf, runOf, stepsOf } = await import('./runs');
const { campaigns, counts, filterState, shown, signalOf, sort, take } = await import('./state');

const at = '2026-04-01T09:00:00Z';
const agent = (id: string, state: AgentBoard['state'], more: Partial<AgentBoard> = {}): AgentBoard => ({
  id, name: id, state, since: at, at, signed_in_at: at, calls: 0, utilisation: 0, mean_wait_seconds: 0, seconds: {}, campaigns: ['spring'], node: 'ast1', phone: { kind: 'sip', leg: 'nailed-up', state: 'connected', endpoint: '' }, ...more,
} as AgentBoard);
const campaign = (id: string, attempts: number) => ({ id, name: id, attempts }) as CampaignBoard;
const snapshot = (...agents: AgentBoard[]): BoardEvent => ({ kind: 'snapshot', stream: 's', seq: 1, at, data: { at, agents, campaigns: [campaign('spring', 1), campaign('summer', 2)], calls: [], runs: [], dialings: [], courses: [] } });
const told = (one: AgentBoard): BoardEvent => ({ kind: 'agent', seq: 2, at, data: one });

beforeEach(() => void take(snapshot(agent('hanako', 'ready'), agent('taro', 'on-call', { call_id: 'c1' }))));

it('begins with everything, and forgets who is not in it', () => {
  expect(shown.value).toEqual(['hanako', 'taro']);
  take(snapshot(agent('jiro', 'ready')));
  expect(shown.value).toEqual(['jiro']);
  expect(signalOf('hanako')).toBeUndefined();
});

it('follows an agent, and takes off the board who has signed out', () => {
  take(told(agent('hanako', 'on-call', { call_id: 'c2' })));
  expect(counts.value).toEqual({ 'on-call': 2 });
  take(told(agent('hanako', 'on-call', { call_id: 'c2', calls: 5 })));
  expect(signalOf('hanako')?.value.calls).toBe(5);
  take(told(agent('saburo', 'not-ready')));
  take(told(agent('taro', 'signed-out')));
  expect(shown.value).toEqual(['hanako', 'saburo']);
});

it('draws nobody else anew', () => {
  let drawn = 0;
  const stop = signalOf('taro')!.subscribe(() => void drawn++);
  take(told(agent('hanako', 'not-ready')));
  expect(drawn).toBe(1); // at the beginning
  stop();
});

it('moves rows only when they are others', () => {
  const before = shown.value;
  take(told(agent('hanako', 'wrap-up')));
  expect(shown.value).toBe(before);
  sort.value = 'state';
  expect(shown.value).toEqual(['taro', 'hanako']);
  take(told(agent('taro', 'not-ready')));
  expect(shown.value).toEqual(['hanako', 'taro']);
  sort.value = 'name';
  filterState.value = 'wrap-up';
  expect(shown.value).toEqual(['hanako']);
  take(told(agent('taro', 'wrap-up')));
  expect(shown.value).toEqual(['hanako', 'taro']);
  filterState.value = '';
});

it('puts a campaign’s figures where it was', () => {
  take({ kind: 'campaign', seq: 3, at, data: campaign('spring', 7) });
  expect(campaigns.value?.map((one) => one.attempts)).toEqual([7, 2]);
  take({ kind: 'campaign', seq: 4, at, data: campaign('winter', 3) });
  expect(campaigns.value?.map((one) => one.id)).toEqual(['spring', 'summer', 'winter']);
});

const run = (campaign: string, more: Partial<Run> = {}) => ({ campaign, running: true, held: false, log: [], ...more }) as Run;
const dialing = (campaign: string, more: Partial<Dialing> = {}) => ({ campaign, mode: 'predictive', in_flight: 3, ...more }) as Dialing;
const course = (...steps: [string, number][]) => ({ campaign: 'spring', at, step_seconds: 60, steps: steps.map(([from, attempts]) => ({ from, attempts, answered: 0, abandoned: 0 })) }) as Course;
const whole = (more: Pick<Extract<BoardEvent, { kind: 'snapshot' }>['data'], 'runs' | 'dialings' | 'courses'>): BoardEvent => ({ kind: 'snapshot', stream: 's', seq: 1, at, data: { at, agents: [], campaigns: [], calls: [], ...more } });

it('follows who runs a campaign and how it dials, and forgets those of which it is not told any more', () => {
  take(whole({ runs: [run('spring'), run('summer')], dialings: [dialing('spring')], courses: [] }));
  let drawn = 0;
  const stop = effect(() => {
    runOf('summer');
    drawn++;
  });
  take({ kind: 'run', seq: 2, at, data: run('spring', { running: false, held: true, since: at }) });
  take({ kind: 'dialing', seq: 3, at, data: dialing('spring', { mode: 'power' }) });
  expect([runOf('spring')?.held, dialingOf('spring')?.mode, drawn]).toEqual([true, 'power', 1]);
  stop();
  take({ kind: 'hidden', seq: 4, at });
  take(whole({ runs: [run('summer')], dialings: [], courses: [] }));
  expect([runOf('spring'), dialingOf('spring'), runOf('summer')?.running]).toEqual([undefined, undefined, true]);
});

it('shows the outcome of a command at once, but nothing older than what the stream has told', () => {
  take(whole({ runs: [run('spring')], dialings: [dialing('spring')], courses: [] }));
  answeredRun(run('spring', { running: false, since: '2026-04-01T09:00:00Z' }));
  answeredMode(dialing('spring', { mode: 'power', since: '2026-04-01T09:00:00Z' }));
  expect([runOf('spring')?.running, dialingOf('spring')?.mode]).toEqual([false, 'power']);
  take({ kind: 'run', seq: 2, at, data: run('spring', { since: '2026-04-01T09:00:02.5Z', by: 'sumire' }) });
  take({ kind: 'dialing', seq: 3, at, data: dialing('spring', { mode: 'power', since: '2026-04-01T09:00:00Z', in_flight: 9 }) });
  answeredRun(run('spring', { running: false, since: '2026-04-01T09:00:01Z' }));
  answeredMode(dialing('spring', { mode: 'power', since: '2026-04-01T09:00:00Z', in_flight: 3 }));
  expect([runOf('spring')?.by, dialingOf('spring')?.in_flight]).toEqual(['sumire', 9]);
});

it('puts the minutes that changed into a course', () => {
  now.value = Date.parse('2026-04-01T09:00:10Z');
  const steps = stepsOf('spring');
  take(whole({ runs: [], dialings: [], courses: [course(['2026-04-01T08:58:00Z', 2], ['2026-04-01T09:00:00Z', 1])] }));
  expect(steps.value.map((one) => one.attempts)).toEqual([2, 0, 1]);
  const before = steps.value;
  now.value += 1000;
  expect(steps.value).toBe(before);
  take({ kind: 'course', seq: 2, at, data: course(['2026-04-01T09:00:00Z', 5], ['2026-04-01T09:01:00Z', 1]) });
  expect(steps.value.map((one) => one.attempts)).toEqual([2, 0, 5, 1]);
  now.value = Date.parse('2026-04-01T09:03:00Z');
  expect(steps.value.map((one) => one.attempts)).toEqual([2, 0, 5, 1, 0, 0]);
});
