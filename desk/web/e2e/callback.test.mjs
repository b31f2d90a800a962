// Callbacks as agents schedule, mend, look after and receive them.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { openBrowser, steps } from './agent.mjs';
import { accessible, picture } from './axe.mjs';

const day = 24 * 3600 * 1000;
const date = (ms) => new Date(ms).toISOString().slice(0, 10);

/** The next last Sunday of a month, at least a week ahead: when the clocks change in London. */
function lastSunday(month) {
  for (let year = new Date().getUTCFullYear(); ; year++) {
    const last = new Date(Date.UTC(year, month, 0));
    last.setUTCDate(last.getUTCDate() - last.getUTCDay());
    if (last.getTime() > Date.now() + 7 * day) return date(last);
  }
}

describe('callbacks', { timeout: 240_000 }, () => {
  const it = steps();
  let browser;
  let agent;
  let page;
  before(async () => {
    browser = await openBrowser();
    agent = browser.agent;
    page = agent.page;
    await agent.signIn('hanako');
    await agent.phoneUp();
    await agent.goReady();
  });
  after(async () => {
    await browser?.close();
  });

  const getFrom = async (campaign) => {
    await page.locator('.campaign', { hasText: campaign }).locator('[data-action="get-record"]:not([aria-disabled])').click();
    await agent.inState('preview');
  };
  const dialog = () => page.locator('dialog.schedule');
  const type = async (on, at) => {
    await page.locator('input[name=date]').fill(on);
    await page.locator('input[name=time]').fill(at);
  };
  const problem = (text) => dialog().locator('.problem-line', { hasText: text }).waitFor();
  const judged = () => dialog().locator('.clocks:not([data-stale])').waitFor();
  const schedule = () => dialog().locator('[data-schedule]:not([aria-disabled])');

  it('are typed with both clocks in sight, and what is wrong is said at once', async () => {
    await getFrom('ロンドン');
    await page.keyboard.press('p');
    await dialog().waitFor();
    await dialog().locator('[data-slot]').first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'time');
    assert.equal(await dialog().locator('.problem-line').count(), 0, 'nothing is wrong before anything is typed');
    await accessible(agent, 'callback');

    await type(date(Date.now() + 2 * day), '03:00');
    await problem('連絡先に電話できない時間帯です。');
    await judged();
    assert.match(await dialog().locator('[data-clock=contact] dd').textContent(), /3:00/);
    assert.match(await dialog().locator('[data-clock=agent] dd').textContent(), /1[12]:00/);
    assert.equal(await schedule().count(), 0, 'what is wrong cannot be scheduled');
    assert.ok((await dialog().locator('[data-slot]').count()) >= 3);
    await accessible(agent, 'callback, out of hours');
    await picture(agent, 'callback-hours-ja-light');

    await type(date(Date.now() - 2 * day), '12:00');
    await problem('その時刻は過ぎています。');
    await type(date(Date.now() + 3 * 366 * day), '12:00');
    await problem('このキャンペーンで約束できる期間より先です。');
    await type(lastSunday(3), '01:30');
    await problem('時計が進められるため、その時刻は存在しません。');
    await type(lastSunday(10), '01:30');
    await problem('どちらの時刻かを選んでください。');
    await accessible(agent, 'callback, an hour that happens twice');
    await picture(agent, 'callback-twice-ja-light');
    await dialog().getByLabel('遅い方').check();
    await judged();
    assert.equal(await dialog().locator('.problem-line', { hasText: 'どちらの時刻か' }).count(), 0);
    assert.ok(await dialog().getByLabel('遅い方').isChecked());

    await dialog().getByLabel('新しい番号').first().check();
    await dialog().locator('input[name=other]').fill('12');
    await problem('電話番号として読めません。');
    await dialog().locator('input[name=other]').fill('+14155550100');
    await problem('その番号には発信できません。');
    await dialog().getByText('+442079460002').click();

    assert.ok(await dialog().locator('input[value=pool]').isDisabled());
    await dialog().getByText('権限 calls.callback.pool がありません。').waitFor();
    await dialog().locator('input[name=minutes]').fill('2000');
    await problem('待つ時間は 0～1440 分です。');
    await dialog().locator('input[name=minutes]').fill('15');
  });

  it('are scheduled with the keyboard alone, at a time that was suggested', async () => {
    await type(date(Date.now() + 2 * day), '03:00');
    await dialog().locator('.slots:not([data-stale]) [data-slot]').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.hasAttribute('data-schedule'));
    await schedule().waitFor();
    await dialog().locator('textarea[name=note]').fill('契約書の件');
    await schedule().waitFor();
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement?.hasAttribute('data-schedule')), 'the button comes after the note');
    await page.keyboard.press('Enter');
    await dialog().waitFor({ state: 'detached' });
    await page.locator('.scheduled').waitFor();
    await page.locator('[data-action=callback][data-scheduled]', { hasText: 'スケジュール済み' }).waitFor();
    await accessible(agent, 'preview with a callback');
    await picture(agent, 'callback-preview-ja-light');
  });

  it('are dropped when they are unchecked', async () => {
    await page.locator('.scheduled').getByLabel('コールバック').click();
    await page.locator('.scheduled').waitFor({ state: 'detached' });
    assert.equal(await page.locator('[data-action=callback][data-scheduled]').count(), 0);
  });

  it('are promised on a preview without dialing, and then stand in the book', async () => {
    await page.keyboard.press('p');
    await dialog().locator('[data-slot]').nth(1).click();
    await schedule().click();
    await dialog().waitFor({ state: 'detached' });
    await page.locator('.scheduled').waitFor();
    await page.keyboard.press('Shift+D');
    await agent.inState('ready');
    await page.locator('.callbacks-card', { hasText: '1' }).waitFor();
    await page.keyboard.press('v');
    const row = page.locator('.book-row');
    await row.waitFor();
    assert.match(await row.textContent(), /James Smith/);
    await accessible(agent, 'book');
    await picture(agent, 'book-ja-light');

    await row.getByRole('button', { name: '日時の変更' }).first().click();
    await row.locator('input[type=date]').fill(date(Date.now() + 2 * day)); // when it is called today at any hour, as the tests run at any
    await row.locator('input[type=time]').fill('03:00');
    await row.locator('button[data-tone=primary]').click();
    await row.locator('.problem-line', { hasText: '連絡先に電話できない時間帯です。' }).waitFor();
    await accessible(agent, 'book, refused');
    await row.locator('[data-slot]').last().click();
    await row.locator('button[data-tone=primary]').click();
    await page.getByText('コールバックの日時を変更しました。').waitFor();
    await row.locator('form').waitFor({ state: 'detached' });

    await row.getByRole('button', { name: '取り消し' }).first().click();
    await row.locator('form input').fill('先方から電話あり');
    await row.locator('button[data-tone=danger]').click();
    await page.locator('.book-none').waitFor();
    await page.getByRole('button', { name: '終了', exact: true }).click();
    await page.locator('.book-row[data-state=cancelled]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog.book').waitFor({ state: 'detached' });
  });

  it('are asked for by a disposition that wants one', async () => {
    await getFrom('ロンドン');
    await agent.press('accept');
    await agent.inState('on-call');
    await agent.waitToHear();
    await agent.press('end');
    await agent.inState('wrap-up');
    await page.keyboard.press('1');
    await page.locator('.disposition:has(:checked)', { hasText: '折り返しを約束' }).waitFor();
    await page.keyboard.press('d');
    await dialog().waitFor();
    await dialog().locator('[data-slot]').last().click();
    await schedule().click();
    await dialog().waitFor({ state: 'detached' });
    await page.locator('.scheduled').waitFor();
  });

  it('that cannot be promised any more explain themselves at done, and are mended', async () => {
    await page.locator('.case [data-action="do-not-call"]').click();
    await page.locator('dialog button[data-tone=danger]').click();
    await page.locator('.numbers .tag[data-kind=bad]').waitFor();
    await page.keyboard.press('Shift+D');
    await dialog().waitFor();
    await dialog().locator('.notice[role=alert]').waitFor();
    await problem('その番号は発信禁止リストに載っています。');
    await accessible(agent, 'callback, refused at done');
    await picture(agent, 'callback-blocked-ja-light');
    await agent.inState('wrap-up');
    await dialog().locator('.number-choice .check').nth(1).click();
    await schedule().click();
    await dialog().waitFor({ state: 'detached' });
    await page.locator('.scheduled:not([data-bad])').waitFor();
    await page.keyboard.press('Shift+D');
    await agent.inState('ready');
  });

  it('come when they are due, and look like what they are', async () => {
    await getFrom('点検のご案内');
    await page.keyboard.press('a');
    await agent.inState('on-call');
    await agent.waitToHear();
    const contact = await page.locator('#contact').textContent();
    await page.keyboard.press('p');
    await dialog().waitFor();
    await picture(agent, 'callback-ja-light');
    // The next full minute that leaves time to finish the call, by the contact's clock.
    const due = new Date(Math.ceil((Date.now() + 15_000) / 60_000) * 60_000 + 9 * 3600 * 1000).toISOString();
    await type(due.slice(0, 10), due.slice(11, 16));
    await dialog().locator('.number-choice .check').nth(1).click();
    await dialog().locator('textarea[name=note]').fill('見積もりを見てから');
    await schedule().click();
    await dialog().waitFor({ state: 'detached' });
    await page.locator('.scheduled').waitFor();
    await accessible(agent, 'call with a callback');
    await picture(agent, 'callback-scheduled-ja-light');
    await agent.press('end');
    await agent.inState('wrap-up');
    await page.keyboard.press('2');
    await page.locator('.disposition:has(:checked)').waitFor();
    await page.keyboard.press('Shift+D');
    await agent.inState('ready');
    await page.locator('.my-state .chip[data-state=preview]').waitFor({ timeout: 90_000 });
    assert.equal(await page.locator('#contact').textContent(), contact);
    await page.locator('.promise', { hasText: 'パーソナル コールバック' }).waitFor();
    await page.locator('.promise', { hasText: '見積もりを見てから' }).filter({ hasText: '山田 花子さんが' }).waitFor();
    assert.match(await page.title(), /パーソナル コールバック/);
    // What happened with the contact before, the newest first.
    await page.keyboard.press('f');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'history');
    await page.locator('.history li[data-kind=attempt]', { hasText: '応答' }).filter({ hasText: '担当 山田 花子' }).waitFor();
    await page.locator('.history li[data-kind=callback]', { hasText: '見積もりを見てから' }).waitFor();
    await page.locator('.history li[data-kind=callback]', { hasText: '時刻到来' }).waitFor();
    const times = await page.locator('.history time').evaluateAll((all) => all.map((t) => Date.parse(t.dateTime)));
    assert.deepEqual(times, [...times].sort((a, z) => z - a), 'the newest come first');
    await accessible(agent, 'callback that is due');
    await picture(agent, 'callback-due-ja-light');
    // The key calls the number that was promised, and stands on no other.
    const promised = await page.locator('.dial-numbers .number').nth(1).textContent();
    assert.equal(await page.locator('.dial-numbers .key').count(), 1);
    await page.keyboard.press('a');
    await agent.inState('on-call');
    assert.equal(await page.locator('.sub .number').textContent(), promised);
    await agent.waitToHear();
    await agent.press('end');
    await agent.inState('wrap-up');
    await page.keyboard.press('1');
    await page.locator('.disposition:has(:checked)').waitFor();
    await page.keyboard.press('Shift+D');
    await agent.inState('ready');
  });

  it('had no error', () => {
    assert.deepEqual(agent.foreign, []);
    assert.deepEqual(agent.errors, []);
  });
});
