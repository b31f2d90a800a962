import { useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Message } from '../api/types';
import { format, t } from '../i18n';
import { link, pending } from '../state/app';
import { fill, filling, letter, openLetter, reach, sendLetter, sendWebhook } from '../state/messages';
import { dialog } from '../state/view';
import { Icon, type IconName } from './icons';
import { Dialog, DialogHead, Key } from './parts';

/** Whether there is anything but the telephone. */
export function reachable(): boolean {
  const of = reach.value?.channels;
  return of !== undefined && (letters() || of.webhooks.length > 0 || of.links.length > 0);
}

const letters = (): boolean => {
  const of = reach.value?.channels;
  return of !== undefined && of.templates.length > 0 && of.emails.some((one) => one.usable);
};

/** ChannelMenu is the menu of the contact's row: the other ways to the contact. */
export function ChannelMenu({ name }: { name: string }): JSX.Element | null {
  const popover = useRef<HTMLDivElement>(null);
  if (!reachable()) return null;
  const shut = () => popover.current?.hidePopover();
  return (
    <>
      <button type="button" class="button small" popovertarget="channels" aria-label={t().messages.menu(name)}>
        <Icon name="mail" size={16} />
        {t().messages.others}
        <Icon name="down" size={16} />
      </button>
      <div id="channels" class="menu" popover="auto" ref={popover} role="group" aria-label={t().messages.others}>
        <Ways item="menu-item" done={shut} />
      </div>
    </>
  );
}

/** Ways is a button for each other way to the contact. */
function Ways({ item, done, keyed }: { item: string; done?: () => void; keyed?: boolean }): JSX.Element | null {
  const of = reach.value?.channels;
  if (!of) return null;
  return (
    <>
      {letters() && of.emails.filter((one) => one.usable).map((one, i) => (
        <button key={one.address} type="button" class={item} data-channel="email" onClick={() => { done?.(); openLetter(one.address); }}>
          <Icon name="mail" size={16} /><span class="label">{t().messages.write(one.address)}</span>{keyed && i === 0 && <Key action="mail" />}
        </button>
      ))}
      {of.webhooks.map((one) => (
        <button key={one.id} type="button" class={item} data-channel={one.id} onClick={() => { done?.(); dialog.value = { kind: 'webhook', id: one.id }; }}>
          <Icon name="send" size={16} /><span class="label">{one.name}</span>
        </button>
      ))}
      {of.links.map((one) => (
        <a key={one.url} class={item} href={one.url} target="_blank" rel="noopener noreferrer" onClick={done}>
          <Icon name="leave" size={16} /><span class="label">{one.name}</span><span class="visually-hidden">{t().messages.newTab}</span>
        </a>
      ))}
    </>
  );
}

/** Messages is the part of the case with the other ways, and what was sent. */
export function Messages(): JSX.Element | null {
  const of = reach.value;
  if (!of || (!reachable() && of.sent.length === 0)) return null;
  const bad = of.channels.emails.filter((one) => one.problem);
  return (
    <section class="messages" aria-labelledby="messages">
      <h2 id="messages">{t().messages.heading}</h2>
      <div class="ways"><Ways item="button small" keyed /></div>
      {bad.map((one) => <p key={one.address} class="problem-line"><Icon name="warn" size={16} /> {one.address}: <span lang="en">{one.problem}</span></p>)}
      {of.sent.length > 0 && <ol class="sent">{[...of.sent].reverse().map((one) => <Sent key={one.id} message={one} />)}</ol>}
    </section>
  );
}

const stateIcons: Record<Message['state'], IconName> = { queued: 'clock', sending: 'clock', sent: 'check', failed: 'warn' };

function Sent({ message: one }: { message: Message }): JSX.Element {
  return (
    <li data-message={one.state}>
      <span class="sent-title">{one.title}</span>
      <span class="sent-state" role="status"><Icon name={stateIcons[one.state]} size={16} />{t().messages.state[one.state]}</span>
      <span class="sent-more">{one.to} · <time dateTime={one.queued}>{format.moment(one.queued)}</time>{one.perhaps_twice && <> · {t().messages.twice}</>}{one.perhaps_delivered && <> · {t().messages.unsure}</>}</span>
      {one.problem && <span class="sent-more" lang="en">{one.problem}</span>}
    </li>
  );
}

/** Compose is the dialog in which a letter is written. */
export function Compose(): JSX.Element | null {
  const of = reach.value;
  if (dialog.value?.kind !== 'email' || !of) return null;
  const { emails, templates } = of.channels;
  const at = letter.value;
  const unfit = !at || !at.subject.trim() || !at.text.trim();
  const change = (by: Partial<NonNullable<typeof at>>) => at && (letter.value = { ...at, ...by });
  const busy = filling.value || pending.value.has('send letter') || link.value !== 'open';
  return (
    <Dialog open label={t().messages.compose} class="compose" onClose={() => (dialog.value = undefined)}>
      <DialogHead title={t().messages.compose} />
      <form class="stack" aria-busy={filling.value} onSubmit={(event) => { event.preventDefault(); if (!unfit && !busy) void sendLetter(); }}>
        <div class="pair">
          <label class="field"><span>{t().messages.template}</span>
            <select name="template" value={at?.template ?? ''} onChange={(event) => void fill(event.currentTarget.value, at?.to)}>
              {templates.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
            </select>
          </label>
          <label class="field"><span>{t().messages.to}</span>
            <select name="to" value={at?.to ?? ''} onChange={(event) => change({ to: event.currentTarget.value })}>
              {emails.filter((one) => one.usable).map((one) => <option key={one.address} value={one.address}>{one.address}</option>)}
            </select>
          </label>
        </div>
        <label class="field"><span>{t().messages.subject}</span>
          <input name="subject" value={at?.subject ?? ''} maxLength={1000} readOnly={!at?.editable} onInput={(event) => change({ subject: event.currentTarget.value })} />
        </label>
        <label class="field"><span>{t().messages.text}</span>
          <textarea name="text" rows={11} value={at?.text ?? ''} maxLength={65536} readOnly={!at?.editable} onInput={(event) => change({ text: event.currentTarget.value })} />
        </label>
        {at && !at.editable && <p class="hint">{t().messages.fixed}</p>}
        <div class="row">
          <button type="button" class="button quiet" disabled={!at || busy} onClick={() => at && void fill(at.template, at.to)}>{t().messages.anew}</button>
          <span class="spacer" />
          <button type="button" class="button" onClick={() => (dialog.value = undefined)}>{t().messages.later}</button>
          <button class="button" data-tone="primary" data-send disabled={unfit || busy}><Icon name="send" />{t().messages.send}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** SendWebhook asks before a request goes to another program. */
export function SendWebhook(): JSX.Element | null {
  const open = dialog.value;
  const one = open?.kind === 'webhook' ? reach.value?.channels.webhooks.find((w) => w.id === open.id) : undefined;
  if (!one) return null;
  const busy = pending.value.has('send webhook') || link.value !== 'open';
  return (
    <Dialog open label={one.name} onClose={() => (dialog.value = undefined)}>
      <DialogHead title={one.name} />
      <p>{t().messages.ask}</p>
      {one.text && <blockquote class="message-text">{one.text}</blockquote>}
      <div class="row">
        <span class="spacer" />
        <button type="button" class="button" onClick={() => (dialog.value = undefined)}>{t().messages.back}</button>
        <button type="button" class="button" data-tone="primary" data-send disabled={busy} onClick={() => void sendWebhook(one.id, one.name)}><Icon name="send" />{t().messages.send}</button>
      </div>
    </Dialog>
  );
}
