// What every page test asks: can everybody use it, and what does it look like.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** axe finds what keeps people out (WCAG 2.2 AA and best practices); nothing is to be found. */
export async function accessible(agent, where) {
  // The policy of the page forbids foreign scripts, so axe comes in through the debugger.
  const has = await agent.page.evaluate('typeof axe');
  if (has === 'undefined') await agent.page.evaluate(readFileSync(source, 'utf8'));
  // Colours change slowly. An animation that is cut short, as by what is shown next, is over too: its promise is rejected then.
  await agent.page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  const found = await agent.page.evaluate(() =>
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((result) =>
      result.violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.map((n) => `${n.html}\n      ${n.failureSummary}`).join('\n    ')}`)),
  );
  assert.deepEqual(found, [], `${where}:\n  ${found.join('\n  ')}`);
  assert.equal(await agent.page.evaluate(whatCovers), '', `${where}: what covers the focused control`);
}

/** What covers where the keyboard is: a banner any of it, anything else all of it (WCAG 2.4.11). Runs in the page. */
function whatCovers() {
  const focused = document.activeElement;
  const box = focused?.getBoundingClientRect();
  if (!box || focused === document.body || focused.matches('main, section, dialog') || box.width < 8 || box.height < 8 || box.bottom <= 0 || box.top >= innerHeight) return '';
  const over = [...document.querySelectorAll('.banner')].find((banner) => {
    const b = banner.getBoundingClientRect();
    return !banner.contains(focused) && b.left < box.right && b.right > box.left && b.top < box.bottom && b.bottom > box.top;
  });
  if (over) return over.outerHTML;
  const at = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => document.elementFromPoint(box.left + x * box.width, box.top + y * box.height)));
  const seen = at.filter((top) => top && (focused.contains(top) || top.contains(focused) || top.closest('label')?.contains(focused)));
  return seen.length > 0 ? '' : (at.find((top) => top)?.outerHTML ?? '');
}

const pictures = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));

/** Keeps a picture of the page in docs/screenshots, if asked for with SCREENSHOTS=1. */
export async function picture(agent, name) {
  if (!process.env.SCREENSHOTS) return;
  mkdirSync(pictures, { recursive: true });
  await agent.page.mouse.move(1, 719);
  const path = `${pictures}${name}.png`;
  await agent.page.screenshot({ path, animations: 'disabled' });
  spawnSync('pngquant', ['--force', '--skip-if-larger', '--output', path, '64', path]); // a third of the size, where it is installed
}
