import { computed, effect, signal, untracked } from '@preact/signals';
import { Refused } from '../api/client';
import { t, texts } from '../i18n';
import { access, chosen, list, microphone, openMicrophone } from '../phone/devices';
import type { Phone, Registration } from '../phone/phone';
import { route, TonePlayer } from '../phone/tones';
import { agent, call, client, commands, explain, link, listeners, model, run, say, session } from './app';
import { remember, remembered } from './memory';
import { isOffer, offerKey, sounds, type PageTones } from './offers';

// The agent's line: the phone in the page, what it sounds on, and what is done to have it up whenever the server expects it to be.

export const registration = signal<Registration>('off');
export const legUp = signal(false);
/** Whether the browser keeps the sound off until the agent touches the page. */
export const soundBlocked = signal(false);
/** Whether another tab of this browser has the phone. */
export const elsewhere = signal(false);
/** Whether the agent wants the phone connected; only the button that disconnects it says otherwise. */
export const wanted = signal(true);
/** Why the last attempt to connect failed. */
export const trouble = signal('');

export const pageTones = signal<PageTones>(remembered('pageTones', 'offers'));
export const notifications = signal<boolean>(remembered('notifications', true));

export const inPage = computed(() => agent.value?.phone.kind === 'page');
/** Whether the phone is rung at each call, and not kept in the booth. */
export const perCall = computed(() => agent.value?.phone.leg === 'per-call');
/** Whether the agent can work with the phone as it is. */
export const workable = computed(
  () => agent.value?.phone.state === 'connected' || (perCall.value && (!inPage.value || registration.value === 'registered')),
);

const player = new TonePlayer();
const loudspeaker = new Audio();

let phone: Phone | undefined;

/** How long to wait before the phone's file is asked for again. */
const fetchAgainMs = 5000;

/** Fetches the phone: a large file, which only those need whose telephone is in the page. It does not give up before the agent has gone. */
async function fetchPhone(): Promise<Phone | undefined> {
  while (!phone && session.value) {
    try {
      const { JsSipPhone } = await import('../phone/jssip');
      phone ??= new JsSipPhone({
        onRegistration(state) {
          registration.value = state;
        },
        onLeg(up) {
          legUp.value = up;
        },
        onSound(stream) {
          loudspeaker.srcObject = stream ?? null;
          if (stream) void sound();
        },
      });
      trouble.value = '';
    } catch {
      trouble.value = t().places.missing; // the network is away, or the server has a newer page
      await new Promise((done) => setTimeout(done, fetchAgainMs));
    }
  }
  return phone;
}

async function sound(): Promise<void> {
  try {
    await route(loudspeaker, chosen.value.speaker);
    await loudspeaker.play();
    soundBlocked.value = false;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotAllowedError') soundBlocked.value = true;
  }
}

/** Turns the sound on after the agent touched the page. */
export function unblock(): void {
  if (soundBlocked.value) void sound();
}

/** Opens the microphone and registers the phone. */
export async function startPhone(): Promise<void> {
  if (!inPage.value || elsewhere.value || !session.value) return;
  const [stream, phone] = await Promise.all([microphone.value ?? openMicrophone(), fetchPhone()]);
  if (!stream || !phone || !session.value) return;
  await phone.speakInto(stream);
  try {
    const account = await client.send('GET /api/v1/agent/phone');
    if (!account.websocket || !session.value) return;
    const url = new URL(account.websocket, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    phone.start({ username: account.username, password: account.password, url: url.href });
  } catch (error) {
    trouble.value = explain(error);
  }
}

export async function changeMicrophone(): Promise<void> {
  const stream = await openMicrophone();
  if (stream) await phone?.speakInto(stream);
}

/** How long the server and the page may disagree about the leg before the page asks to be rung again: events need a moment. */
const settleMs = 800;

let settling: ReturnType<typeof setTimeout> | undefined;
let freshPage = true;

/** Has the phone rung when there is no leg, and rung anew when the server still has one that this page lost, as after a reload. */
effect(() => {
  clearTimeout(settling);
  const state = agent.value?.phone.state;
  const up = legUp.value;
  if (up) freshPage = false;
  if (registration.value !== 'registered' || link.value !== 'open' || !wanted.value || up || !state || state === 'ringing') return;
  if (perCall.value && state !== 'connected') return; // it is rung when there is a call
  const wait = freshPage ? 0 : settleMs;
  settling = setTimeout(() => {
    freshPage = false;
    void ring();
  }, wait);
});

let attempts = 0;

/** Asks the server to ring this phone. Refused, it is asked again a few times: a registration may need a moment. */
export async function ring(): Promise<void> {
  const again = untracked(() => agent.value?.phone.state === 'connected');
  wanted.value = true;
  try {
    await client.send('POST /api/v1/agent/phone', { body: { again } });
    attempts = 0;
    trouble.value = '';
  } catch (error) {
    if (error instanceof Refused && error.code === 'phone_unreachable' && ++attempts < 3) {
      setTimeout(() => void ring(), 1000 * attempts);
      return;
    }
    attempts = 0;
    trouble.value = explain(error);
  }
}

export const hangUp = () =>
  run('phone', async () => {
    await client.send('DELETE /api/v1/agent/phone');
    wanted.value = false;
  });

// The microphone is asked for, and the phone registers, as soon as it is known that the phone is in the page.
effect(() => {
  if (inPage.value && session.value && registration.value === 'off' && access.value === 'unknown' && !elsewhere.value) {
    untracked(() => void hold());
  }
});

/** One page at a time has the phone: a registration from another tab would take the calls away from the first. */
async function hold(steal = false): Promise<void> {
  if (!navigator.locks) {
    await startPhone();
    return;
  }
  const name = `hasshin.phone.${session.value?.agent}`;
  elsewhere.value = false;
  try {
    await navigator.locks.request(name, steal ? { steal: true } : { ifAvailable: true }, async (lock) => {
      if (!lock) {
        elsewhere.value = true;
        return;
      }
      await startPhone();
      await new Promise<void>((resolve) => (release = resolve));
    });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    elsewhere.value = true; // another tab took it
    phone?.stop();
  }
}

let release = () => {};

export const useHere = () => void hold(true);

/** After the agent mended what kept the microphone off. */
export const tryAgain = () => void startPhone();

listeners.linkLost = () => phone?.suspect();
listeners.signedOut = () => {
  phone?.stop();
  release();
  for (const track of microphone.value?.getTracks() ?? []) track.stop();
  microphone.value = undefined;
  access.value = 'unknown';
  wanted.value = true;
};
listeners.signedIn = () => {
  void list();
  commands.tones().then((sheet) => player.use(sheet), (error: unknown) => say('error', explain(error)));
};

// A device chosen in the middle of a call is used at once.
effect(() => {
  const { speaker } = chosen.value;
  void route(loudspeaker, speaker);
});

// Tones and offers.

listeners.tone = (event) => {
  const { speaker, ringer } = chosen.value;
  if (sounds(event, pageTones.value, legUp.value, speaker, ringer)) void playQuietly(event, ringer);
};

async function playQuietly(event: string, device: string): Promise<void> {
  try {
    await player.play(event, device);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'NotAllowedError')) throw error;
    // The browser lets no page make sounds before it is touched; the banner and the title say the same.
  }
}

/** Lets the agent hear what a device sounds like. */
export const testTone = (role: 'speaker' | 'ringer') => playQuietly('offered', chosen.value[role]);

export function choosePageTones(wish: PageTones): void {
  pageTones.value = wish;
  remember('pageTones', wish);
}

export function wantNotifications(on: boolean): void {
  notifications.value = on;
  remember('notifications', on);
  if (on) void askToNotify();
}

/** Asks once, when the agent goes ready: then it is clear what for. */
export async function askToNotify(): Promise<void> {
  if (notifications.value && 'Notification' in window && Notification.permission === 'default') await Notification.requestPermission();
}

let announced: string | undefined;
let shown: Notification | undefined;

/** offerText is what an offer is, in a line. */
export const offerText = computed(() => {
  const it = call.value;
  if (!it) return '';
  if (it.state === 'previewing') {
    const { callback, personalCallback, preview } = t().offer;
    return (it.origin === 'personal-callback' ? personalCallback : it.origin === 'callback' ? callback : preview)(it.record.name);
  }
  if (it.state === 'offered') return t().offer[it.offer ?? 'consult'](it.from_name ?? '');
  return '';
});

effect(() => {
  if (!texts.ready) return;
  const key = offerKey(agent.value?.state, call.value);
  const text = offerText.value;
  document.title = key ? `● ${text} – ${t().title}` : t().title;
  if (key === announced) return;
  announced = key;
  shown?.close();
  shown = undefined;
  // A page in a window behind others counts as visible, but nobody looks at it: what has the keyboard is what the agent looks at.
  if (key && isOffer(model.value.agent?.state) && !document.hasFocus() && notifications.value && 'Notification' in window && Notification.permission === 'granted') {
    shown = new Notification(text, { tag: 'hasshin-offer', icon: '/favicon.svg' });
    shown.onclick = () => window.focus();
  }
});
