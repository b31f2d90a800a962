import { beforeEach, expect, it, vi } from 'vitest';
import type { AgentBoard, BoardEvent, CampaignBoard } from '../api/types';

// The state of the page looks at the browser when it is loaded.
vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
vi.stubGlobal('navigator', { languages: ['ja'] });
vi.stubGlobal('document', { documentElement: { dataset: {}, lang: '' }, addEventListener: () => {}, removeEventListener: () => {} });
vi.stubGlobal('location', { hash: '', pathname: '/' });
vi.stubGlobal('history', { replaceState: () => {}, pushState: () => {} });
vi.stubGlobal('addEventListener', () => {});
const { campaigns, counts, filterState, shown, signalOf, sort, take } = await import('./state');

const at = '2026-04-01T09:00:00Z';
const agent = (id: string, state: AgentBoard['state'], more: Partial<AgentBoard> = {}): AgentBoard => ({
  id, name: id, state, since: at, at, signed_in_at: at, calls: 0, utilisation: 0, mean_wait_seconds: 0, seconds: {}, campaigns: ['spring'], node: 'ast1', phone: { kind: 'sip', leg: 'nailed-up', state: 'connected', endpoint: '' }, ...more,
} as AgentBoard);
const campaign = (id: string, attempts: number) => ({ id, name: id, attempts }) as CampaignBoard;
const snapshot = (...agents: AgentBoard[]): BoardEvent => ({ kind: 'snapshot', stream: 's', seq: 1, at, data: { at, agents, campaigns: [campaign('spring', 1), campaign('summer', 2)], calls: [] } });
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
