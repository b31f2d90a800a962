import { describe, expect, it } from 'vitest';
import type { Sheet, Tone } from '../api/types';
import { render } from './tones';

const sheet: Sheet = { envelope: { attack_ms: 6, decay_ms: 220, release_ms: 25, partials: [1, 0.22, 0.06] }, tones: {}, events: {}, volume: 1 };
const held: Tone = { name: 'held', sounds: '', peak: 0.18, notes: [{ hz: 880, ms: 150, gap_ms: 20 }, { hz: 659, ms: 220, gap_ms: 0 }] };

/** How much of a pitch there is (Goertzel). */
function strength(samples: Float32Array, hz: number, rate: number): number {
  let re = 0;
  let im = 0;
  samples.forEach((x, n) => {
    re += x * Math.cos((2 * Math.PI * hz * n) / rate);
    im += x * Math.sin((2 * Math.PI * hz * n) / rate);
  });
  return Math.hypot(re, im) / samples.length;
}

describe('a tone', () => {
  const rate = 48000;
  const samples = render(held, sheet, rate);

  it('has its length, its pitches and its pause', () => {
    expect(samples.length).toBe((150 + 20 + 220) * 48);
    const first = samples.slice(0, 150 * 48);
    const second = samples.slice(170 * 48);
    expect(strength(first, 880, rate)).toBeGreaterThan(10 * strength(first, 659, rate));
    expect(strength(second, 659, rate)).toBeGreaterThan(10 * strength(second, 880, rate));
    expect(samples.slice(150 * 48, 170 * 48).every((x) => x === 0)).toBe(true);
  });

  it('begins and ends at zero and is no louder than its peak', () => {
    expect(Math.abs(samples[0]!)).toBeLessThan(1e-6);
    expect(Math.abs(samples.at(-1)!)).toBeLessThan(1e-6);
    const loudest = samples.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    expect(loudest).toBeLessThanOrEqual(0.18);
    expect(loudest).toBeGreaterThan(0.1);
  });

  it('is as loud as the agent wants it, but never clips', () => {
    const loudest = (volume: number) => render(held, { ...sheet, volume }, rate).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    expect(loudest(0.5) / loudest(1)).toBeCloseTo(0.5);
    expect(loudest(100)).toBeLessThanOrEqual(1);
    expect(loudest(0)).toBe(0);
  });
});
