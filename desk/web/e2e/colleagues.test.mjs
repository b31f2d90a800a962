// Two agents, each in a browser of their own.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { closeAll, openBrowser, steps } from './agent.mjs';
import { accessible, picture } from './axe.mjs';

describe('two agents', { timeout: 170_000 }, () => {
  const it = steps();
  const browsers = [];
  let hanako;
  let taro;
  before(async () => {
    for (const id of ['hanako', 'taro']) {
      const browser = await openBrowser({ language: 'en' });
      browsers.push(browser);
      await browser.agent.signIn(id);
      await browser.agent.phoneUp();
      await browser.agent.goReady();
    }
    [hanako, taro] = browsers.map((b) => b.agent);
  });
  after(() => closeAll(browsers));

  const consult = () => reach('c');
  const reach = async (key) => {
    // A key does what its button does, and nothing as long as that is not possible yet.
    await hanako.button({ c: 'consult', i: 'invite', t: 'transfer' }[key]).waitFor();
    await hanako.page.keyboard.press(key);
    await hanako.page.locator('[role=combobox]').waitFor();
    await hanako.page.keyboard.type('taro');
    await hanako.page.locator('[role=option]', { hasText: '佐藤 太郎' }).waitFor();
    await hanako.page.waitForFunction(() => document.querySelectorAll('[role=option]').length === 1);
    await hanako.page.keyboard.press('Enter');
  };
  const finish = async (agent, owns) => {
    await agent.inState('wrap-up');
    if (owns) {
      await agent.page.keyboard.press('1');
      await agent.page.locator('.disposition:has(:checked)').waitFor();
    }
    await agent.press('done-and-stop');
    await agent.inState('ready');
  };

  it('consult each other, swap, and the first hands the call over', async () => {
    await hanako.press('get-record');
    await hanako.inState('preview');
    await hanako.press('accept');
    await hanako.inState('on-call');
    await hanako.waitToHear();
    const contact = await hanako.page.locator('#contact').textContent();

    await consult();
    await taro.inState('offered');
    assert.match(await taro.page.title(), /山田 花子 wants to consult you/);
    await taro.press('reject');
    await taro.inState('ready');
    await hanako.page.locator('.call-state .chip[data-tint=hold]').waitFor();

    await consult();
    await taro.inState('offered');
    await taro.press('accept');
    await taro.inState('on-call');
    await hanako.page.getByRole('button', { name: 'Swap' }).waitFor();
    const told = await taro.heardIn(2500);
    assert.ok(told.heard > 0.01, `the one consulted heard ${told.heard}`);
    await hanako.press('swap');
    await hanako.page.locator('.call-state .chip', { hasText: 'Talking to the contact' }).waitFor();
    await hanako.press('complete');
    await hanako.inState('wrap-up');
    await taro.page.locator('.call-state .chip', { hasText: 'Talking' }).waitFor();
    assert.equal(await taro.page.locator('#contact').textContent(), contact);
    await taro.page.waitForTimeout(700);
    const echo = await taro.heardIn(2500);
    assert.ok(echo.heard > 0.01, `the contact echoes ${echo.heard} to the one who took over`);
    await hanako.page.getByText('The call is with 佐藤 太郎 now.').waitFor();
    await finish(hanako, false);
    await taro.press('end');
    await finish(taro, true);
  });

  const talk = async (campaign) => {
    await hanako.page.locator('.campaign', { hasText: campaign }).locator('[data-action="get-record"]:not([aria-disabled])').click();
    await hanako.inState('preview');
    await hanako.press('accept');
    await hanako.inState('on-call');
    await hanako.waitToHear();
    return hanako.page.locator('#contact').textContent();
  };
  const inCall = (agent, state) => agent.page.locator('.call-state .chip', { hasText: state }).waitFor();

  it('confer, all hearing all, and one leaves it to the other', async () => {
    const contact = await talk('点検のご案内');
    await reach('i');
    await taro.inState('offered');
    assert.match(await taro.page.title(), /invites you to a conference/);
    await taro.press('accept');
    await inCall(hanako, 'Conference');
    await taro.inState('on-call');
    await taro.page.waitForTimeout(700);
    const both = await taro.heardIn(2500);
    assert.ok(both.heard > 0.01, `the one brought in heard ${both.heard}`);
    await accessible(hanako, 'conference');
    await picture(hanako, 'conference-en-light');
    await hanako.press('leave');
    await hanako.inState('wrap-up');
    await inCall(taro, 'Talking');
    assert.equal(await taro.page.locator('#contact').textContent(), contact);
    await finish(hanako, false);
    await taro.press('end');
    await finish(taro, true);
  });

  it('merge a consultation into a conference, and drop one of it', async () => {
    await talk('点検のご案内');
    await consult();
    await taro.inState('offered');
    await taro.press('accept');
    await hanako.page.getByRole('button', { name: 'Swap' }).waitFor();
    await hanako.page.keyboard.press('m');
    await inCall(hanako, 'Conference');
    await hanako.page.getByRole('button', { name: 'Drop: 佐藤 太郎' }).click();
    await inCall(hanako, 'Talking');
    await taro.inState('ready');
    await hanako.press('end');
    await finish(hanako, true);
  });

  it('transfer a call of a campaign that is not the other one’s: its dispositions come with it', async () => {
    const contact = await talk('ロンドン');
    await reach('t');
    await taro.inState('offered');
    assert.match(await taro.page.title(), /hands a call over/);
    await taro.press('accept');
    await inCall(taro, 'Talking');
    assert.equal(await taro.page.locator('#contact').textContent(), contact);
    assert.equal(await taro.page.locator('.disposition').count(), 2);
    await taro.page.locator('.sub', { hasText: 'ロンドン' }).waitFor();
    await hanako.inState('wrap-up');
    await finish(hanako, false);
    await taro.press('end');
    await taro.inState('wrap-up');
    await taro.page.keyboard.press('2');
    await taro.page.locator('.disposition:has(:checked)', { hasText: '対応済み' }).waitFor();
    await taro.press('done-and-stop');
    await taro.inState('ready');
  });

  it('take back do not call, done and cancel', async () => {
    const contact = await talk('点検のご案内');
    await hanako.press('end');
    await hanako.inState('wrap-up');
    await hanako.page.waitForFunction(() => !document.querySelector('.toast.undo')); // of the call before
    await hanako.page.locator('.case [data-action="do-not-call"]').click();
    await hanako.page.locator('dialog button[data-tone=danger]').click();
    await hanako.page.locator('.numbers .tag[data-kind=bad]').waitFor();
    await hanako.page.locator('[data-action=undo]').waitFor();
    await hanako.page.keyboard.press('z');
    await hanako.page.locator('.numbers .tag[data-kind=bad]').waitFor({ state: 'detached' });

    await hanako.page.keyboard.press('1');
    await hanako.page.locator('.disposition:has(:checked)').waitFor();
    await hanako.page.keyboard.press('d');
    await hanako.inState('preview');
    await hanako.page.locator('.toast.undo', { hasText: contact }).waitFor();
    await picture(hanako, 'undo-en-light');
    await hanako.page.keyboard.press('z');
    await hanako.inState('wrap-up');
    assert.equal(await hanako.page.locator('#contact').textContent(), contact);
    await hanako.page.locator('.disposition:has(:checked)').waitFor();
    await hanako.page.keyboard.press('Shift+D');
    await hanako.inState('ready');

    await hanako.press('get-record');
    await hanako.inState('preview');
    const next = await hanako.page.locator('#contact').textContent();
    await hanako.page.keyboard.press('x');
    await hanako.inState('ready');
    await hanako.page.locator('.toast.undo', { hasText: next }).getByRole('button', { name: 'Undo' }).click();
    await hanako.inState('preview');
    assert.equal(await hanako.page.locator('#contact').textContent(), next);
    await hanako.page.keyboard.press('x');
    await hanako.inState('ready');
  });

  it('sign out', async () => {
    for (const agent of [hanako, taro]) {
      await agent.page.locator('button.me').click();
      await agent.page.getByRole('button', { name: 'Sign out' }).click();
      await agent.page.locator('form input[name=password]').waitFor();
    }
  });

  it('had no error', () => {
    for (const agent of [hanako, taro]) assert.deepEqual(agent.errors, []);
  });
});
