import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { boardStates } from './logic';

const css = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
const board = css('board.css');
const themes = [...css('../styles/index.css').matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)];

/** How a state is drawn in the bar of an agent's time and beside its name. */
const drawn = (state: string): string => new RegExp(`\\[data-state='${state}'\\]:is\\(\\.dot, \\.gauge > span\\) \\{ background: (.+?); \\}\n`).exec(board)?.[1] ?? '';

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/** WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

describe("an agent's time", () => {
  it('shows no two states alike', () => {
    expect(new Set(boardStates.map(drawn)).size).toBe(boardStates.length);
  });

  it.each([['light', 2], ['dark', 3]] as const)('stands out from what is behind and between its parts, %s (WCAG 1.4.11)', (_, which) => {
    const colours = Object.fromEntries(themes.map((all) => [all[1], all[which]]));
    for (const state of boardStates) {
      const name = /var\(--([\w-]+)\)/.exec(drawn(state))?.[1] ?? '';
      for (const behind of ['sunken', 'surface']) expect(contrast(colours[name]!, colours[behind]!), `${state}: ${name} on ${behind}`).toBeGreaterThanOrEqual(3);
    }
  });
});
