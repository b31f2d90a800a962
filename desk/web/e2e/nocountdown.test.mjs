// A centre that does not want its agents to see a clock run: offers expire all the same.
// stack: OFFER_COUNTDOWN=false
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { openBrowser, steps } from './agent.mjs';
import { accessible } from './axe.mjs';

describe('an agent without a countdown', { timeout: 90_000 }, () => {
  const it = steps();
  let browser;
  let agent;
  before(async () => {
    browser = await openBrowser();
    agent = browser.agent;
    await agent.signIn('hanako');
    await agent.phoneUp();
    await agent.goReady();
  });
  after(() => browser?.close());

  it('sees a preview without one, and it is taken back when its time is over', async () => {
    await agent.page.locator('.campaign', { hasText: '夏のお知らせ' }).locator('[data-action="get-record"]:not([aria-disabled])').click();
    const began = Date.now();
    await agent.inState('preview');
    await agent.page.locator('[data-action="accept"]').first().waitFor();
    const told = await agent.page.evaluate(async () => {
      const { call_id: id } = await (await fetch('/api/v1/agent')).json();
      return (await fetch(`/api/v1/calls/${id}`)).json();
    });
    assert.equal(told.state, 'previewing');
    assert.ok(!('answer_by' in told), 'the page is not even told');
    await accessible(agent, 'a preview without a countdown');
    // For as long as the preview waits no countdown is seen.
    const seen = agent.page.locator('.countdown, .countdown-bar').waitFor({ timeout: 60_000 }).then(() => 'a countdown');
    const gone = agent.page.locator('.my-state .chip[data-state="not-ready"]', { hasText: 'プレビューに未応答' }).waitFor({ timeout: 60_000 }).then(() => 'taken back');
    assert.equal(await Promise.race([gone, seen]), 'taken back');
    seen.catch(() => {}); // it is waited for in vain
    const waited = Date.now() - began;
    assert.ok(waited > 28_000 && waited < 45_000, `it was taken back after ${waited} ms, with a preview_timeout of 30 s`);
    assert.equal(await agent.page.locator('#contact').count(), 0);
  });

  it('had no error', () => {
    assert.deepEqual(agent.errors, []);
  });
});
