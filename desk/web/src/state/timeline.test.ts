import { expect, it } from 'vitest';
import type { TimelineEntry } from '../api/types';
import { continued, movedBy, renewed } from './timeline';

const entries = (...ids: string[]): TimelineEntry[] => ids.map((id) => ({ id, at: '2026-04-01T09:00:00Z', kind: 'note', note: { text: id } }));
const ids = (known: { entries: readonly TimelineEntry[] }) => known.entries.map((one) => one.id).join('');

it('goes on with older ones, each once', () => {
  const known = continued({ entries: entries('f', 'e'), more: true }, { entries: entries('e', 'd', 'c'), more: false });
  expect(ids(known)).toBe('fedc');
  expect(known.more).toBe(false);
});

it('takes newer ones in and keeps the older ones that were read', () => {
  const known = renewed({ entries: entries('e', 'd', 'c', 'b'), more: true }, { entries: entries('f', 'e', 'd'), more: true });
  expect(ids(known)).toBe('fedcb');
  expect(known.more).toBe(true);
});

it('forgets the older ones where there would be a gap', () => {
  expect(ids(renewed({ entries: entries('c', 'b', 'a'), more: false }, { entries: entries('g', 'f', 'e'), more: true }))).toBe('gfe');
});

it('is what the server says when that is all', () => {
  const known = renewed({ entries: entries('c', 'b', 'a'), more: true }, { entries: entries('c', 'a'), more: false });
  expect(ids(known)).toBe('ca');
  expect(known.more).toBe(false);
  expect(renewed(undefined, { entries: [], more: false })).toEqual({ entries: [], more: false });
});

it('reads from when to when a callback was moved', () => {
  expect(movedBy('2026-04-01T09:00:00Z to 2026-04-02T10:00:00Z: at work: till six')).toEqual({ from: '2026-04-01T09:00:00Z', to: '2026-04-02T10:00:00Z', why: 'at work: till six' });
  expect(movedBy('2026-04-01T09:00:00Z to 2026-04-02T10:00:00Z')?.why).toBe('');
  expect(movedBy('asked for it')).toBeUndefined();
  expect(movedBy(undefined)).toBeUndefined();
});
