import { computed, signal } from '@preact/signals';
import { Client, Refused, Unanswered } from '../api/client';
import { Stream, type Link } from '../api/events';
import type { Campaign, ServerEvent, Session, Sheet, Target } from '../api/types';
import { t } from '../i18n';
import { refusal, type Action, type Plain, type Refusal, type Verb } from './actions';
import { ServerClock } from './clock';
import { apply, current, nothing } from './model';

// The state of the page, and the commands that change the server's. What is shown of calls and agents comes from the event stream alone:
// answers to commands tell only whether they were refused.

export const client = new Client();

/** Who is signed in: undefined as long as that is not known, null for nobody. */
export const session = signal<Session | null | undefined>(undefined);
export const model = signal(nothing);
export const link = signal<Link>('connecting');
export const reasons = signal<string[]>([]);
export const clock = new ServerClock();

/** The server's time, each second anew. */
export const now = signal(Date.now());

export const agent = computed(() => model.value.agent);
export const call = computed(() => current(model.value));

/** What the page has to know of a campaign to handle its calls. */
export type Rules = Pick<Campaign, 'name' | 'dispositions' | 'disposition_required' | 'privileges' | 'fields' | 'callback'>;

/** The rules of the call's campaign: the agent's own one, or what the call of another campaign brought along. */
export const campaign = computed((): Rules | undefined => {
  const of = call.value;
  return model.value.campaigns.find((c) => c.id === of?.campaign) ?? of?.rules;
});

/** What can still be taken back, the newest last. */
export const takeable = computed(() => Object.values(model.value.calls).filter((c) => c.undo && Date.parse(c.undo.until) > now.value));

/** Commands on their way, by name. */
export const pending = signal<ReadonlySet<string>>(new Set());

export interface Toast {
  id: number;
  kind: 'error' | 'info';
  text: string;
  detail?: string;
}
export const toasts = signal<Toast[]>([]);

/** Who wants to know of each tone that the server tells of. */
export const listeners = { tone: (_event: string) => {}, signedIn: () => {}, signedOut: () => {}, linkLost: () => {}, failed: () => {} };

let toastId = 0;
export function say(kind: Toast['kind'], text: string, detail?: string): void {
  const toast = { id: ++toastId, kind, text, detail };
  toasts.value = [...toasts.value.slice(-2), toast];
  setTimeout(() => dismiss(toast.id), kind === 'error' ? 10_000 : 4_000);
}
export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** explain is an error in the agent's language. */
export function explain(error: unknown): string {
  if (error instanceof Refused) return t().problem[error.code] ?? t().problemOther;
  if (error instanceof Unanswered) return t().problem.unanswered!;
  return t().problemOther;
}

/** complain tells the agent that something could not be done. */
export function complain(error: unknown): void {
  if (error instanceof Refused && error.code === 'unauthenticated') return; // the sign-in form says it
  const detail = error instanceof Refused ? error.problem.detail : error instanceof Error ? error.message : undefined;
  say('error', explain(error), detail);
  listeners.failed();
}

const stream = new Stream<ServerEvent>({
  path: '/api/v1/events',
  onEvent(event) {
    if (event.kind === 'snapshot' || event.kind === 'resumed' || link.value === 'open') clock.heard(event.at);
    if (event.kind === 'tone') listeners.tone(event.data.event);
    model.value = apply(model.value, event);
  },
  onLink(state) {
    if (state === 'lost' && link.value === 'open') listeners.linkLost();
    link.value = state;
  },
  onSignedOut: leave,
});

client.onSignedOut = leave;

/** Looks whether somebody is signed in already, as after a reload. What it finds is told when the page has its texts. */
export async function begin(speaks: Promise<void>): Promise<void> {
  const tick = () => {
    now.value = clock.time;
    setTimeout(tick, 1000 - (now.value % 1000));
  };
  tick();
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) stream.suspect();
  });
  const [who, spoken] = await Promise.allSettled([client.send('GET /api/v1/session'), speaks]);
  if (spoken.status === 'rejected') return;
  try {
    if (who.status === 'rejected') throw who.reason;
    await enter(who.value);
  } catch (error) {
    session.value = null;
    if (!(error instanceof Refused)) complain(error);
  }
}

export async function signIn(agentId: string, password: string): Promise<void> {
  await enter(await client.send('POST /api/v1/session', { body: { agent: agentId, password, cookie: true } }));
}

async function enter(who: Session): Promise<void> {
  session.value = who;
  link.value = 'connecting';
  stream.start();
  reasons.value = (await client.send('GET /api/v1/not-ready-reasons')).reasons;
  listeners.signedIn();
}

export async function signOut(): Promise<void> {
  await run('sign-out', async () => {
    await client.send('DELETE /api/v1/session');
    leave();
  });
}

function leave(): void {
  if (!session.value) {
    session.value ??= null;
    return;
  }
  stream.stop();
  session.value = null;
  model.value = nothing;
  listeners.signedOut();
}

/** Gives a doubtful connection up for a new one. */
export function suspect(): void {
  stream.suspect();
}

/**
 * run does a command unless the same one is on its way, and tells the agent when it was refused, unless told says that it has done so. It
 * answers whether the command was done.
 */
export async function run(name: string, command: () => Promise<unknown>, told: (error: unknown) => boolean = () => false): Promise<boolean> {
  if (pending.value.has(name)) return false;
  pending.value = new Set([...pending.value, name]);
  try {
    await command();
    return true;
  } catch (error) {
    if (!told(error)) complain(error);
    return false;
  } finally {
    pending.value = new Set([...pending.value].filter((other) => other !== name));
  }
}

/** why is the reason that an action is not possible now; undefined if it is. */
export function why(action: Action): Refusal | undefined {
  if (link.value !== 'open') return { why: 'offline' };
  if (pending.value.has(action)) return { why: 'pending' };
  return refusal(action, call.value, campaign.value);
}

export function whyText(reason: Refusal): string {
  switch (reason.why) {
    case 'state':
      return t().why.state(t().callState[reason.state]);
    case 'privilege':
      return t().why.privilege(reason.privilege);
    default:
      return t().why[reason.why];
  }
}

function onCall<T>(command: (id: string) => Promise<T>): () => Promise<T | undefined> {
  const id = call.value?.id;
  return async () => (id ? command(id) : undefined);
}

export const commands = {
  ready: () => run('ready', () => client.send('POST /api/v1/agent/ready')),
  notReady: (reason: string) => run('ready', () => client.send('POST /api/v1/agent/not-ready', { body: reason ? { reason } : {} })),
  getRecord: (id: string) => run('get-record', () => client.send('POST /api/v1/campaigns/{id}/get-record', { path: { id } })),
  accept: (number?: string) =>
    run('accept', onCall((id) => client.send('POST /api/v1/calls/{id}/accept', { path: { id }, body: number ? { number } : {} }))),
  plain: (action: Plain) => run(action, onCall((id) => client.send(`POST /api/v1/calls/{id}/${action}`, { path: { id } }))),
  reject: (reason: string) =>
    run('reject', onCall((id) => client.send('POST /api/v1/calls/{id}/reject', { path: { id }, body: reason ? { reason } : {} }))),
  reach: (verb: Verb, target: Target) =>
    run(verb, onCall((id) => client.send(`POST /api/v1/calls/{id}/${verb}`, { path: { id }, body: target }))),
  onParty: (what: 'drop' | 'mute' | 'unmute', party: string) =>
    run(`${what} ${party}`, onCall((id) => client.send(`POST /api/v1/calls/{id}/parties/{party}/${what}`, { path: { id, party } }))),
  /** Digits go out one after the other, in the order in which they were pressed. */
  digits: (digits: string, party: string) => {
    const send = onCall((id) => client.send('POST /api/v1/calls/{id}/dtmf', { path: { id }, body: { digits, party } }));
    const sent = digitsQueue.then(send).then(
      () => true,
      (error: unknown) => {
        complain(error);
        return false;
      },
    );
    digitsQueue = sent.then(() => undefined);
    return sent;
  },
  disposition: (code: string) =>
    run('disposition', onCall((id) => client.send('PUT /api/v1/calls/{id}/disposition', { path: { id }, body: { disposition: code } }))),
  note: (id: string, note: string) => client.send('PUT /api/v1/calls/{id}/note', { path: { id }, body: { note } }),
  field: (key: string, value: string) =>
    run(`field ${key}`, onCall((id) => client.send('PUT /api/v1/calls/{id}/fields/{key}', { path: { id, key }, body: { value } }))),
  doNotCall: (scope: 'number' | 'chain') =>
    run('do-not-call', onCall((id) => client.send('POST /api/v1/calls/{id}/do-not-call', { path: { id }, body: { scope } }))),
  done: (stop: boolean, note?: string, told?: (error: unknown) => boolean) =>
    run('done', onCall((id) => client.send('POST /api/v1/calls/{id}/done', { path: { id }, body: { stop, undo: true, ...(note === undefined ? {} : { note }) } })), told),
  cancel: () => run('cancel', onCall((id) => client.send('POST /api/v1/calls/{id}/cancel', { path: { id }, body: { undo: true } }))),
  undo: (id: string) => run('undo', () => client.send('POST /api/v1/calls/{id}/undo', { path: { id } })),
  tones: (): Promise<Sheet> => client.send('GET /api/v1/tones'),
};

let digitsQueue: Promise<unknown> = Promise.resolve();
