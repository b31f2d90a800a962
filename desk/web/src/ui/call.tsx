import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Call, Party } from '../api/types';
import { format, t } from '../i18n';
import { campaign, commands, link, now, why } from '../state/app';
import { callBar, digitsTo, partyBar, type Action, type Plain, type Verb } from '../state/actions';
import { dialog, keypadOpen } from '../state/view';
import { finish } from '../state/perform';
import { openCallback } from '../state/callback';
import { Countdown, RejectWhy } from './answer';
import { Scheduled } from './callback';
import { Dispositions } from './disposition';
import { Icon, type IconName } from './icons';
import { ChannelMenu } from './messages';
import { ActionButton, Since } from './parts';
import { Note } from './note';
import { PromiseKept } from './promise';
import { ScriptPanel } from './script';

export function CallPanel({ call }: { call: Call }): JSX.Element {
  // A new call is where the agent goes on, unless something else has the keyboard.
  useEffect(() => {
    const at = document.activeElement;
    if (!at || at === document.body || at.matches('[data-action="get-record"], #main')) document.getElementById('contact')?.focus({ preventScroll: true });
  }, [call.id]);
  return (
    <section class="call" aria-labelledby="contact">
      <CallHead call={call} />
      {call.promise && <PromiseKept call={call} promise={call.promise} />}
      {call.state === 'previewing' || call.state === 'returning' ? <Preview call={call} /> : null}
      {call.state === 'offered' && <Offer call={call} />}
      {call.state === 'joined' && <p class="notice">{t().offer.joined(call.from_name ?? '')}</p>}
      {call.handed_to && <p class="notice">{t().offer.handedTo(call.handed_to_name ?? call.handed_to)}</p>}
      {call.read_only && <p class="notice" data-kind="warn"><Icon name="warn" size={16} /> {t().case.readOnly}</p>}
      <CallBar call={call} />
      <Scheduled call={call} />
      {call.problem && <p class="notice" data-kind="warn"><Icon name="warn" size={16} /> <span lang="en">{call.problem}</span></p>}
      <Parties call={call} />
      <ScriptPanel call={call} />
      {keypadOpen.value && digitsTo(call) && <Keypad call={call} />}
      {!['offered', 'joined'].includes(call.state) && !call.handed_to && (
        <div class="outcome">
          <Dispositions call={call} />
          <Note call={call} key={call.id} />
        </div>
      )}
    </section>
  );
}

const stateIcons: Partial<Record<Call['state'], IconName>> = {
  previewing: 'eye',
  'agent-ringing': 'bell',
  dialing: 'phone',
  ringing: 'bell',
  talking: 'phone',
  held: 'pause',
  'consult-ringing': 'bell',
  consulting: 'talk',
  alternated: 'talk',
  inviting: 'bell',
  conference: 'people',
  transferring: 'transfer',
  offered: 'bell',
  joined: 'people',
  'wrap-up': 'note',
  rescuing: 'warn',
  parting: 'warn',
};

/** What a state looks like: the colour family it belongs to. */
export function tint(state: Call['state'], origin?: Call['origin']): string {
  if (state === 'previewing' && (origin === 'callback' || origin === 'personal-callback')) return 'promise';
  switch (state) {
    case 'previewing':
    case 'returning':
    case 'offered':
      return 'preview';
    case 'held':
    case 'consult-ringing':
    case 'transferring':
    case 'rescuing':
    case 'parting':
      return 'hold';
    case 'wrap-up':
    case 'closing':
    case 'closed':
      return 'wrap-up';
    case 'agent-ringing':
    case 'dialing':
    case 'ringing':
    case 'inviting':
      return 'dialing';
    default:
      return 'on-call';
  }
}

/** States in which somebody waits, so that it matters for how long. */
const waiting: Call['state'][] = ['held', 'consult-ringing', 'consulting', 'alternated', 'inviting', 'transferring', 'rescuing'];

function live(call: Call): boolean {
  return call.answered_at !== undefined && call.ended_at === undefined && !['wrap-up', 'closing'].includes(call.state);
}

function CallHead({ call }: { call: Call }): JSX.Element {
  const zone = call.record.time_zone;
  const there = zone ? format.timeIn(zone, now.value) : undefined;
  return (
    <header class="call-head" data-tint={tint(call.state, call.origin)}>
      <div class="who">
        <h1 id="contact" tabIndex={-1}>{call.record.name || call.number || call.record.id}</h1>
        <p class="sub">
          {call.number && <span class="number">{call.number}</span>}
          <span>{t().origin[call.origin]}</span>
          <span>{campaign.value?.name ?? call.campaign}</span>
          {there && <span title={zone}><Icon name="clock" size={16} /> {t().case.localTime(there)}</span>}
          <span role="status">{call.recording?.state === 'failed' && <span class="not-recorded" title={call.recording.problem}><Icon name="warn" size={16} /> {t().notRecorded}</span>}</span>
        </p>
      </div>
      <div class="call-state" role="status">
        <span class="chip" data-tint={tint(call.state, call.origin)}>
          <Icon name={stateIcons[call.state] ?? 'clock'} size={16} />
          <span>{t().callState[call.state]}</span>
          {waiting.includes(call.state) && <Since at={call.since} />}
        </span>
        {call.state === 'wrap-up' && call.result && <span class="call-result">{t().resultWith(t().result[call.result] ?? call.result, call.result === 'answered' ? '' : (call.cause ?? ''))}</span>}
      </div>
      <div class="call-time"><Since at={live(call) ? (call.answered_at ?? call.since) : call.since} /></div>
    </header>
  );
}

function Preview({ call }: { call: Call }): JSX.Element {
  const numbers = call.record.numbers;
  const free = numbers.filter((n) => !n.do_not_call).map((n) => n.number);
  const first = free.find((n) => n === call.promise?.number) ?? free[0];
  return (
    <div class="preview" data-origin={call.origin}>
      <Countdown call={call} />
      <ul class="dial-numbers">
        {numbers.map((n) => (
          <li key={n.number}>
            <span class="number">{n.number}</span>
            {n.type && <span class="tag">{t().numberType[n.type] ?? n.type}</span>}
            {n.do_not_call ? (
              <span class="tag" data-kind="bad"><Icon name="ban" size={16} /> {t().case.onList}</span>
            ) : (
              <ActionButton
                action="accept"
                tone={n.number === first ? 'good' : undefined}
                keyless={n.number !== first}
                label={numbers.length === 1 ? t().action.accept : t().action.dial}
                do={() => void commands.accept(n.number)}
              />
            )}
          </li>
        ))}
      </ul>
      <div class="row">
        <span class="joined">
          <ActionButton action="reject" do={() => void commands.reject('')} />
          <RejectWhy />
        </span>
        <ActionButton action="cancel" do={() => act('cancel')} />
        <span class="spacer" />
        <ActionButton action="callback" scheduled={call.callback !== undefined} do={() => act('callback')} />
      </div>
      {call.callback && (
        <div class="row closing">
          <ActionButton action="done" tone="primary" do={() => act('done')} />
          <ActionButton action="done-and-stop" do={() => act('done-and-stop')} />
        </div>
      )}
    </div>
  );
}

function Offer({ call }: { call: Call }): JSX.Element {
  return (
    <div class="preview" role="alert">
      <p class="offer-text"><Icon name="bell" /> {t().offer[call.offer ?? 'consult'](call.from_name ?? '')}</p>
      <Countdown call={call} />
      <div class="row">
        <ActionButton action="accept" tone="good" do={() => void commands.accept()} />
        <ActionButton action="reject" do={() => void commands.plain('reject')} />
      </div>
    </div>
  );
}

export function act(action: Action): void {
  switch (action) {
    case 'consult':
    case 'invite':
    case 'transfer':
      dialog.value = { kind: 'targets', verb: action satisfies Verb };
      break;
    case 'dtmf':
      keypadOpen.value = !keypadOpen.value;
      break;
    case 'cancel':
      void commands.cancel();
      break;
    case 'callback':
      openCallback();
      break;
    case 'done':
      void finish(false);
      break;
    case 'done-and-stop':
      void finish(true);
      break;
    default:
      void commands.plain(action as Plain);
  }
}

function CallBar({ call }: { call: Call }): JSX.Element | null {
  const main = callBar(call.state);
  const third = partyBar(call.state);
  if (main.length === 0) return null;
  const closing = (action: Action) => action === 'done' || action === 'done-and-stop' || action === 'callback';
  return (
    <div class="call-bar" role="toolbar" aria-label={t().callBar}>
      <div class="row main">
        {main.filter((action) => !closing(action)).map((action) => (
          <ActionButton
            key={action}
            action={action}
            tone={action === 'end' ? 'danger' : action === 'resume' ? 'primary' : undefined}
            pressed={action === 'dtmf' ? keypadOpen.value : undefined}
            do={() => act(action)}
          />
        ))}
      </div>
      {third.length > 0 && call.state !== 'joined' && (
        <div class="row third">
          {third.map((action) => (
            <ActionButton
              key={action}
              action={action}
              tone={action === 'complete' || action === 'retrieve' ? 'primary' : undefined}
              label={call.state === 'inviting' && action === 'end-consult' ? t().endInvite : undefined}
              do={() => act(action)}
            />
          ))}
        </div>
      )}
      <div class="row closing">
        {main.filter(closing).map((action) => (
          <ActionButton
            key={action}
            action={action}
            tone={action === 'done-and-stop' ? 'quiet' : action === 'done' && call.state === 'wrap-up' ? 'primary' : undefined}
            scheduled={action === 'callback' && call.callback !== undefined}
            do={() => act(action)}
          />
        ))}
      </div>
    </div>
  );
}

function Parties({ call }: { call: Call }): JSX.Element | null {
  const parties = call.parties.filter((party) => party.state !== 'gone' || party.role === 'contact');
  if (parties.length === 0 || call.state === 'wrap-up' || call.state === 'closing') return null;
  return (
    <section class="parties" aria-labelledby="parties">
      <h2 id="parties">{t().parties.label}</h2>
      <ul>
        {parties.map((party) => (
          <PartyRow key={party.id} party={party} call={call} />
        ))}
      </ul>
    </section>
  );
}

function PartyRow({ party, call }: { party: Party; call: Call }): JSX.Element {
  const kind = party.role === 'contact' ? t().parties.contact : party.agent ? t().parties.colleague : t().parties.outside;
  const name = party.name || party.agent || (party.role === 'contact' ? call.record.name : party.id);
  const can = (what: string) => party.allowed?.includes(what);
  const away = link.value !== 'open';
  return (
    <li class="party" data-party={party.state}>
      <Icon name={party.role === 'contact' ? 'person' : party.agent ? 'people' : 'phone'} />
      <span class="party-name">{name}</span>
      <span class="tag">{kind}</span>
      <span class="party-state">
        {t().partyState[party.state]}
        {party.muted && <> · {t().parties.muted}</>}
      </span>
      <span class="party-actions">
        {party.role === 'contact' && <ChannelMenu name={name} />}
        {(can('mute') || can('unmute')) && (
          <button type="button" class="button small" aria-label={`${party.muted ? t().action.unmute : t().action.mute}: ${name}`} onClick={() => void commands.onParty(party.muted ? 'unmute' : 'mute', party.id)} disabled={away}>
            <Icon name={party.muted ? 'mic' : 'micOff'} size={16} />
            {party.muted ? t().action.unmute : t().action.mute}
          </button>
        )}
        {can('drop') && (
          <button type="button" class="button small" aria-label={`${t().action.drop}: ${name}`} onClick={() => void commands.onParty('drop', party.id)} disabled={away}>
            <Icon name="phoneOff" size={16} />
            {t().action.drop}
          </button>
        )}
      </span>
    </li>
  );
}

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

function Keypad({ call }: { call: Call }): JSX.Element {
  const [sent, setSent] = useState('');
  const party = useRef(digitsTo(call));
  party.current = digitsTo(call);
  const press = (key: string) => {
    if (why('dtmf') || !party.current) return;
    setSent((before) => (before + key).slice(-32));
    void commands.digits(key, party.current);
  };
  return (
    <section
      class="keypad"
      aria-labelledby="keypad"
      onKeyDown={(event) => {
        const key = event.key.toUpperCase();
        if (event.ctrlKey || event.altKey || event.metaKey) return;
        if (/^[0-9*#A-D]$/.test(key)) {
          event.preventDefault();
          event.stopPropagation();
          press(key);
        } else if (event.key === 'Escape') {
          event.stopPropagation();
          close();
        }
      }}
    >
      <div class="keypad-side">
        <h2 id="keypad">{t().keypad.heading}</h2>
        <p class="hint">{t().keypad.hint}</p>
        <output class="digits" aria-label={t().keypad.sent}>{sent || ' '}</output>
        <button type="button" class="button small" onClick={close}>{t().keypad.close}</button>
      </div>
      <div class="keypad-keys" role="group" aria-labelledby="keypad">
        {keys.map((key, i) => (
          <button key={key} type="button" class="button key-button" aria-label={t().keypad.key(key)} ref={i === 0 ? focusOnce : undefined} onClick={() => press(key)}>
            {key}
          </button>
        ))}
      </div>
    </section>
  );
}

function focusOnce(element: HTMLButtonElement | null): void {
  if (element && !element.dataset.focused) {
    element.dataset.focused = 'yes';
    element.focus({ preventScroll: true });
  }
}

function close(): void {
  keypadOpen.value = false;
  document.querySelector<HTMLElement>('[data-action="dtmf"]')?.focus();
}
