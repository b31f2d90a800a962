// Two agents, each in a browser of their own.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser } from './agent.mjs';

describe('two agents', { timeout: 120_000 }, () => {
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
  after(async () => {
    for (const browser of browsers) await browser.close();
  });

  const consult = async () => {
    await hanako.page.keyboard.press('c');
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
    assert.match(await taro.page.title(), /wants to consult you/);
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
    await hanako.page.getByText('The call is with taro now.').waitFor();
    await finish(hanako, false);
    await taro.press('end');
    await finish(taro, true);
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
