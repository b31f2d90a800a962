// An agent of flesh and blood, as far as a test can make one: a browser with a page, a microphone that beeps, and an ear.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const url = process.env.HASSHIN_URL;
export const password = process.env.HASSHIN_PASSWORD;
assert.ok(url && password, 'HASSHIN_URL and HASSHIN_PASSWORD are not set; run desk/web/e2e/stack.sh node --test …');

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--allow-loopback-in-peer-connection',
];

/** steps are tests that go on from each other: after one that failed the others are passed over, since they could only fail too. */
export function steps() {
  let broken = false;
  return (name, step) =>
    it(name, async (t) => {
      if (broken) {
        t.skip('a step before it failed');
        return;
      }
      broken = true;
      await step(t);
      broken = false;
    });
}

/**
 * Opens a browser with a new, empty profile. The microphone is always the agent's; with permissions all others are refused, without any they are still to be asked for.
 */
export async function openBrowser({ language = 'ja', theme = 'light', width = 1280, height = 720, scale = 1, permissions = ['microphone'] } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'hasshin-web-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: [...flags, `--lang=${language}`], env: { ...process.env, LANGUAGE: language }, locale: language === 'ja' ? 'ja-JP' : 'en-GB',
    timezoneId: 'Asia/Tokyo', colorScheme: theme, viewport: { width, height }, deviceScaleFactor: scale, ...(permissions.length > 0 ? { permissions } : {}),
  });
  // Every peer connection is kept where the test can ask it for its figures.
  await context.addInitScript(() => {
    const Native = window.RTCPeerConnection;
    window.peers = [];
    window.RTCPeerConnection = class extends Native {
      constructor(...args) {
        super(...args);
        window.peers.push(this);
      }
    };
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const agent = new Agent(context, page);
  const close = async () => {
    try {
      if (process.env.LAST_LOOK) await page.screenshot({ path: process.env.LAST_LOOK });
      await agent.goHome();
    } finally {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    }
  };
  return { agent, close };
}

/** Closes all browsers, also when one of them cannot be closed well: a browser that is left open would keep the tests from ending. */
export async function closeAll(browsers) {
  const closed = await Promise.allSettled(browsers.map((browser) => browser.close()));
  const failed = closed.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

export class Agent {
  errors = [];
  foreign = [];
  constructor(context, page) {
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(12_000);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) this.errors.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.foreign.push(request.url());
    });
  }

  async signIn(id) {
    await this.page.goto(url);
    await this.page.locator('input[name=agent]').fill(id);
    await this.page.locator('input[name=password]').fill(password);
    await this.page.locator('form button[data-tone=primary]').click();
    await this.page.locator('.my-state .chip').waitFor();
  }

  /** Signs out, so that whoever comes next begins a shift and does not go on with this one: the server keeps a ready agent ready. */
  async goHome() {
    if (!this.page.url().startsWith(url)) return;
    const status = await this.page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }).then((response) => response.status));
    assert.ok([204, 401].includes(status), `signing out at the end was refused with ${status}`); // 401: has signed out already
  }

  /** Until the phone's leg is in the booth. */
  async phoneUp() {
    await this.page.locator('.dot-label[data-dot=good]').waitFor({ timeout: 15_000 });
  }

  async goReady() {
    await this.press('ready');
    await this.inState('ready');
  }

  inState(state) {
    return this.page.locator(`.my-state .chip[data-state="${state}"]`).waitFor({ timeout: 10_000 });
  }

  button(action) {
    return this.page.locator(`[data-action="${action}"]:not([aria-disabled])`).first();
  }

  press(action) {
    return this.button(action).click({ timeout: 10_000 });
  }

  /** What the newest leg has sent and heard so far: energy is the sum of squares over time (W3C webrtc-stats, totalAudioEnergy). */
  heard() {
    return this.page.evaluate(async () => {
      const peer = window.peers.at(-1);
      const out = { said: 0, heard: 0, packetsIn: 0, packetsOut: 0, state: peer?.iceConnectionState ?? 'none' };
      for (const report of (await peer?.getStats())?.values() ?? []) {
        if (report.type === 'media-source') out.said = report.totalAudioEnergy ?? 0;
        if (report.type === 'inbound-rtp') {
          out.heard = report.totalAudioEnergy ?? 0;
          out.packetsIn = report.packetsReceived;
        }
        if (report.type === 'outbound-rtp') out.packetsOut = report.packetsSent;
      }
      return out;
    });
  }

  /** How much more has been heard after so many milliseconds. */
  async heardIn(ms) {
    const before = await this.heard();
    await this.page.waitForTimeout(ms);
    const after = await this.heard();
    return { said: after.said - before.said, heard: after.heard - before.heard, packetsIn: after.packetsIn - before.packetsIn, packetsOut: after.packetsOut - before.packetsOut };
  }

  /** Until something is heard; it answers after how many milliseconds. */
  async waitToHear(limit = 8000) {
    const began = Date.now();
    const base = await this.heard();
    while (Date.now() - began < limit) {
      await this.page.waitForTimeout(50);
      const now = await this.heard();
      if (now.heard > (base.state === now.state ? base.heard : 0) + 1e-4) return Date.now() - began;
    }
    assert.fail(`nothing heard within ${limit} ms`);
  }
}
