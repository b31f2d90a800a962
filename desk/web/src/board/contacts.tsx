import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Contact } from '../api/types';
import { format, t } from '../i18n';
import { client, explain, model } from '../state/app';
import { timelinePage } from '../state/timeline';
import { Icon } from '../ui/icons';
import { IconButton } from '../ui/parts';
import { TimelineList } from '../ui/timeline';
import { b } from './i18n';
import { campaigns } from './state';

/** How many contacts are shown; whoever wants others says more of them. */
const most = 50;
/** How long after the last key it is asked. */
const restMs = 250;

const keyOf = (one: Contact): string => `${one.campaign}/${one.record}`;

/** Contacts finds contacts by number, name or record, and shows what happened with one. */
export function Contacts(): JSX.Element {
  const [text, setText] = useState('');
  const [campaign, setCampaign] = useState('');
  const [found, setFound] = useState<readonly Contact[]>();
  const [trouble, setTrouble] = useState('');
  const [chosen, choose] = useState<Contact>();
  const list = useRef<HTMLUListElement>(null);
  const sought = text.trim();
  useEffect(() => {
    if (!sought) {
      setFound(undefined);
      setTrouble('');
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { contacts } = await client.send('GET /api/v1/contacts', { query: { q: sought, limit: String(most), ...(campaign ? { campaign } : {}) }, signal: stop.signal });
        if (stop.signal.aborted) return;
        setFound(contacts);
        setTrouble('');
      } catch (error) {
        if (!stop.signal.aborted) setTrouble(explain(error));
      }
    }, restMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [sought, campaign]);

  const all = campaigns.value ?? model.value.campaigns;
  const nameOf = (id: string) => all.find((one) => one.id === id)?.name || id;
  const close = () => {
    choose(undefined);
    list.current?.querySelector<HTMLElement>('[aria-expanded="true"]')?.focus();
  };
  return (
    <div class="board-columns">
      <section class="board-card" aria-labelledby="contacts">
        <h2 id="contacts" class="control-name">{b().contacts.heading}</h2>
        <search class="row">
          <label class="search"><Icon name="search" size={16} />
            <input type="search" name="contact" maxLength={200} aria-label={b().contacts.search} placeholder={b().contacts.search} value={text} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          <label class="choice inline"><span>{b().callbacks.campaign}</span>
            <select value={campaign} onChange={(event) => setCampaign(event.currentTarget.value)}>
              <option value="">{b().callbacks.all}</option>
              {all.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
            </select>
          </label>
        </search>
        {trouble && <p class="notice" data-kind="warn" role="alert"><Icon name="warn" /> {trouble}</p>}
        <p class="hint" role="status">{!found ? b().contacts.hint : found.length === 0 ? b().contacts.none : found.length === most ? b().contacts.first(most) : b().contacts.count(found.length)}</p>
        <ul ref={list} class="contact-list" onKeyDown={move}>
          {found?.map((one) => {
            const open = chosen && keyOf(chosen) === keyOf(one);
            return (
              <li key={keyOf(one)} data-selected={open || undefined}>
                <button type="button" class="contact-open" data-contact={keyOf(one)} aria-expanded={open ?? false} onClick={() => (open ? close() : choose(one))}>
                  <span class="book-name">{one.name || one.record}</span>
                  <span class="number">{one.numbers[0]}</span>
                  <span class="hint">{[nameOf(one.campaign), one.name && one.record, b().contacts.attempts(one.attempts), one.last_at && format.moment(one.last_at)].filter(Boolean).join(' · ')}</span>
                  <span class="tag" data-kind={one.state === 'promised' ? 'personal' : undefined}>{b().contacts.state[one.state]}</span>
                </button>
              </li>
            );
          })}
        </ul>
      </section>
      {chosen && <About key={keyOf(chosen)} contact={chosen} campaign={nameOf(chosen.campaign)} close={close} />}
    </div>
  );
}

function About({ contact, campaign, close }: { contact: Contact; campaign: string; close: () => void }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  const path = { campaign: contact.campaign, record: contact.record };
  const dispositions = model.value.campaigns.find((one) => one.id === contact.campaign)?.dispositions ?? [];
  return (
    <section class="board-card inspector" aria-labelledby="contact-name" onKeyDown={(event) => event.key === 'Escape' && close()}>
      <header class="campaign-head">
        <h2 id="contact-name" ref={heading} tabIndex={-1} class="inspector-name">{contact.name || contact.record}</h2>
        <IconButton icon="close" label={t().close} onClick={close} />
      </header>
      <p class="hint">{campaign} · {contact.record}</p>
      <ul class="numbers">{contact.numbers.map((number) => <li key={number}><span class="number">{number}</span></li>)}</ul>
      <h3>{t().case.history}</h3>
      <TimelineList
        of={keyOf(contact)}
        read={(after, signal) => client.send('GET /api/v1/contacts/{campaign}/{record}/timeline', { path, query: { limit: String(timelinePage), ...(after ? { after } : {}) }, signal })}
        dispositions={dispositions}
      />
    </section>
  );
}

/** Moves from contact to contact, as in a list. */
function move(event: KeyboardEvent): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.contact-open')];
  const next = all[all.indexOf(event.target as HTMLElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
