// A supervisor imports a list: real file, real server, rejects downloaded and read.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { openBrowser, steps } from './agent.mjs';
import { accessible, picture } from './axe.mjs';

describe('a supervisor with a list', { timeout: 170_000 }, () => {
  const it = steps();
  const folder = mkdtempSync(join(tmpdir(), 'hasshin-import-'));
  let browser;
  let page;
  let sumire;
  before(async () => {
    browser = await openBrowser({ language: 'ja' });
    sumire = browser.agent;
    page = sumire.page;
    await sumire.signIn('sumire');
  });
  after(() => browser?.close());

  const file = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const shown = (state) => page.locator(`.import-shown[data-state="${state}"]`);
  const header = readFileSync(new URL('demo.csv', import.meta.url), 'utf8').split('\n', 1)[0];
  const rows = [header];
  for (let i = 0; i < 3000; i++) rows.push(`imp-${i},取込 ${i},${i % 100 === 7 ? 'none' : `090-77${String(i).padStart(6, '0').replace(/(..)(....)/, '$1-$2')}`},,,,`);

  it('is told why a file is no list', async () => {
    await page.locator('nav.places a[href="#/lists"]').click();
    await page.locator('.import select[name=campaign]').selectOption('demo');
    await page.locator('.import input[type=file]').setInputFiles(file('bad.csv', 'tel,foo\n1,2\n'));
    await page.locator('[data-deed=check]').click();
    await page.locator('.import .problem', { hasText: '必要な列がありません。' }).waitFor();
    await accessible(sumire, 'a file that is no list');
  });

  it('sees what would be taken before anything is changed', async () => {
    await page.locator('.import input[type=file]').setInputFiles(file('名簿.csv', rows.join('\n')));
    await page.locator('[data-deed=check]').focus();
    await page.keyboard.press('Enter');
    await page.locator('.import-shown[data-dry=true][data-state=finished]').waitFor({ timeout: 20_000 });
    await page.locator('[data-deed=import]', { hasText: '2,970' }).waitFor();
    assert.equal(await page.locator('.import-shown tbody tr').count(), 20);
    await page.locator('.import-shown tbody td', { hasText: '列「mobile」：電話番号として使えません。' }).first().waitFor();
    await accessible(sumire, 'what an import would bring');
  });

  it('imports it, and reads the rejects', async () => {
    await page.locator('[data-deed=import]').click();
    await page.locator('.import-shown[data-dry=false][data-state=finished]').waitFor({ timeout: 20_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-deed=rejects]').click()]);
    assert.equal(download.suggestedFilename(), '名簿.rejects.csv');
    const rejects = readFileSync(await download.path(), 'utf8').trimEnd().split('\n');
    assert.equal(rejects.length, 31);
    assert.match(rejects[0], /^\ufeffreject_line,reject_code,reject_reason,id,/);
    assert.match(rejects[1], /^9,invalid_number,.*imp-7,取込 7,none/);
    await accessible(sumire, 'an import');
    await picture(sumire, 'import-ja-light');
  });

  it('drops a file onto the page, and cancels its import on the way', async () => {
    const long = [header];
    for (let i = 0; i < 250_000; i++) long.push(`long-${i},取込 ${i},090-1${String(i).padStart(7, '0').replace(/(...)(....)/, '$1-$2')},,,,`);
    const path = file('大きな名簿.csv', long.join('\n'));
    const onto = await page.locator('.import-drop').boundingBox();
    const devtools = await sumire.context.newCDPSession(page);
    for (const type of ['dragEnter', 'dragOver', 'drop']) {
      await devtools.send('Input.dispatchDragEvent', {
        type, x: onto.x + onto.width / 2, y: onto.y + onto.height / 2, data: { items: [], files: [path], dragOperationsMask: 1 },
      });
    }
    await page.locator('.import-drop', { hasText: '大きな名簿.csv' }).waitFor();
    await page.locator('[data-deed=check]').click();
    await page.locator('[data-deed=import]', { hasText: '250,000' }).waitFor({ timeout: 45_000 });
    await page.locator('[data-deed=import]').click();
    await page.locator('.import-shown[data-dry=false][data-state=running] [data-deed=cancel-import]').click({ timeout: 30_000 });
    await page.locator('.import-shown[data-dry=false][data-state=cancelled]').waitFor({ timeout: 20_000 });
    await page.locator('.import-shown', { hasText: '同じファイルをもう一度送信すると続きから再開します。' }).waitFor();
    const { imports } = await page.evaluate(async () => (await fetch('/api/v1/imports?limit=1')).json());
    assert.equal(imports[0].cancelled_by, 'sumire');
    assert.ok(imports[0].rows < 250_000, `${imports[0].rows} rows were read`);
    await page.locator('.import-list li', { hasText: '中止' }).filter({ hasText: '実行者 伊藤 すみれ' }).first().waitFor();
    await accessible(sumire, 'an import that was cancelled');
  });

  it('finds it again after a reload, in English, in the dark and on a phone', async () => {
    await page.reload();
    await page.locator('.import-list li').nth(3).waitFor();
    assert.equal(await page.locator('.import-list li').count(), 4);
    await page.locator('.import-open', { hasText: '名簿.csv' }).last().click();
    await shown('finished').waitFor();
    await page.locator('button.me').click();
    await page.locator('#language').selectOption('en');
    await page.locator('#theme').selectOption('dark');
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 390, height: 844 });
    await accessible(sumire, 'imports on a phone');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it is too wide for a phone');
  });

  it('never asked another server for anything, and had no error', () => {
    assert.deepEqual(sumire.foreign, []);
    assert.deepEqual(sumire.errors.filter((error) => !/422/.test(String(error))), []);
  });
});
