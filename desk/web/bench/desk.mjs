// Measures the page in a real Chromium against a real hasshin: how much is loaded and how soon something is there; how late the wallboard shows what
// happened to one of 200 agents at 20 events/s; and whether its memory stays flat over an hour's worth of events. Run by make bench-desk.
//
//   CROWD=200 desk/web/e2e/stack.sh node desk/web/bench/desk.mjs [load] [paint] [memory]
import assert from 'node:assert/strict';
import { loadavg } from 'node:os';
import { openBrowser, password, url } from '../e2e/agent.mjs';

const number = (name, otherwise) => Number(process.env[name] ?? otherwise);
const agents = number('CROWD', 200);
const rate = number('RATE', 20);
const seconds = number('SECONDS', 60);
const loads = number('LOADS', 10);
/** An hour of them. */
const events = number('EVENTS', 3600 * rate);
const parts = process.argv.length > 2 ? process.argv.slice(2) : ['load', 'paint', 'memory'];

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const quantile = (all, q) => [...all].sort((a, b) => a - b)[Math.max(0, Math.ceil(q * all.length) - 1)];
const ms = (n) => `${n.toFixed(n < 10 ? 1 : 0)} ms`;
const kB = (n) => `${(n / 1000).toFixed(1)} kB`;
const MB = (n) => `${(n / 1e6).toFixed(2)} MB`;
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
const heading = (...cells) => {
  row(...cells);
  row(...cells.map(() => '---'));
};

/** Asks the API as an agent of the crowd. */
async function command(method, path, token, body) {
  const response = await fetch(url + path, {
    method, headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(body ? { 'Content-Type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
  return response.json();
}

/** Loads the page with an empty profile, as somebody who has signed in, until it shows what it is for. */
async function coldLoad(id, shows) {
  const browser = await openBrowser();
  const { page, context } = browser.agent;
  try {
    const answer = await context.request.post(`${url}/api/v1/session`, { data: { agent: id, password, cookie: true } });
    assert.ok(answer.ok(), `sign-in: ${answer.status()}`);
    await page.addInitScript((sought) => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector(sought)) return;
        observer.disconnect();
        requestAnimationFrame(() => (window.shownAt = performance.now()));
      }).observe(document, { childList: true, subtree: true });
    }, shows);
    await page.goto(url);
    await page.waitForFunction(() => window.shownAt && performance.getEntriesByName('first-contentful-paint').length > 0);
    await page.waitForLoadState('networkidle');
    return await page.evaluate(() => ({
      paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
      ready: window.shownAt,
      bytes: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource').filter((r) => /\/assets\/|favicon/.test(r.name))]
        .reduce((sum, r) => sum + r.encodedBodySize, 0),
    }));
  } finally {
    await browser.close();
  }
}

async function load() {
  heading(`cold load, ${loads} times`, 'compressed', 'first contentful paint, p50 · worst', 'ready, p50 · worst');
  for (const [who, id, shows] of [
    ['the agent’s page, until the own state is there', 'hanako', '.columns .campaigns'],
    ['the wallboard, until the agents are there', 'ren', '.summary-states'],
    ['the wallboard of somebody whose phone is in the page', 'sumire', '.summary-states'],
  ]) {
    const all = [];
    for (let n = 0; n < loads; n++) all.push(await coldLoad(id, shows));
    const both = (of) => `${ms(quantile(all.map(of), 0.5))} · ${ms(Math.max(...all.map(of)))}`;
    row(who, kB(Math.max(...all.map((one) => one.bytes))), both((one) => one.paint), both((one) => one.ready));
  }
}

let people;

/** The crowd, signed in to the engine; their phones are rung at each call, so that they can be ready without. */
async function signedIn() {
  if (people) return people;
  people = [];
  for (let n = 1; n <= agents; n++) {
    const signIn = () => command('POST', '/api/v1/session', undefined, { agent: `crowd${n}`, password });
    const { token } = await signIn().catch(() => sleep(2000).then(signIn)); // on a busy machine Redis may take too long once
    people.push({ id: `crowd${n}`, token, ready: false });
  }
  return people;
}

/** The wallboard of everybody; before it is opened, prepare is run in the page. */
async function wallboard(prepare) {
  const browser = await openBrowser();
  await browser.agent.page.addInitScript(prepare);
  await browser.agent.signIn('sumire');
  await browser.agent.page.waitForFunction((n) => document.querySelectorAll('tr[data-agent]').length >= n, agents, { timeout: 60_000 });
  return browser;
}

/**
 * watchPaint notes of each agent's event when it happened by the server's clock, when it arrived, and when the page had made the first frame whose
 * row shows it: a message that is posted in a frame's callback is handled behind that frame's layout and painting. The clock of both is this machine's.
 */
function watchPaint() {
  window.painted = [];
  const due = new Map();
  const look = () => {
    const now = [...due].filter(([id, { state, reason }]) => {
      const chip = document.querySelector(`tr[data-agent="${id}"] .chip`);
      return chip?.dataset.state === state && Boolean(chip.querySelector('.reason')) === Boolean(reason);
    });
    if (now.length === 0) return;
    for (const [id] of now) due.delete(id);
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const at = Date.now();
        for (const [, event] of now) window.painted.push([at - event.at, at - event.came]);
      };
      port2.postMessage(0);
    });
  };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(address, protocols) {
      super(address, protocols);
      if (!String(address).includes('/wallboard/events')) return;
      this.addEventListener('message', ({ data }) => {
        const came = Date.now();
        const event = JSON.parse(data);
        if (event.kind === 'agent') due.set(event.data.id, { at: Date.parse(event.at), came, state: event.data.state, reason: event.data.reason });
      });
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['data-state'] });
}

/** What the page's main thread has done so far, in ms: other than a latency it does not grow with what else the machine has to do. */
async function workOf(cdp) {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = Object.fromEntries(metrics.map(({ name, value }) => [name, value * 1000]));
  return { script: of.ScriptDuration, layout: of.LayoutDuration, style: of.RecalcStyleDuration, all: of.TaskDuration };
}

async function paint() {
  const all = await signedIn();
  const board = await wallboard(watchPaint);
  try {
    const { page, context } = board.agent;
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    await sleep(2000);
    await page.evaluate(() => void (window.painted = []));
    const before = await workOf(cdp);
    const under = new Set();
    const total = rate * seconds;
    const began = Date.now();
    for (let n = 0; n < total; n++) {
      const at = began + (1000 * n) / rate;
      if (at > Date.now()) await sleep(at - Date.now());
      const one = all[n % all.length];
      one.ready = !one.ready;
      const sent = (one.ready ? command('POST', '/api/v1/agent/ready', one.token) : command('POST', '/api/v1/agent/not-ready', one.token, { reason: 'break' })).finally(() => under.delete(sent));
      under.add(sent);
    }
    await Promise.all(under);
    const after = await workOf(cdp);
    const took = (Date.now() - began) / 1000;
    await sleep(2000);
    const painted = await page.evaluate(() => window.painted);
    assert.equal(painted.length, total, 'not every event was painted once');
    const line = (name, of, promised) => row(name, ms(quantile(of, 0.5)), ms(quantile(of, 0.99)), ms(Math.max(...of)), promised);
    heading(`${agents} agents, ${total} changes of state, ${(total / took).toFixed(1)}/s`, 'p50', 'p99', 'worst', 'promised p99');
    line('from the event at the server to its painting', painted.map(([at]) => at), '50 ms');
    line('from its arrival in the page to its painting', painted.map(([, came]) => came), '');
    console.log('');
    heading('what the page’s main thread did', 'script', 'style', 'layout', 'all of it');
    const spent = (name, by) => row(name, ...['script', 'style', 'layout', 'all'].map((what) => `${((after[what] - before[what]) / by).toFixed(2)} ms`));
    spent('for each event', total);
    spent('in each second', took);
  } finally {
    await board.close();
  }
}

/** keepSocket keeps the connection for the figures where events can be put into it. */
function keepSocket() {
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(address, protocols) {
      super(address, protocols);
      if (String(address).includes('/wallboard/events')) window.figures = this;
    }
  };
}

/** Puts so many events into the page's own connection, some in each frame, as the server would send them: agents who change state, and a campaign. */
async function replay({ n, perFrame }) {
  const states = ['ready', 'on-call', 'wrap-up', 'not-ready'];
  const { agents: people, campaigns } = await (await fetch('/api/v1/wallboard')).json();
  window.replayed ??= 0;
  for (let sent = 0; sent < n; ) {
    for (let i = 0; i < perFrame && sent < n; i++, sent++) {
      const k = window.replayed++;
      const at = new Date().toISOString();
      const one = people[k % people.length];
      const state = states[Math.floor(k / people.length) % states.length];
      const campaign = campaigns[k % campaigns.length];
      const event = k % 6 === 0
        ? { kind: 'campaign', data: { ...campaign, attempts: k, utilisation: (k % 100) / 100, results: { answered: k } } }
        : { kind: 'agent', data: { ...one, state, since: at, at, calls: k, reason: state === 'not-ready' ? 'break' : undefined, seconds: { ready: k % 3600, 'on-call': k % 1800 }, utilisation: (k % 90) / 100 } };
      window.figures.onmessage(new MessageEvent('message', { data: JSON.stringify({ seq: 1e6 + k, at, ...event }) }));
    }
    await new Promise((done) => requestAnimationFrame(done));
  }
}

async function memory() {
  await signedIn();
  const board = await wallboard(keepSocket);
  try {
    const { page, context } = board.agent;
    const cdp = await context.newCDPSession(page);
    const size = async () => {
      for (let n = 0; n < 3; n++) await cdp.send('HeapProfiler.collectGarbage');
      const { usedSize } = await cdp.send('Runtime.getHeapUsage');
      const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters');
      return { heap: usedSize, nodes, listeners: jsEventListeners };
    };
    heading(`${events} events through the page`, 'heap', 'nodes', 'listeners');
    const sizes = [];
    for (let part = 0; part <= 10; part++) {
      if (part > 0) await page.evaluate(replay, { n: Math.round(events / 10), perFrame: 20 });
      const now = await size();
      sizes.push(now);
      row(`after ${part * 10} %`, MB(now.heap), now.nodes, now.listeners);
    }
    const growth = sizes[10].heap - sizes[1].heap;
    console.log(`\nfrom 10 % to 100 %: ${growth >= 0 ? '+' : '−'}${MB(Math.abs(growth))}, ${((100 * growth) / sizes[1].heap).toFixed(1)} % of the heap`);
  } finally {
    await board.close();
  }
}

const load1 = () => loadavg()[0].toFixed(1);
console.log(`load of the machine at the beginning: ${load1()}\n`);
for (const part of parts) {
  await { load, paint, memory }[part]();
  console.log('');
}
console.log(`load of the machine at the end: ${load1()}`);
