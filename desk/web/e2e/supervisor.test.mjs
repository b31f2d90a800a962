// A supervisor and an agent, each in a browser of their own.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { closeAll, openBrowser, steps } from './agent.mjs';
import { accessible, picture } from './axe.mjs';

describe('a supervisor', { timeout: 170_000 }, () => {
  const it = steps();
  const browsers = [];
  let hanako;
  let sumire;
  /** The connections for the figures, as the network between sees them. */
  const figures = { down: false, addresses: [], cut: async () => {} };
  const asked = [];
  before(async () => {
    for (const [id, language] of [['hanako', 'en'], ['sumire', 'ja']]) {
      const browser = await openBrowser({ language });
      browsers.push(browser);
      if (id === 'sumire') {
        browser.agent.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
        await browser.agent.context.routeWebSocket(/\/wallboard\/events/, (page) => {
          if (figures.down) return void page.close();
          const server = page.connectToServer();
          figures.addresses.push(new URL(page.url()));
          figures.cut = async () => {
            await server.close();
            await page.close();
          };
        });
      }
      await browser.agent.signIn(id);
      await browser.agent.phoneUp();
    }
    [hanako, sumire] = browsers.map((b) => b.agent);
    await hanako.goReady();
  });
  after(() => closeAll(browsers));

  const row = (id) => sumire.page.locator(`tr[data-agent="${id}"]`);
  const deed = (name) => sumire.page.locator(`[data-deed="${name}"]:not([aria-disabled]):not(:disabled)`);
  const place = (name) => sumire.page.locator(`nav.places a[href="#/${name}"]`).click();
  const rowInState = (id, state) => row(id).locator(`.chip[data-state="${state}"]`).waitFor({ timeout: 10_000 });
  const talk = async () => {
    await hanako.page.locator('.campaign', { hasText: '点検のご案内' }).locator('[data-action="get-record"]:not([aria-disabled])').click();
    await hanako.inState('preview');
    await hanako.press('accept');
    await hanako.inState('on-call');
    await hanako.waitToHear();
    return hanako.page.locator('#contact').textContent();
  };
  /** Whether the agent's microphone works: the contact echoes what it hears. */
  const speaks = (agent, on) =>
    agent.page.evaluate((enabled) => {
      for (const sender of window.peers.at(-1).getSenders()) if (sender.track) sender.track.enabled = enabled;
    }, on);

  it('begins at the wallboard and sees the agents', async () => {
    await rowInState('hanako', 'ready');
    await sumire.page.locator('.board-card[data-campaign="aki"] [role=meter]').waitFor();
    await sumire.page.locator('.board-card[data-campaign="aki"] [data-placed=ringing]').waitFor();
    await accessible(sumire, 'wallboard');
    const files = asked.filter((path) => path.startsWith('/assets/')).join(' ');
    assert.match(files, /\/board-[\w-]{8}\.js/);
    assert.doesNotMatch(files, /\/(desk|audit|control|callbacks|contacts|import|en|board-en)-[\w-]{8}\.js/, 'what the wallboard does not need');
    const talking = await talk();
    await rowInState('hanako', 'on-call');
    await row('hanako').getByText('点検のご案内').waitFor();
    assert.ok(talking);
    assert.equal(await sumire.page.locator('.state-count[data-state="on-call"] .state-count-n').textContent(), '1');
  });

  it('says when no figures come, and afterwards goes on where it was', async () => {
    figures.down = true;
    await figures.cut();
    await sumire.page.locator('.notice', { hasText: '最新の値を受信できません。' }).waitFor();
    await accessible(sumire, 'wallboard without figures');
    await hanako.press('end');
    await hanako.inState('wrap-up');
    await sumire.page.waitForTimeout(500);
    assert.equal(await row('hanako').locator('.chip').getAttribute('data-state'), 'on-call', 'nothing came');
    figures.down = false;
    await rowInState('hanako', 'wrap-up');
    await sumire.page.locator('.notice').waitFor({ state: 'detached' });
    const [first, again] = [figures.addresses[0], figures.addresses.at(-1)];
    assert.equal(first.searchParams.get('since'), null);
    assert.ok(Number(again.searchParams.get('since')) > 0 && again.searchParams.get('stream'), `connected again at ${again}`);
    await hanako.page.keyboard.press('1');
    await hanako.page.locator('.disposition:has(:checked)').waitFor();
    await hanako.press('done-and-stop');
    await hanako.inState('ready');
    await talk();
    await rowInState('hanako', 'on-call');
  });

  it('opens an agent with the keyboard and listens, heard by nobody', async () => {
    await sumire.page.locator('.agent-open').first().focus();
    await sumire.page.keyboard.press('End');
    await sumire.page.keyboard.press('Home');
    await row('hanako').locator('.agent-open').focus();
    await sumire.page.keyboard.press('Enter');
    await sumire.page.locator('.inspector .facts.wide').waitFor();
    assert.equal(await sumire.page.evaluate(() => document.activeElement?.className), 'inspector-name');
    assert.equal(await sumire.page.locator('[data-deed="take-over"]').getAttribute('aria-disabled'), 'true');
    await deed('listen').click();
    await sumire.page.locator('.supervision[data-mode="listen"][data-hears="connected"]').waitFor({ timeout: 10_000 });
    await sumire.inState('supervising');
    const heard = await sumire.heardIn(2500);
    assert.ok(heard.heard > 0.01, `the supervisor heard ${heard.heard}`);
    await row('hanako').locator('.tag').getByText('モニタリング中').waitFor({ state: 'attached' });
    const [name, mark, cell] = await row('hanako').locator('th').evaluate((cell) => {
      const text = document.createRange();
      text.selectNodeContents(cell.querySelector('.agent-open'));
      return [text, cell.querySelector('.tag'), cell].map((one) => one.getBoundingClientRect().toJSON());
    });
    assert.ok(name.right <= mark.left && mark.right <= cell.right, 'the name is whole, and the mark beside it');
    // The charts show the first figures as soon as there are some: grid and words are grey, lines and points are not.
    await sumire.page.waitForFunction(() => {
      const charts = [...document.querySelectorAll('.chart canvas')];
      return charts.length === 2 && charts.every((chart) => {
        const { data } = chart.getContext('2d').getImageData(0, 0, chart.width, chart.height);
        for (let at = 0; at < data.length; at += 4) {
          const [red, green, blue, there] = data.subarray(at, at + 4);
          if (there > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) return true;
        }
        return false;
      });
    });
    await accessible(sumire, 'listening');
    await picture(sumire, 'wallboard-ja-light');

    await speaks(hanako, false);
    await hanako.page.waitForTimeout(800);
    const silence = await hanako.heardIn(2500);
    assert.ok(silence.heard < 0.001, `the agent heard ${silence.heard} of a supervisor who only listens`);
  });

  it('whispers, heard by the agent', async () => {
    await sumire.page.locator('.supervision .segment[data-mode="whisper"]').click();
    await sumire.page.locator('.supervision[data-mode="whisper"][data-hears="connected"]').waitFor({ timeout: 10_000 });
    await hanako.page.waitForTimeout(500);
    const whispered = await hanako.heardIn(2500);
    assert.ok(whispered.heard > 0.01, `the agent heard ${whispered.heard} of the whisper`);
    // The agent keeps silent still, so what comes back from the contact would be the echo of the supervisor.
    const back = await sumire.heardIn(2500);
    assert.ok(back.heard < 0.001, `the contact echoed ${back.heard} of a whisper that is for the agent alone`);
  });

  it('barges in, heard by the agent and by the contact', async () => {
    await sumire.page.locator('.supervision .segment[data-mode="barge"]').click();
    await sumire.page.locator('.supervision[data-mode="barge"][data-hears="connected"]').waitFor({ timeout: 10_000 });
    await hanako.page.waitForTimeout(500);
    const [told, echo] = await Promise.all([hanako.heardIn(2500), sumire.heardIn(2500)]);
    assert.ok(told.heard > 0.01, `the agent heard ${told.heard} of who barged in`);
    assert.ok(echo.heard > 0.01, `the contact, who echoes, gave ${echo.heard} of it back`);
    await accessible(sumire, 'barging in');
    await speaks(hanako, true);
  });

  it('takes the call over, and the page goes to the desk', async () => {
    const contact = await hanako.page.locator('#contact').textContent();
    await deed('bar-take-over').click();
    await sumire.inState('on-call');
    await sumire.page.locator('#contact').waitFor();
    assert.equal(await sumire.page.locator('#contact').textContent(), contact);
    assert.match(sumire.page.url(), /#\/desk$/);
    await hanako.inState('wrap-up');
    await sumire.page.waitForTimeout(700);
    const echo = await sumire.heardIn(2500);
    assert.ok(echo.heard > 0.01, `the contact echoes ${echo.heard} to who took over`);
    await hanako.press('done-and-stop');
    await hanako.inState('ready');
    await place('wallboard');
    await sumire.page.locator('.banner[data-kind="call"]').waitFor();
    await accessible(sumire, 'wallboard, in a call');
    await sumire.page.locator('.banner[data-kind="call"] button').click();
    await sumire.press('end');
    await sumire.inState('wrap-up');
    await sumire.page.keyboard.press('1');
    await sumire.page.locator('.disposition:has(:checked)').waitFor();
    await sumire.press('done-and-stop');
    await sumire.page.locator('#contact').waitFor({ state: 'detached' });
  });

  it('ends an agent’s call after being asked, and signs the agent out', async () => {
    await talk();
    await place('wallboard');
    await rowInState('hanako', 'on-call');
    await sumire.page.locator('.inspector').waitFor();
    await deed('end').waitFor();
    await deed('end').click();
    await sumire.page.locator('dialog.confirm').waitFor();
    await accessible(sumire, 'end a call?');
    await picture(sumire, 'end-call-ja-light');
    await deed('confirm').click();
    await hanako.inState('wrap-up');
    await rowInState('hanako', 'wrap-up');
    assert.equal(await sumire.page.locator('[data-deed="sign-out"]').getAttribute('aria-disabled'), 'true');
    await hanako.page.keyboard.press('1');
    await hanako.page.locator('.disposition:has(:checked)').waitFor();
    await hanako.press('done-and-stop');
    await hanako.inState('ready');
    await deed('sign-out').click({ timeout: 10_000 });
    await deed('confirm').click();
    await hanako.page.locator('input[name=password]').waitFor();
    await row('hanako').waitFor({ state: 'detached' });
    await sumire.page.locator('.inspector').getByText('このエージェントはサインアウトしました。').waitFor();
    await sumire.page.keyboard.press('Escape');
  });

  it('stops a campaign, starts it, and changes how one dials', async () => {
    await place('campaigns');
    const demo = sumire.page.locator('.control[data-campaign="demo"]');
    await demo.locator('[data-deed="stop-campaign"]').click();
    await sumire.page.locator('dialog.confirm input:not([type])').fill('回線の工事');
    await sumire.page.locator('dialog.confirm [type=checkbox]').check();
    await accessible(sumire, 'stop a campaign?');
    await deed('confirm').click();
    await demo.locator('.run[data-running=false]').waitFor();
    await demo.locator('.switches li', { hasText: '伊藤 すみれ' }).filter({ hasText: '回線の工事' }).waitFor();
    await demo.locator('[data-deed="start-campaign"]').click();
    await deed('confirm').click();
    await demo.locator('.run[data-running=true]').waitFor();
    await demo.locator('.campaign-head', { hasText: '伊藤 すみれ' }).waitFor();
    const aki = sumire.page.locator('.control[data-campaign="aki"]');
    await aki.getByRole('button', { name: 'プログレッシブ' }).click();
    await deed('confirm').click();
    await aki.locator('.segment[aria-pressed=true]', { hasText: 'プログレッシブ' }).waitFor();
    await aki.getByText('伊藤 すみれ が変更').waitFor();
    await sumire.page.locator('.toast').first().waitFor({ state: 'detached' });
    await accessible(sumire, 'campaigns');
    await picture(sumire, 'campaigns-ja-light');
  });

  it('reads the audit log, and the callbacks of all', async () => {
    await place('audit');
    for (const kind of ['モニタリング', 'ウィスパー', '割り込み', '通話の引き継ぎ', 'コールの終了', 'サインアウト']) {
      await sumire.page.locator('.audit-table td', { hasText: kind }).first().waitFor();
    }
    await sumire.page.locator('.audit-table tr', { hasText: 'ウィスパー' }).filter({ hasText: '伊藤 すみれ' }).filter({ hasText: '山田 花子' }).waitFor();
    await accessible(sumire, 'audit log');
    await picture(sumire, 'audit-ja-light');
    await sumire.page.locator('.audit-filters select').first().selectOption('whisper');
    await sumire.page.waitForFunction(() => document.querySelectorAll('.audit-table tbody tr').length === 1);
    // A name that is there stands for its id.
    const by = sumire.page.getByLabel('実行者');
    await by.fill('山田 花子');
    await sumire.page.locator('.board-card .book-none').waitFor();
    await by.fill('伊藤 すみれ');
    await sumire.page.waitForFunction(() => document.querySelectorAll('.audit-table tbody tr').length === 1);
    await place('callbacks');
    await sumire.page.locator('.calendar .week').waitFor();
    await sumire.page.locator('.book-views [data-view=list]').click();
    await sumire.page.locator('.book-scopes .segment').nth(1).click();
    await sumire.page.locator('.book-list, .book-none').waitFor();
    await accessible(sumire, 'callbacks');
  });

  it('has it on a phone, in English, in the dark, and after a reload', async () => {
    await sumire.page.locator('button.me').click();
    await sumire.page.locator('#language').selectOption('en');
    await sumire.page.locator('#theme').selectOption('dark');
    await sumire.page.keyboard.press('Escape');
    await place('wallboard');
    await rowInState('sumire', 'not-ready');
    await row('sumire').locator('.agent-open').click();
    await sumire.page.locator('.chart canvas').first().waitFor();
    await accessible(sumire, 'wallboard, dark');
    await picture(sumire, 'wallboard-en-dark');
    await sumire.page.keyboard.press('Escape');
    await sumire.page.setViewportSize({ width: 390, height: 844 });
    await accessible(sumire, 'wallboard on a phone');
    const wide = await sumire.page.evaluate(() =>
      document.documentElement.scrollWidth <= innerWidth ? '' : [...document.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => `${e.tagName}.${e.className}`).join(' '),
    );
    assert.equal(wide, '', 'what is too wide for a phone');
    await picture(sumire, 'wallboard-phone-en-dark');
    await sumire.page.reload();
    await rowInState('sumire', 'not-ready');
    await sumire.page.setViewportSize({ width: 1280, height: 720 });
  });

  it('never asked another server for anything, nor again and again for the figures, and had no error', () => {
    assert.ok(!asked.includes('/api/v1/wallboard'), 'the figures come as events');
    assert.ok(!asked.includes('/api/v1/live-calls'), 'the calls come as events');
    assert.deepEqual(asked.filter((path) => /\/(run|dialing|course)$/.test(path)), [], 'so do who runs campaigns, how they dial and what the charts show');
    assert.deepEqual(sumire.foreign, []);
    assert.deepEqual(sumire.errors, []);
  });
});
