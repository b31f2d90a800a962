// What is put to an agent who looks elsewhere, whom agents reach for, and what an agent is again after a call.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { closeAll, openBrowser, steps, url } from './agent.mjs';
import { accessible } from './axe.mjs';

/** What is heard in the background of silence. */
const silence = 1e-3;

describe('two agents, one of whom looks elsewhere,', { timeout: 170_000 }, () => {
  const it = steps();
  const browsers = [];
  let hanako;
  let taro;
  before(async () => {
    for (const [id, language] of [['hanako', 'ja'], ['taro', 'en']]) {
      // Without permissions, so that the browser is as it is on an agent's first day.
      const browser = await openBrowser({ language, permissions: [] });
      browsers.push(browser);
      // Every desktop notification, with what became of it; and what is told to sound where: the call itself, or something else.
      await browser.agent.context.addInitScript(() => {
        const { setSinkId } = HTMLMediaElement.prototype;
        window.routed = [];
        HTMLMediaElement.prototype.setSinkId = function (device) {
          const tracks = this.srcObject?.getTracks() ?? [];
          const call = window.peers.some((peer) => peer.getReceivers().some((receiver) => tracks.includes(receiver.track)));
          window.routed.push({ device, call });
          return setSinkId.call(this, device);
        };
        const Native = window.Notification;
        window.notices = [];
        window.Notification = class extends Native {
          constructor(title, options) {
            super(title, options);
            const notice = { title, events: [], native: this };
            for (const kind of ['show', 'close', 'error']) this.addEventListener(kind, () => notice.events.push(kind));
            window.notices.push(notice);
          }
        };
      });
      await browser.agent.signIn(id);
      await browser.agent.phoneUp();
    }
    [hanako, taro] = browsers.map((b) => b.agent);
  });
  after(() => closeAll(browsers));

  const permission = (agent) => agent.page.evaluate(() => Notification.permission);
  const notices = (agent) => agent.page.evaluate(() => window.notices.map(({ title, events }) => ({ title, events })));
  const talk = async () => {
    await hanako.page.locator('.campaign', { hasText: '点検のご案内' }).locator('[data-action="get-record"]:not([aria-disabled])').click();
    await hanako.inState('preview');
    await hanako.press('accept');
    await hanako.inState('on-call');
    await hanako.waitToHear();
  };
  const targets = async (key = 'c') => {
    await hanako.button({ c: 'consult', i: 'invite' }[key]).waitFor();
    await hanako.page.keyboard.press(key);
    await hanako.page.locator('[role=option]').first().waitFor();
  };
  const named = (text) => hanako.page.locator('[role=option]', { hasText: text });
  const first = () => hanako.page.locator('[role=option]').first();
  const reach = async (key, name) => {
    await targets(key);
    await hanako.page.keyboard.type(name);
    await hanako.page.waitForFunction(() => document.querySelectorAll('[role=option]').length === 1);
    await hanako.page.keyboard.press('Enter');
  };
  const notReady = async (agent, reason) => {
    await agent.page.locator('[data-action="not-ready"]').click();
    await agent.page.locator('#reasons .menu-item', { hasText: reason }).click();
  };
  const done = async (agent) => {
    await agent.inState('wrap-up');
    await agent.page.keyboard.press('1');
    await agent.page.locator('.disposition:has(:checked)').waitFor();
    await agent.press('done-and-stop');
  };

  it('are asked for leave to notify when they go ready, and not before', async () => {
    for (const agent of [hanako, taro]) {
      assert.equal(await permission(agent), 'default', 'nobody was asked yet');
      await agent.goReady();
      await agent.page.waitForFunction(() => Notification.permission !== 'default');
      // A browser without a window answers by itself, with no. These agents want to be notified.
      await agent.context.grantPermissions(['notifications', 'microphone'], { origin: url });
      assert.equal(await permission(agent), 'granted');
    }
  });

  it('are notified of an offer when another window is in front, and come back with a click', async () => {
    await talk();
    // A page of a test has the focus at all times, unless that is taken back.
    const devtools = await taro.context.newCDPSession(taro.page);
    await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: false });
    const other = await taro.context.newPage();
    await other.bringToFront();
    await taro.page.waitForFunction(() => !document.hasFocus());
    await reach('c', 'taro');
    await taro.inState('offered');
    await taro.page.waitForFunction(() => window.notices[0]?.events.includes('show'));
    assert.match((await notices(taro))[0].title, /wants to consult you/);
    await taro.page.evaluate(() => {
      window.focused = 0;
      window.focus = () => window.focused++;
      window.notices[0].native.dispatchEvent(new Event('click'));
    });
    assert.equal(await taro.page.evaluate(() => window.focused), 1, 'a click brings the page to the front');
    await other.close();
    await taro.page.bringToFront();
    await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    await taro.press('reject');
    await taro.inState('ready');
    await taro.page.waitForFunction(() => window.notices[0].events.includes('close'));
  });

  it('are not notified of what they see', async () => {
    await hanako.page.locator('.call-state .chip[data-tint=hold]').waitFor();
    await reach('c', 'taro');
    await taro.inState('offered');
    assert.match(await taro.page.title(), /wants to consult you/);
    assert.equal((await notices(taro)).length, 1);
    await taro.press('reject');
    await taro.inState('ready');
    await hanako.press('resume');
    await hanako.page.locator('.call-state .chip[data-tint=on-call]').waitFor();
  });

  it('ring where the agent wants to hear it, apart from the headset', async () => {
    await taro.page.keyboard.press(',');
    const ringer = taro.page.locator('#device-ringer');
    await ringer.waitFor();
    const devices = await ringer.locator('option').evaluateAll((all) => all.map((one) => one.value));
    assert.ok(devices.length > 1, 'a choice of loudspeakers');
    await ringer.selectOption(devices.at(-1));
    await taro.page.keyboard.press('Escape');
    await taro.page.reload();
    await taro.phoneUp();
    await taro.page.keyboard.press(',');
    assert.equal(await ringer.inputValue(), devices.at(-1), 'it is remembered');
    assert.equal(await taro.page.locator('#device-speaker').inputValue(), '');
    await taro.page.keyboard.press('Escape');

    assert.deepEqual(await taro.page.evaluate(() => window.routed), []);
    await reach('c', 'taro');
    await taro.inState('offered');
    await taro.page.waitForFunction(() => window.routed.length > 0);
    assert.deepEqual(await taro.page.evaluate(() => window.routed), [{ device: devices.at(-1), call: false }], 'the ringing alone goes there');
    await taro.press('reject');
    await taro.inState('ready');
    await hanako.press('resume');
    await hanako.page.locator('.call-state .chip[data-tint=on-call]').waitFor();
  });

  it('find first whom they used last, and their favourites before them, also after a reload', async () => {
    await targets();
    await named('佐藤 太郎').locator('.tag', { hasText: '最近' }).waitFor();
    assert.match(await first().textContent(), /佐藤 太郎/);
    assert.equal(await named('新宿').locator('.tag').count(), 0, 'nobody has used it');
    await hanako.page.keyboard.press('Escape');

    await reach('c', '新宿');
    await hanako.page.locator('.call-state .chip', { hasText: 'コンサルテーション中' }).waitFor();
    await hanako.press('end-consult');
    await hanako.press('resume');
    await hanako.page.locator('.call-state .chip[data-tint=on-call]').waitFor();
    await targets();
    await named('新宿').locator('.tag', { hasText: '最近' }).waitFor();
    assert.match(await first().textContent(), /新宿/, 'used last');

    await named('伊藤 すみれ').locator('.star').click();
    await named('伊藤 すみれ').locator('.star[data-on]').waitFor();
    await hanako.page.reload();
    await hanako.inState('on-call');
    await hanako.waitToHear();
    await targets();
    const order = await hanako.page.locator('[role=option] .target-name').allTextContents();
    assert.match(order[0], /伊藤 すみれ/, 'a favourite');
    assert.match(order[1], /新宿/, 'used last');
    assert.match(order[2], /佐藤 太郎/, 'used before that');
    await hanako.page.keyboard.press('Escape');
  });

  it('confer, and the contact is muted from its row: not heard, and seen to be so', async () => {
    await reach('i', 'taro');
    await taro.inState('offered');
    await taro.press('accept');
    await hanako.page.locator('.call-state .chip', { hasText: '会議' }).waitFor();
    // With the colleague silent, all that comes to hanako is the contact's echo of her own voice.
    await taro.page.evaluate(() => {
      for (const sender of window.peers.at(-1).getSenders()) if (sender.track) sender.track.enabled = false;
    });
    await hanako.page.waitForTimeout(1000);
    const before = await hanako.heardIn(2000);
    assert.ok(before.heard > 0.01, `heard ${before.heard} of the contact`);

    const row = hanako.page.locator('.party', { hasText: '連絡先' });
    await row.getByRole('button', { name: /^ミュート/ }).click();
    await row.locator('.party-state', { hasText: 'ミュート中' }).waitFor();
    await hanako.page.waitForTimeout(700);
    const muted = await hanako.heardIn(2000);
    assert.ok(muted.heard < silence, `heard ${muted.heard} of a contact who is muted`);
    await accessible(hanako, 'a muted contact');
    await row.getByRole('button', { name: /^ミュート解除/ }).click();
    await row.locator('.party-state', { hasText: 'ミュート中' }).waitFor({ state: 'detached' });
    await hanako.page.waitForTimeout(500);
    const again = await hanako.heardIn(2000);
    assert.ok(again.heard > 0.01, `heard ${again.heard} of a contact who is not muted any more`);
  });

  it('drop the contact from its row, and the colleagues go on with each other', async () => {
    await hanako.page.locator('.party', { hasText: '連絡先' }).getByRole('button', { name: /^切断/ }).click();
    await taro.page.evaluate(() => {
      for (const sender of window.peers.at(-1).getSenders()) if (sender.track) sender.track.enabled = true;
    });
    await hanako.page.waitForTimeout(700);
    const colleague = await hanako.heardIn(2000);
    assert.ok(colleague.heard > 0.01, `heard ${colleague.heard} of the colleague`);
  });

  it('are after a call what they chose in it', async () => {
    await notReady(hanako, '休憩');
    await hanako.press('end');
    await done(hanako);
    await hanako.page.locator('.my-state .chip[data-state="not-ready"]', { hasText: '休憩' }).waitFor();
  });

  it('are not ready for the same reason again after a call that they took back', async () => {
    await hanako.goReady();
    await talk();
    await hanako.press('end');
    await done(hanako);
    await hanako.inState('ready');
    await notReady(hanako, '昼食');
    await hanako.page.locator('.my-state .chip[data-state="not-ready"]', { hasText: '昼食' }).waitFor();
    await hanako.page.keyboard.press('z');
    await hanako.inState('wrap-up');
    await hanako.press('done-and-stop');
    await hanako.page.locator('.my-state .chip[data-state="not-ready"]', { hasText: '昼食' }).waitFor();
  });

  it('had no error', () => {
    for (const agent of [hanako, taro]) {
      assert.deepEqual(agent.errors, []);
      assert.deepEqual(agent.foreign, []);
    }
  });
});
