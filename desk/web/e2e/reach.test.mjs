// What an agent has beside the talk: a script, letters, an SMS, a link; and previews that want an answer in time.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { openBrowser, steps } from './agent.mjs';
import { accessible, picture } from './axe.mjs';
import { hookServer, mailServer } from './mailserver.mjs';

/** until waits for something that is not on the page. */
async function until(what, holds) {
  for (const end = Date.now() + 10_000; !holds(); await new Promise((done) => setTimeout(done, 50))) assert.ok(Date.now() < end, `${what} did not come within 10 s`);
}

/** The text of a letter, decoded. */
function textOf(data) {
  const [head, ...rest] = data.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString();
  const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

describe('an agent, beside the talk,', { timeout: 120_000 }, () => {
  const it = steps();
  let browser;
  let agent;
  let page;
  let mail;
  let hook;
  before(async () => {
    mail = await mailServer(process.env.MAIL_PORT);
    hook = await hookServer(process.env.HOOK_PORT, process.env.HOOK_SECRET);
    browser = await openBrowser();
    agent = browser.agent;
    page = agent.page;
    await agent.signIn('hanako');
    await agent.phoneUp();
    await agent.goReady();
  });
  after(async () => {
    mail?.close();
    hook?.close();
    await browser?.close();
  });

  const get = async () => {
    await page.locator('.campaign', { hasText: '夏のお知らせ' }).locator('[data-action="get-record"]:not([aria-disabled])').click();
    await agent.inState('preview');
  };
  const dialog = () => page.locator('dialog.compose');

  it('sees how long a preview waits, and rejects it with a reason', async () => {
    await get();
    const left = page.locator('.countdown [role=timer]');
    await left.waitFor();
    const first = await left.textContent();
    assert.match(first, /応答まで残り 0:(30|2\d)/);
    await page.waitForFunction((before) => document.querySelector('.countdown [role=timer]').textContent !== before, first);
    const contact = await page.locator('#contact').textContent();
    await page.locator('[data-action="reject-why"]').click();
    await page.locator('#reject-why input').waitFor();
    await accessible(agent, 'reject with a reason');
    await picture(agent, 'reject-ja-light');
    const sent = page.waitForRequest((request) => request.url().endsWith('/reject'));
    await page.locator('#reject-why').getByRole('button', { name: '時間帯が適切でない' }).click();
    assert.deepEqual((await sent).postDataJSON(), { reason: '時間帯が適切でない' });
    await page.waitForFunction((before) => (document.querySelector('#contact')?.textContent ?? before) !== before, contact); // the next one
  });

  it('reads the script with the fields filled in, and answers it with the keyboard', async () => {
    const contact = await page.locator('#contact').textContent();
    await page.locator('.script-step').waitFor();
    await page.locator('.script-text', { hasText: `山田 花子 と申します。${contact}様` }).waitFor();
    await page.keyboard.press('a');
    await agent.inState('on-call');
    await agent.waitToHear();
    await page.keyboard.press('w');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'はい');
    await page.keyboard.press('Enter');
    await page.locator('.script-step h3', { hasText: 'ご案内' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'script-step');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab'); // over the link
    await page.keyboard.press('Enter');
    await page.locator('.script-step h3', { hasText: 'ご挨拶' }).waitFor();
    assert.deepEqual(await page.locator('.script-past .script-answer').allTextContents(), ['はい', '関心がある']);
    assert.match(await page.locator('.fields').textContent(), /ご本人の確認はい/, 'the case has the answer by what was asked');
    await accessible(agent, 'script');
    await picture(agent, 'script-ja-light');
    await page.locator('.script-past').nth(1).locator('summary').click();
    await page.locator('.script-past').nth(1).getByRole('button', { name: '関心がある' }).click(); // takes it back
    await page.locator('.script-step h3', { hasText: 'ご案内' }).waitFor();
  });

  it('has the other channels in the contact’s menu', async () => {
    await page.locator('.party [popovertarget=channels]').click();
    await page.locator('#channels').getByRole('button', { name: 'SMS の送信' }).waitFor();
    const link = page.locator('#channels a');
    assert.match(await link.getAttribute('href'), /^https:\/\/crm\.example\.com\/contacts\/natsu-0\d$/);
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
    await accessible(agent, 'other channels');
    await picture(agent, 'channels-ja-light');
    await page.locator('#channels').getByRole('button', { name: 'SMS の送信' }).click();
    const text = page.locator('dialog .message-text');
    await text.waitFor();
    const said = await text.textContent();
    await accessible(agent, 'sms');
    await page.locator('dialog [data-send]').click();
    await until('the webhook', () => hook.requests.length > 0);
    const [got] = hook.requests;
    assert.equal(got.body.text, said);
    assert.ok(got.signed, 'its signature is right');
    await page.locator('.sent li[data-message=sent]', { hasText: 'SMS の送信' }).waitFor();
  });

  it('writes a letter during the call, which stays when its dialog is closed', async () => {
    await page.keyboard.press('y');
    await dialog().waitFor();
    await page.waitForFunction(() => document.querySelector('dialog textarea[name=text]').value !== '');
    assert.match(await dialog().locator('[name=subject]').inputValue(), /様 夏のご案内$/);
    assert.match(await dialog().locator('[name=text]').inputValue(), /山田 花子/);
    await accessible(agent, 'letter');
    await picture(agent, 'letter-ja-light');
    await dialog().locator('[name=text]').fill('お話ししたとおりです。');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await agent.inState('on-call');
    await agent.press('end');
    await agent.inState('wrap-up');
    await page.keyboard.press('y');
    assert.equal(await dialog().locator('[name=text]').inputValue(), 'お話ししたとおりです。');
    await dialog().locator('[data-send]').click();
    await dialog().waitFor({ state: 'detached' });
    await until('the letter', () => mail.letters.length > 0);
    const to = await page.locator('.ways [data-channel=email] .label').textContent();
    assert.ok(to.endsWith(mail.letters[0].to), `${to}, and it went to ${mail.letters[0].to}`);
    assert.match(textOf(mail.letters[0].data), /お話ししたとおりです。/);
    await page.locator('.sent li[data-message=sent]', { hasText: '夏のご案内' }).waitFor();
    await accessible(agent, 'after the letter');
  });

  it('writes another one after the call, from another template', async () => {
    await page.keyboard.press('y');
    await dialog().waitFor();
    await dialog().locator('[name=template]').selectOption('thanks');
    await page.waitForFunction(() => document.querySelector('dialog input[name=subject]').value === 'お電話のお礼');
    await dialog().locator('[data-send]').click();
    await until('the second letter', () => mail.letters.length > 1);
    await page.locator('.sent li[data-message=sent]', { hasText: 'お電話のお礼' }).waitFor();
    await page.keyboard.press('1');
    await page.locator('.disposition:has(:checked)').waitFor();
    await page.keyboard.press('Shift+D');
    await agent.inState('ready');
  });

  it('has it in English, in the dark, and leaves a preview unanswered', async () => {
    await page.locator('button.me').click();
    await page.locator('#language').selectOption('en');
    await page.locator('#theme').selectOption('dark');
    await page.keyboard.press('Escape');
    await get();
    await page.locator('.script-step').waitFor();
    await page.locator('.countdown', { hasText: 'left to answer' }).waitFor();
    await accessible(agent, 'preview with script, dark');
    await picture(agent, 'countdown-en-dark');
    await page.locator('.countdown[data-near]').waitFor({ timeout: 25_000 });
    await accessible(agent, 'the last seconds, dark');
    await page.locator('.my-state .chip[data-state="not-ready"]', { hasText: 'Preview not answered' }).waitFor({ timeout: 15_000 });
  });

  it('asked no other server for anything, and had no error', () => {
    assert.deepEqual(agent.foreign, []);
    assert.deepEqual(agent.errors, []);
  });
});
