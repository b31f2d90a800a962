// A supervisor plans: the calendar of callbacks, and contacts with all that happened with them.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { closeAll, openBrowser, steps } from './agent.mjs';
import { accessible, picture } from './axe.mjs';

const minute = 60_000;
const day = 24 * 60 * minute;
/** Date and time of day by the clock of the browsers, who are in Japan. */
const clock = (ms) => new Date(ms + 9 * 60 * minute).toISOString();

describe('planning', { timeout: 240_000 }, () => {
  const it = steps();
  const browsers = [];
  let hanako;
  let sumire;
  let page;
  const names = {};
  before(async () => {
    for (const id of ['hanako', 'sumire']) {
      const browser = await openBrowser();
      browsers.push(browser);
      await browser.agent.signIn(id);
    }
    [hanako, sumire] = browsers.map((b) => b.agent);
    page = sumire.page;
    await hanako.phoneUp();
    await hanako.goReady();
  });
  after(() => closeAll(browsers));

  /** Nothing that was said before covers the picture. */
  const quiet = () => page.waitForFunction(() => !document.querySelector('.toast'));
  const place = (name) => page.locator(`nav.places a[href="#/${name}"]`).click();
  const view = (name) => page.locator(`.book-views [data-view="${name}"]`).click();
  const plan = (name) => page.locator('.plan', { hasText: name });
  const dialog = () => page.locator('dialog.planned');
  /** Turns to the week of tomorrow, which on a Saturday is the next one. */
  const turnToTomorrow = async () => {
    await page.locator('.calendar .week').waitFor();
    if (new Date(clock(Date.now() + day)).getUTCDay() === 0) await page.getByRole('button', { name: '次の週' }).click();
  };
  const promise = async (due, kind, then) => {
    const { page: desk } = hanako;
    await desk.locator('.campaign', { hasText: '点検のご案内' }).locator('[data-action="get-record"]:not([aria-disabled])').click();
    await hanako.inState('preview');
    const name = await desk.locator('#contact').textContent();
    await desk.keyboard.press('p');
    const schedule = desk.locator('dialog.schedule');
    await schedule.waitFor();
    if (kind === 'pool') await schedule.locator('input[value=pool]').check();
    if (then) {
      await schedule.locator('input[name=minutes]').fill('0');
      await schedule.locator('select[name=then]').selectOption(then);
    }
    const at = clock(typeof due === 'function' ? due() : due);
    await desk.locator('input[name=date]').fill(at.slice(0, 10));
    await desk.locator('input[name=time]').fill(at.slice(11, 16));
    await schedule.locator('textarea[name=note]').fill(`${kind} の約束`);
    await schedule.locator('[data-schedule]:not([aria-disabled])').click();
    await desk.locator('.scheduled').waitFor();
    await schedule.waitFor({ state: 'detached' }); // keys are the dialog's as long as it is there
    await desk.keyboard.press('Shift+D');
    await hanako.inState('ready');
    return name;
  };

  it('sees what agents have promised, and what is overdue, in the week', async () => {
    names.pool = await promise(Date.now() + day, 'pool');
    names.waiting = await promise(() => Math.ceil((Date.now() + 15_000) / minute) * minute, 'personal', 'supervisor');
    names.late = await promise(() => Math.ceil((Date.now() + 10_000) / minute) * minute, 'personal');
    // It comes due while its owner is away.
    await hanako.page.locator('[data-action="not-ready"]').click();
    await hanako.page.locator('#reasons .menu-item').first().click();
    await hanako.inState('not-ready');
    await place('callbacks');
    await view('week');
    await turnToTomorrow();
    await plan(names.pool).waitFor(); // promised when it cannot be taken back any more
    assert.match(await page.locator('.week .plan-day .day-open').first().textContent(), /日\)?$/, 'in Japan a week begins on Sunday');
    await plan(names.pool).locator('.plan-who', { hasText: 'プール' }).waitFor();
    await accessible(sumire, 'calendar');
    const today = page.getByRole('button', { name: '今日', exact: true });
    if (await today.isEnabled()) await today.click();
    await page.locator('.plan[data-late]', { hasText: names.late }).waitFor({ timeout: 90_000 });
    await plan(names.late).locator('.plan-late', { hasText: '超過' }).waitFor();
    await accessible(sumire, 'calendar with one that is overdue');
    await picture(sumire, 'calendar-ja-light');
  });

  it('moves with the arrow keys, and opens one', async () => {
    await page.locator('.plan[tabindex="0"]').focus();
    await page.keyboard.press('Home');
    assert.equal(await page.locator('.plan[tabindex="0"]').count(), 1, 'the Tab key comes to one of them');
    const before = await page.evaluate(() => document.activeElement.dataset.plan);
    if ((await page.locator('.plan').count()) > 1) {
      await page.keyboard.press('ArrowDown');
      assert.notEqual(await page.evaluate(() => document.activeElement.dataset.plan), before);
    }
    await plan(names.late).focus();
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    await dialog().getByText('personal の約束').waitFor();
    await dialog().locator('.switches li', { hasText: '時刻到来' }).waitFor();
    await dialog().locator('.fact', { hasText: '担当者が不在のとき' }).waitFor();
    await accessible(sumire, 'a callback');
    await picture(sumire, 'calendar-callback-ja-light');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    assert.ok(await plan(names.late).evaluate((one) => one === document.activeElement), 'the keyboard is back where it was');
  });

  it('hands one over: another one takes its place', async () => {
    await plan(names.late).click();
    await dialog().getByRole('button', { name: `引き渡し：${names.late}` }).click();
    await dialog().locator('.book-form select').selectOption({ label: '佐藤 太郎' });
    await dialog().locator('.book-form button[data-tone=primary]').click();
    await dialog().waitFor({ state: 'detached' });
    await plan(names.late).locator('.plan-who', { hasText: '佐藤 太郎' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'calendar-title');
  });

  it('gives everybody one that waits for a supervisor, and an agent gets it', async () => {
    await page.locator('.plan[data-late]', { hasText: names.waiting }).waitFor({ timeout: 90_000 }); // it can be due a minute after the other one
    await plan(names.waiting).click();
    await dialog().locator('.fact', { hasText: 'スーパーバイザーの判断待ち' }).waitFor();
    await accessible(sumire, 'a callback that waits for a supervisor');
    await picture(sumire, 'calendar-release-ja-light');
    await dialog().getByRole('button', { name: `全員に開放：${names.waiting}` }).click();
    await page.getByText('コールバックを全員に開放しました。').waitFor();
    await dialog().locator('.fact', { hasText: 'スーパーバイザーの判断待ち' }).waitFor({ state: 'detached' });
    assert.equal(await dialog().getByRole('button', { name: /^全員に開放/ }).count(), 0);
    await page.keyboard.press('Escape');
    await hanako.press('ready'); // and at once it is there
    await hanako.inState('preview');
    assert.equal(await hanako.page.locator('#contact').textContent(), names.waiting);
    await hanako.press('accept');
    await hanako.inState('on-call');
    await hanako.waitToHear();
    await hanako.press('end');
    await hanako.inState('wrap-up');
    await hanako.page.keyboard.press('1');
    await hanako.page.locator('.disposition:has(:checked)').waitFor();
    await hanako.press('done-and-stop');
    await hanako.inState('ready');
    await plan(names.waiting).waitFor({ state: 'detached' }); // it is kept
  });

  it('sees those of one agent, and a day by the hour', async () => {
    await turnToTomorrow();
    await page.getByLabel('担当者').selectOption({ label: '佐藤 太郎' });
    await plan(names.pool).waitFor({ state: 'detached' });
    await page.getByLabel('担当者').selectOption('');
    await page.getByLabel('種類').selectOption('pool');
    await plan(names.pool).waitFor();
    assert.equal(await plan(names.late).count(), 0);
    await page.locator('.plan-day', { hasText: names.pool }).locator('.day-open').click();
    await page.locator('.calendar[data-span=day] .plan-hours > li', { hasText: names.pool }).waitFor();
    await accessible(sumire, 'a day');
    await quiet();
    await picture(sumire, 'calendar-day-ja-light');
  });

  it('puts one off for a week, and takes it back', async () => {
    await plan(names.pool).click();
    await dialog().getByRole('button', { name: `日時の変更：${names.pool}` }).click();
    await dialog().locator('input[type=date]').fill(clock(Date.now() + 8 * day).slice(0, 10));
    await dialog().locator('.book-form button[data-tone=primary]').click();
    await page.getByText('コールバックの日時を変更しました。').waitFor();
    await dialog().waitFor({ state: 'detached' });
    assert.equal(await plan(names.pool).count(), 0);
    await view('week');
    await page.getByRole('button', { name: '次の週' }).click();
    await plan(names.pool).click();
    await dialog().getByRole('button', { name: `取り消し：${names.pool}` }).click();
    await dialog().locator('.book-form input').fill('先方から電話あり');
    await dialog().locator('.book-form button[data-tone=danger]').click();
    await dialog().waitFor({ state: 'detached' });
    assert.equal(await plan(names.pool).count(), 0);
    await page.getByLabel('種類').selectOption('');
  });

  it('has it on a phone, and in English with the week as it is there', async () => {
    await page.getByRole('button', { name: '今日', exact: true }).click();
    await plan(names.late).waitFor();
    await quiet();
    await page.setViewportSize({ width: 390, height: 844 });
    const wide = await page.evaluate(() => [...document.querySelectorAll('.calendar *')].filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => `${e.tagName}.${e.className}`).join(' '));
    assert.equal(wide, '', 'what is too wide for a phone');
    await accessible(sumire, 'calendar on a phone');
    await picture(sumire, 'calendar-phone-ja-light');
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.locator('button.me').click();
    await page.locator('#language').selectOption('en');
    await page.locator('#theme').selectOption('dark');
    await page.keyboard.press('Escape');
    await plan(names.late).waitFor();
    await accessible(sumire, 'calendar, dark');
    await picture(sumire, 'calendar-en-dark');
  });

  it('finds a contact by name and by number, with all that happened', async () => {
    // More than one page of it.
    const { moved, contact } = await page.evaluate(async (name) => {
      const { callbacks } = await (await fetch('/api/v1/callbacks?everybody=true&scope=open')).json();
      const one = callbacks.find((p) => p.name === name);
      const results = [];
      for (let n = 1; n <= 11; n++) {
        const at = new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 16);
        const response = await fetch(`/api/v1/campaigns/${one.campaign}/callbacks/${one.id}/move`, {
          method: 'POST', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify({ when: { at, zone: 'Asia/Tokyo' }, why: `${n}.` }),
        });
        results.push(response.status);
      }
      return { moved: results, contact: `${one.campaign}/${one.record}` };
    }, names.late);
    assert.deepEqual(new Set(moved), new Set([200]), moved.join());
    await place('contacts');
    await page.locator('input[name=contact]').fill(names.late.slice(0, 2));
    const one = page.locator(`[data-contact="${contact}"]`);
    await one.waitFor();
    await accessible(sumire, 'contacts');
    await one.focus();
    await page.keyboard.press('Enter');
    await page.locator('.history li').first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'contact-name');
    assert.equal(await page.locator('.history li').count(), 10);
    await page.locator('[data-action=older]').click();
    await page.waitForFunction(() => document.querySelectorAll('.history li').length > 10);
    await page.locator('.history li', { hasText: 'promised' }).first().waitFor();
    await page.waitForFunction(() => document.activeElement === document.querySelectorAll('.history li')[10]);
    const times = await page.locator('.history time').evaluateAll((all) => all.map((t) => Date.parse(t.dateTime)));
    assert.deepEqual(times, [...times].sort((a, z) => z - a), 'the newest come first');
    await accessible(sumire, 'a contact, dark');
    await page.evaluate(() => scrollTo(0, 0));
    await picture(sumire, 'contacts-en-dark');
    const number = await page.locator('.inspector .number').first().textContent();
    await page.keyboard.press('Escape');
    await page.locator('.inspector').waitFor({ state: 'detached' });
    assert.ok(await one.evaluate((e) => e === document.activeElement), 'the keyboard is back where it was');
    await page.locator('input[name=contact]').fill(number);
    await page.waitForFunction(() => document.querySelectorAll('.contact-open').length === 1);
    await one.waitFor();
    await page.locator('input[name=contact]').fill('zzzz');
    await page.getByText('No contact fits.').waitFor();
  });

  it('never asked another server for anything, and had no error', () => {
    assert.deepEqual(sumire.foreign, []);
    assert.deepEqual(sumire.errors, []);
  });
});
