import { describe, expect, it } from 'vitest';
import type { Agent, Call, Campaign } from '../api/types';
import { apply, current, nothing } from './model';

const agent = (over: Partial<Agent> = {}): Agent => ({
  id: 'hanako', name: '', state: 'ready', since: '2026-04-01T09:00:00Z', next: false, campaigns: [], phone: { state: 'connected', kind: 'page', leg: 'nailed-up', endpoint: '' }, ...over,
});
const call = (over: Partial<Call> = {}): Call => ({
  id: 'c1', agent: 'hanako', campaign: 'spring', origin: 'campaign', state: 'talking', allowed: [], since: '', parties: [],
  record: { id: 'r', name: '', numbers: [], fields: {}, history: [] }, ...over,
});
const campaign = (over: Partial<Campaign> = {}): Campaign => ({
  id: 'spring', name: '', mode: 'preview', state: 'running', waiting: 1, promised: 0, out: 0, finished: 0, dispositions: [], disposition_required: false,
  callback: { absent: { minutes: 15, then: 'pool' }, groups: [], horizon_seconds: 0, kind: 'pool', next_shift: false, note_length: 0, slot_limit: 0, slot_minutes: 15, time_zone: 'Asia/Tokyo' }, privileges: [], ...over,
});
const at = '2026-04-01T09:00:00Z';

describe('the model', () => {
  it('forgets everything at a snapshot', () => {
    const before = apply(nothing, { kind: 'call', seq: 1, at, data: call({ id: 'old' }) });
    const after = apply(before, { kind: 'snapshot', stream: 's', seq: 9, at, data: { agent: agent({ call_id: 'c1' }), call: call(), campaigns: [campaign()] } });
    expect(Object.keys(after.calls)).toEqual(['c1']);
    expect(current(after)?.id).toBe('c1');
  });

  it('shows the call that the agent has, and not one that is closed', () => {
    let model = apply(nothing, { kind: 'agent', seq: 1, at, data: agent({ call_id: 'c2' }) });
    model = apply(model, { kind: 'call', seq: 2, at, data: call({ id: 'c1', state: 'wrap-up' }) });
    model = apply(model, { kind: 'call', seq: 3, at, data: call({ id: 'c2', state: 'previewing' }) });
    expect(current(model)?.id).toBe('c2');
    model = apply(model, { kind: 'call', seq: 4, at, data: call({ id: 'c2', state: 'closed' }) });
    expect(current(model)?.id).toBe('c1');
    model = apply(model, { kind: 'call', seq: 5, at, data: call({ id: 'c1', state: 'closed' }) });
    expect(current(model)).toBeUndefined();
  });

  it('shows a call that was told before the agent names it', () => {
    const model = apply(apply(nothing, { kind: 'agent', seq: 1, at, data: agent() }), { kind: 'call', seq: 2, at, data: call({ state: 'previewing' }) });
    expect(current(model)?.state).toBe('previewing');
  });

  it('does not show a call that is done, although that can be taken back', () => {
    const undo = { what: 'done' as const, until: at };
    let model = apply(apply(nothing, { kind: 'agent', seq: 1, at, data: agent({ call_id: 'c1' }) }), { kind: 'call', seq: 2, at, data: call({ state: 'closing', undo }) });
    expect(current(model)?.id).toBe('c1'); // the agent has not gone on yet
    model = apply(model, { kind: 'agent', seq: 3, at, data: agent() });
    expect(current(model)).toBeUndefined();
    model = apply(model, { kind: 'call', seq: 4, at, data: call({ state: 'talking', undo: { what: 'do-not-call', until: at } }) });
    expect(current(model)?.id).toBe('c1');
  });

  it('keeps campaigns in their order', () => {
    let model = apply(nothing, { kind: 'snapshot', stream: 's', seq: 1, at, data: { agent: agent(), campaigns: [campaign(), campaign({ id: 'b' })] } });
    model = apply(model, { kind: 'campaign', seq: 2, at, data: campaign({ waiting: 7 }) });
    expect(model.campaigns.map((c) => [c.id, c.waiting])).toEqual([['spring', 7], ['b', 1]]);
  });
});
