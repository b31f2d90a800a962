// The tour of the README, as a newcomer takes it: sign in, get a record, talk, schedule a callback, mark done, receive the callback. With
// SCREENSHOTS=1 it makes the pictures of docs/tour.md.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { openBrowser, password, steps, url } from './agent.mjs';
import { picture } from './axe.mjs';

describe('a newcomer', { timeout: 170_000 }, () => {
  const it = steps();
  let browser;
  let agent;
  let page;
  let contact;
  before(async () => {
    browser = await openBrowser({ language: 'en' });
    agent = browser.agent;
    page = agent.page;
  });
  after(async () => {
    await browser?.close();
  });

  it('opens the printed address and signs in', async () => {
    await page.goto(url);
    await page.getByLabel('Agent').fill('hanako');
    await page.getByLabel('Password').fill(password);
    await picture(agent, 'tour-1-sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
  });

  it('goes ready, once the phone in the page is up', async () => {
    await agent.phoneUp();
    await page.getByRole('button', { name: 'Go ready' }).first().click();
    await agent.inState('ready');
    await picture(agent, 'tour-2-ready');
  });

  it('gets a record', async () => {
    await page.getByRole('button', { name: 'Get Record' }).first().click();
    await agent.inState('preview');
    contact = await page.locator('#contact').textContent();
    await picture(agent, 'tour-3-preview');
  });

  it('calls, and talks with the contact', async () => {
    await page.getByRole('button', { name: 'Call', exact: false }).and(page.locator('[data-tone=good]')).click();
    await agent.inState('on-call');
    await agent.waitToHear();
    const { said, heard } = await agent.heardIn(2000);
    assert.ok(said > 0.01 && heard > 0.01, `said ${said}, heard ${heard}`);
    await picture(agent, 'tour-4-talking');
  });

  it('schedules a callback', async () => {
    await page.getByRole('button', { name: 'Schedule callback' }).click();
    // The next full minute that leaves time to finish the call, by the contact's clock.
    const due = new Date(Math.ceil((Date.now() + 20_000) / 60_000) * 60_000 + 9 * 3600 * 1000).toISOString();
    await page.getByLabel('Date', { exact: true }).fill(due.slice(0, 10));
    await page.getByLabel('Time', { exact: true }).fill(due.slice(11, 16));
    await page.getByLabel('Note for the callback').fill('has seen the offer by then');
    await page.locator('[data-schedule]:not([aria-disabled])').waitFor();
    await picture(agent, 'tour-5-callback');
    await page.locator('[data-schedule]').click();
    await page.locator('.scheduled').waitFor();
  });

  it('marks the call done', async () => {
    await page.getByRole('button', { name: 'End call' }).click();
    await agent.inState('wrap-up');
    await page.locator('.disposition').nth(1).click();
    await page.locator('.disposition:has(:checked)').waitFor();
    await picture(agent, 'tour-6-done');
    await page.getByRole('button', { name: 'Done and stop' }).click();
    await agent.inState('ready');
  });

  it('receives the callback when it is due', async () => {
    await page.locator('.my-state .chip[data-state=preview]').waitFor({ timeout: 100_000 });
    assert.equal(await page.locator('#contact').textContent(), contact);
    await page.locator('.promise', { hasText: 'has seen the offer by then' }).waitFor();
    await picture(agent, 'tour-7-callback');
    await page.locator('[data-action=accept]').first().click();
    await agent.inState('on-call');
    await agent.waitToHear();
    await agent.press('end');
    await agent.inState('wrap-up');
    await page.locator('.disposition').first().click();
    await page.locator('.disposition:has(:checked)').waitFor();
    await agent.press('done-and-stop');
    await agent.inState('ready');
  });
});
