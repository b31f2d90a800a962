import { describe, expect, it } from 'vitest';
import { pauseBefore } from '../api/events';
import type { Call, CallState, Campaign } from '../api/types';
import { callBar, digitsTo, partyBar, refusal } from './actions';
import { elapsed, ServerClock } from './clock';
import { delivered, keyName, keyOf, rebind } from './keys';
import { offerKey, sounds } from './offers';
import { tree } from './tree';

const call = (state: CallState, over: Partial<Call> = {}): Call => ({
  id: 'c1', agent: 'hanako', campaign: 'spring', origin: 'campaign', state, allowed: [], since: '', parties: [],
  record: { id: 'r', name: '', numbers: [], fields: {}, history: [] }, ...over,
});
const campaign = (over: Partial<Campaign> = {}): Campaign => ({
  id: 'spring', name: '', mode: 'preview', state: 'running', waiting: 1, promised: 0, out: 0, finished: 0, dispositions: [], disposition_required: false,
  callback: { absent: { minutes: 15, then: 'pool' }, groups: [], horizon_seconds: 0, kind: 'pool', next_shift: false, note_length: 0, slot_limit: 0, slot_minutes: 15, time_zone: 'Asia/Tokyo' },
  privileges: ['calls.hold', 'calls.dtmf', 'calls.do_not_call'], ...over,
});

describe('the clock', () => {
  it('believes the quickest message', () => {
    let here = 1_000_000;
    const clock = new ServerClock(() => here);
    expect(clock.time).toBe(here);
    const server = () => here + 5000;
    for (const delay of [300, 20, 900]) {
      const at = new Date(server()).toISOString();
      here += delay;
      clock.heard(at);
    }
    expect(server() - clock.time).toBe(20);
    clock.heard('nonsense');
    clock.reset();
    expect(clock.time).toBe(here);
  });

  it('writes lengths of time as people read them', () => {
    expect([-5, 0, 7_900, 754_000, 3_723_000].map(elapsed)).toEqual(['0:00', '0:00', '0:07', '12:34', '1:02:03']);
  });
});

describe('an action', () => {
  it('is possible when the server allows it', () => {
    expect(refusal('hold', call('talking', { allowed: ['hold'] }), campaign())).toBeUndefined();
    expect(refusal('hold', call('ringing'), campaign())).toEqual({ why: 'state', state: 'ringing' });
    expect(refusal('hold', undefined, undefined)).toEqual({ why: 'noCall' });
  });

  it('names the privilege that is missing', () => {
    expect(refusal('transfer', call('talking', { allowed: ['hold'] }), campaign())).toEqual({ why: 'privilege', privilege: 'calls.transfer' });
  });

  it('wants a disposition where the campaign does', () => {
    const wants = campaign({ disposition_required: true });
    expect(refusal('done', call('wrap-up', { allowed: ['done'] }), wants)).toEqual({ why: 'disposition' });
    expect(refusal('done-and-stop', call('wrap-up', { allowed: ['done'], disposition: 'sold' }), wants)).toBeUndefined();
    expect(refusal('done', call('wrap-up', { allowed: ['done'], handed_to: 'taro' }), wants)).toBeUndefined();
  });

  it('sends digits to the contact first', () => {
    const party = (id: string, role: 'contact' | 'target', allowed: string[]) => ({ id, role, state: 'talking' as const, allowed });
    expect(digitsTo(call('conference', { parties: [party('t1', 'target', ['dtmf']), party('contact', 'contact', ['dtmf'])] }))).toBe('contact');
    expect(digitsTo(call('consulting', { parties: [party('contact', 'contact', []), party('t1', 'target', ['dtmf'])] }))).toBe('t1');
    expect(digitsTo(call('held'))).toBeUndefined();
  });

  it('has a place in the bar of every state in which the server may allow it', () => {
    const commands: [CallState, string[]][] = [
      ['talking', ['hold', 'consult', 'invite', 'transfer', 'end', 'done']],
      ['held', ['resume', 'consult', 'transfer', 'end', 'done']],
      ['consult-ringing', ['end-consult', 'end', 'done']],
      ['consulting', ['end-consult', 'swap', 'merge', 'complete', 'end', 'done']],
      ['inviting', ['end-consult', 'end', 'done']],
      ['conference', ['invite', 'leave', 'end', 'done']],
      ['transferring', ['retrieve', 'end', 'done']],
      ['parting', ['end-consult', 'end', 'done']],
      ['rescuing', ['end', 'done']],
      ['wrap-up', ['done']],
      ['joined', ['leave']],
      ['agent-ringing', ['reject', 'cancel', 'end']],
    ];
    for (const [state, wanted] of commands) expect([...callBar(state), ...partyBar(state)], state).toEqual(expect.arrayContaining(wanted));
  });
});

describe('keys', () => {
  const press = (key: string, over = {}) => keyName({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...over });

  it('leave to the browser what is the browser’s', () => {
    expect(press('h')).toBe('h');
    expect(press('D', { shiftKey: true })).toBe('shift+d');
    expect(press('?', { shiftKey: true })).toBe('?');
    expect(press('h', { ctrlKey: true })).toBeUndefined();
    expect(press('Shift', { shiftKey: true })).toBeUndefined();
    expect(press(' ')).toBeUndefined();
  });

  it('are each for one thing', () => {
    const actions = Object.values(delivered);
    expect(new Set(actions).size).toBe(actions.length);
    expect(keyOf('resume', { ...delivered })).toBe('h');
  });

  it('can be changed, but not taken from another action', () => {
    const map = { ...delivered };
    expect(rebind(map, 'end', 'h')).toEqual({ taken: 'hold' });
    expect(rebind(map, 'end', '3')).toEqual({ taken: 'dispositions' });
    const changed = rebind(map, 'end', 'q');
    expect('map' in changed && [changed.map.q, changed.map.e]).toEqual(['end', undefined]);
  });
});

describe('offers', () => {
  it('sound in the page only where the phone does not sound already', () => {
    expect(sounds('consult-offered', 'offers', true, 'headset', 'desk')).toBe(true);
    expect(sounds('consult-offered', 'offers', true, '', '')).toBe(false);
    expect(sounds('consult-offered', 'offers', false, '', '')).toBe(true);
    expect(sounds('held', 'offers', true, 'headset', 'desk')).toBe(false);
    expect(sounds('held', 'all', true, '', '')).toBe(true);
    expect(sounds('offered', 'none', false, '', 'desk')).toBe(false);
  });

  it('are announced once each', () => {
    expect(offerKey('preview', call('previewing'))).toBe('c1 previewing');
    expect(offerKey('preview', call('dialing'))).toBeUndefined();
    expect(offerKey('ready', call('offered'))).toBeUndefined();
  });
});

describe('dispositions', () => {
  it('are a tree, and keep the digits of their places', () => {
    const root = tree([
      { code: 'a', name: 'A' },
      { code: 'b', name: 'B', groups: ['talked'] },
      { code: 'c', name: 'C', groups: ['talked', 'later'] },
      { code: 'd', name: 'D', groups: ['talked'] },
    ]);
    expect(root.leaves.map((l) => l.disposition.code)).toEqual(['a']);
    expect(root.groups[0]!.leaves.map((l) => l.place)).toEqual([2, 4]);
    expect(root.groups[0]!.groups[0]!.leaves[0]!.place).toBe(3);
  });
});

describe('connecting again', () => {
  it('is tried at least every two seconds, and not by all pages at once', () => {
    expect(pauseBefore(0)).toBe(0);
    expect([1, 2, 3, 9].map((n) => pauseBefore(n, () => 1))).toEqual([250, 500, 1000, 2000]);
    expect(pauseBefore(9, () => 0)).toBe(1000);
  });
});
