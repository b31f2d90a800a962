// Asterisk's disk gets full while a call is recorded: its agent and the supervisor are told at once.
// stack: RECORD=always RECORDING_DISK=8m
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe } from 'node:test';
import { closeAll, openBrowser, steps } from './agent.mjs';
import { accessible, picture } from './axe.mjs';

/** Runs a command where Asterisk records to. */
const onDisk = (command) => execFileSync('docker', ['exec', process.env.HASSHIN_NODE, 'sh', '-c', `cd /var/spool/asterisk/recording && ${command}`]);
const fillDisk = () => onDisk('! cat /dev/zero > filler 2> /dev/null');

/** Asterisk writes every two seconds. */
const soon = { timeout: 10_000 };

describe('a recording that fails', { timeout: 120_000 }, () => {
  const it = steps();
  const browsers = [];
  let hanako;
  let sumire;
  before(async () => {
    for (const [id, language, theme] of [['hanako', 'ja', 'dark'], ['sumire', 'ja', 'light']]) {
      const browser = await openBrowser({ language, theme });
      browsers.push(browser);
      await browser.agent.signIn(id);
      await browser.agent.phoneUp();
    }
    [hanako, sumire] = browsers.map((b) => b.agent);
    await hanako.goReady();
  });
  after(() => closeAll(browsers));

  const place = (name) => sumire.page.locator(`nav.places a[href="#/${name}"]`).click();
  const row = () => sumire.page.locator('tr[data-agent="hanako"]');
  /** What a screen reader says by itself. */
  const alert = () => sumire.page.getByRole('alert').and(sumire.page.locator('.recording-notices'));
  const beside = () => hanako.page.locator('.sub', { has: hanako.page.locator('.number') }).getByRole('status');
  const talk = async () => {
    await hanako.page.locator('.campaign', { hasText: '点検のご案内' }).locator('[data-action="get-record"]:not([aria-disabled])').click();
    await hanako.inState('preview');
    await hanako.press('accept');
    await hanako.inState('on-call');
    await hanako.waitToHear();
    await row().locator('.chip[data-state="on-call"]').waitFor();
    await hanako.page.waitForTimeout(2500); // until something of it is on the disk
  };

  const finish = async () => {
    await hanako.press('end');
    await hanako.inState('wrap-up');
    await row().locator('.not-recorded').waitFor({ state: 'detached' });
    await hanako.page.locator('.disposition').first().click();
    await hanako.page.locator('.disposition:has(:checked)').waitFor();
    await hanako.press('done-and-stop');
    await hanako.inState('ready');
  };

  it('is no recording that goes well, of which nobody is told anything', async () => {
    await talk();
    assert.equal(await beside().textContent(), '');
    assert.equal(await alert().textContent(), '');
    assert.equal(await row().locator('.not-recorded').count(), 0);
    assert.match(String(onDisk('ls')), /\w/, 'nothing is being recorded');
  });

  it('is told to the agent beside the number, and to the supervisor at once, wherever that one is', async () => {
    await place('callbacks');
    await sumire.page.locator('.book-views [data-view=list]').focus();
    // A screen reader says what comes into a region that was there before.
    await alert().evaluate((region) => (window.region = region));
    fillDisk();
    await beside().getByText('録音されていません').waitFor(soon);
    await alert().getByText('山田 花子 さんの通話（点検のご案内）が録音されていません。').waitFor({ timeout: 2000 });
    assert.match(await alert().locator('.why-not').textContent(), /is its disk full\?/);
    assert.ok(await alert().evaluate((region) => region === window.region), 'the region came with what is said');
    assert.equal(await sumire.page.evaluate(() => document.activeElement?.dataset.view), 'list', 'it took the focus');
    assert.match(await hanako.page.locator('.not-recorded').getAttribute('title'), /is its disk full\?/);
    await hanako.inState('on-call');
    await accessible(hanako, 'a call that is not recorded');
    await accessible(sumire, 'the callbacks, and a call that is not recorded');
    await picture(hanako, 'not-recorded-ja-dark');
    await picture(sumire, 'not-recorded-ja-light');
  });

  it('is gone from there when the supervisor has taken note of it, and stays with the call', async () => {
    await sumire.page.locator('.recording-notices').getByRole('button', { name: '確認済み' }).click();
    await sumire.page.locator('[data-failed]').waitFor({ state: 'detached' });
    assert.equal(await alert().textContent(), '');
    await place('wallboard');
    await row().getByText('録音されていません').waitFor();
    assert.equal(await sumire.page.locator('[data-failed]').count(), 0, 'it is told once more');
    await accessible(sumire, 'the wallboard, and a call that is not recorded');
    await sumire.page.reload();
    await row().getByText('録音されていません').waitFor();
    await finish();
  });

  it('shows whose call it is, when the next one fails too', async () => {
    onDisk('rm filler');
    await talk();
    assert.equal(await beside().textContent(), '', 'the next call is recorded');
    fillDisk();
    await sumire.page.locator('.recording-notices').getByRole('button', { name: 'エージェントを表示' }).click(soon);
    await sumire.page.locator('.inspector .not-recorded').waitFor();
    assert.equal(await sumire.page.evaluate(() => document.activeElement?.textContent), '山田 花子');
    assert.equal(await alert().textContent(), '');
    await accessible(sumire, 'an agent whose call is not recorded');
    await finish();
  });

  it('was no error of the page', () => {
    for (const agent of [hanako, sumire]) {
      assert.deepEqual(agent.foreign, []);
      assert.deepEqual(agent.errors, []);
    }
  });
});
