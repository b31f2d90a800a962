import { computed, effect, signal, untracked } from '@preact/signals';
import type { Channels, Letter, Message } from '../api/types';
import { t } from '../i18n';
import { ownsRecord } from './actions';
import { call, campaign, client, complain, link, run, say } from './app';
import { filledFrom } from './script';
import { dialog } from './view';

// How else the contact can be reached than by the telephone: letters, requests to other programs (an SMS), links; and what was sent.

interface Reach {
  call: string;
  channels: Channels;
  sent: readonly Message[];
}

export const reach = signal<Reach | undefined>(undefined);

/** How often it is asked what has become of a message that is on its way. */
const lookMs = 2000;

const wanted = computed(() => {
  const of = call.value;
  const may = campaign.value?.privileges.includes('calls.messages') ?? false;
  return of && may && link.value === 'open' && ownsRecord(of) ? filledFrom(of) : '';
});

effect(() => {
  if (!wanted.value) {
    reach.value = undefined;
    return;
  }
  const stop = new AbortController();
  untracked(() => void read(call.value!.id, stop.signal));
  return () => stop.abort();
});

async function read(id: string, signal?: AbortSignal): Promise<void> {
  const path = { id };
  try {
    const [channels, { messages }] = await Promise.all([
      client.send('GET /api/v1/calls/{id}/channels', { path, ...(signal ? { signal } : {}) }),
      client.send('GET /api/v1/calls/{id}/messages', { path, ...(signal ? { signal } : {}) }),
    ]);
    if (!signal?.aborted && call.value?.id === id) reach.value = { call: id, channels, sent: messages };
  } catch (error) {
    if (!signal?.aborted) complain(error);
  }
}

/** What is on its way is looked at until it has arrived, or has not. */
effect(() => {
  const of = reach.value;
  if (!of?.sent.some(underWay) || link.value !== 'open') return;
  const timer = setTimeout(() => void look(of.call), lookMs);
  return () => clearTimeout(timer);
});

async function look(id: string): Promise<void> {
  try {
    const { messages } = await client.send('GET /api/v1/calls/{id}/messages', { path: { id } });
    if (reach.value?.call === id) reach.value = { ...reach.value, sent: messages };
  } catch {
    if (reach.value?.call === id) reach.value = { ...reach.value }; // asked again later; nothing that the agent did has failed
  }
}

export const underWay = (message: Pick<Message, 'state'>): boolean => message.state === 'queued' || message.state === 'sending';

/** The letter that is being written. It stays when its dialog is closed, until it is sent or the call is another one. */
export const letter = signal<(Letter & { call: string }) | undefined>(undefined);

/** Opens the letter that is being written, or fills a new one in. */
export function openLetter(to?: string): void {
  const of = reach.value;
  const template = of?.channels.templates[0];
  if (!of || !template) return;
  const kept = letter.value?.call === of.call ? letter.value : undefined;
  if (!kept) {
    letter.value = undefined;
    void fill(template.id, to);
  } else if (to) letter.value = { ...kept, to };
  dialog.value = { kind: 'email' };
}

export const filling = signal(false);

let drafting: AbortController | undefined;

/** fill begins the letter anew, with another template. One that is being filled in meanwhile is not wanted any more. */
export async function fill(template: string, to?: string): Promise<void> {
  const id = reach.value?.call;
  if (!id) return;
  drafting?.abort();
  const { signal } = (drafting = new AbortController());
  filling.value = true;
  try {
    const drafted = await client.send('POST /api/v1/calls/{id}/emails/draft', { path: { id }, body: { template, ...(to ? { to } : {}) }, signal });
    if (!signal.aborted && call.value?.id === id) letter.value = { ...drafted, call: id };
  } catch (error) {
    if (!signal.aborted) complain(error);
  } finally {
    if (!signal.aborted) filling.value = false;
  }
}

export async function sendLetter(): Promise<void> {
  const of = letter.value;
  if (!of) return;
  const { id, template, to, subject, text } = of;
  const sent = await run('send letter', () => client.send('POST /api/v1/calls/{id}/emails', { path: { id: of.call }, body: { id, template, to, subject, text } }));
  if (!sent) return;
  letter.value = undefined;
  dialog.value = undefined;
  say('info', t().messages.taken(to));
  await read(of.call);
}

export async function sendWebhook(webhook: string, name: string): Promise<void> {
  const id = reach.value?.call;
  if (!id) return;
  const sent = await run('send webhook', () => client.send('POST /api/v1/calls/{id}/webhooks/{webhook}', { path: { id, webhook }, body: { id: crypto.randomUUID() } }));
  if (!sent) return;
  dialog.value = undefined;
  say('info', t().messages.taken(name));
  await read(id);
}
