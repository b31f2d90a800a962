import { useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { choose, language, t, type Language } from '../i18n';
import { agent, commands, complain, link, pending, reasons, session, signOut } from '../state/app';
import { askToNotify, elsewhere, hangUp, inPage, legUp, perCall, registration, ring, workable } from '../state/line';
import { chooseTheme, theme } from '../state/theme';
import { dialog, type Theme } from '../state/view';
import { keyOf } from '../state/keys';
import { Icon } from './icons';
import { IconButton, Key, Since, StateChip } from './parts';

export function Header(): JSX.Element {
  const me = agent.value;
  return (
    <header class="top">
      <div class="brand">
        <Mark />
        <span class="brand-name">hasshin</span>
      </div>
      {me && (
        <div class="my-state">
          <StateChip state={me.state}>
            {me.reason && <span class="reason">{t().reason[me.reason] ?? me.reason}</span>}
            <Since at={me.since} />
          </StateChip>
          <Readiness />
        </div>
      )}
      <div class="spacer" />
      {me && <PhoneStatus />}
      <IconButton icon="keyboard" label={t().keys.heading} onClick={() => (dialog.value = { kind: 'keys' })} />
      <IconButton icon="settings" label={t().settings.heading} onClick={() => (dialog.value = { kind: 'settings' })} />
      <Menu />
    </header>
  );
}

/** Mark is the sign of hasshin: a call going out. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" width="28" height="28" viewBox="0 0 28 28" aria-hidden="true">
      <rect width="28" height="28" rx="8" />
      <circle cx="9" cy="19" r="2.600" />
      <path d="M9 12.500a6.500 6.500 0 0 1 6.500 6.500M9 7.500A11.500 11.500 0 0 1 20.500 19" />
    </svg>
  );
}

/** Readiness is the button that goes ready, or not ready with a reason. */
function Readiness(): JSX.Element | null {
  const popover = useRef<HTMLDivElement>(null);
  const me = agent.value;
  if (!me || me.phone.kind === 'none') return null;
  const busy = ['preview', 'offered', 'on-call', 'wrap-up'].includes(me.state);
  const away = !workable.value;
  const blocked = link.value !== 'open' || pending.value.has('ready');
  const pick = (reason: string) => {
    popover.current?.hidePopover();
    void commands.notReady(reason);
  };
  const go = () => {
    void askToNotify();
    void commands.ready();
  };
  const key = keyOf('ready');
  return (
    <div class="readiness">
      {me.state === 'not-ready' && (
        <button
          type="button"
          class="button"
          data-tone={away ? undefined : 'good'}
          data-action="ready"
          aria-keyshortcuts={key}
          aria-disabled={blocked || away ? 'true' : undefined}
          title={away ? t().why.phone : undefined}
          onClick={() => {
            if (!blocked && !away) go();
          }}
        >
          <Icon name="check" />
          <span class="label">{t().goReady}</span>
          <Key action="ready" />
        </button>
      )}
      {me.state !== 'signed-out' && (
        <>
          <button type="button" class="button" popovertarget="reasons" data-action="not-ready" disabled={blocked}>
            <Icon name="moon" />
            <span class="label">{me.state === 'not-ready' ? t().changeReason : busy ? t().afterwards : t().goNotReady}</span>
            <Icon name="down" size={16} />
          </button>
          <div id="reasons" class="menu" popover="auto" ref={popover} role="group" aria-label={busy ? t().afterwards : t().goNotReady}>
            {busy && (
              <>
                <p class="menu-hint">{t().afterCall}</p>
                <button type="button" class="menu-item" onClick={() => { popover.current?.hidePopover(); go(); }}>
                  {t().state.ready}
                </button>
              </>
            )}
            {reasons.value.map((reason) => (
              <button key={reason} type="button" class="menu-item" onClick={() => pick(reason)}>
                {t().reason[reason] ?? reason}
              </button>
            ))}
            <button type="button" class="menu-item" onClick={() => pick('')}>
              {t().notReadyWithout}
            </button>
          </div>
        </>
      )}
    </div>
  );
}

function PhoneStatus(): JSX.Element | null {
  const me = agent.value;
  if (!me || me.phone.kind === 'none') return null;
  const state = phoneState();
  return (
    <div class="phone-status">
      <span class="dot-label" data-dot={state === 'connected' || state === 'standby' ? 'good' : state === 'ringing' || state === 'registering' ? 'wait' : 'bad'} title={me.phone.problem}>
        <Icon name={state === 'connected' || state === 'standby' ? 'phone' : 'phoneOff'} size={16} />
        {t().phone.label}{t().timeline.colon}{t().phone[state]}
      </span>
      {me.phone.state === 'disconnected' && state === 'disconnected' && !elsewhere.value && (
        <button type="button" class="button small" onClick={() => void ring()}>
          {t().idle.connect}
        </button>
      )}
      {me.phone.state === 'connected' && !perCall.value && ['ready', 'not-ready'].includes(me.state) && (
        <button type="button" class="button small quiet" onClick={() => void hangUp()}>
          {t().idle.disconnect}
        </button>
      )}
    </div>
  );
}

/** What the phone is doing, seen from the server and from the page together. */
export function phoneState(): 'connected' | 'standby' | 'ringing' | 'disconnected' | 'registering' | 'lost' {
  const server = agent.value?.phone.state ?? 'disconnected';
  const rest = perCall.value && server === 'disconnected' ? 'standby' : server;
  if (!inPage.value) return rest;
  switch (registration.value) {
    case 'connecting':
      return 'registering';
    case 'lost':
      return legUp.value ? 'connected' : 'lost';
    case 'off':
      return 'disconnected';
  }
  if (server === 'connected') return legUp.value ? 'connected' : 'ringing';
  return rest;
}

export function LanguageChoice({ id }: { id: string }): JSX.Element {
  return (
    <label class="choice" for={id}>
      <span>{t().language}</span>
      <select id={id} value={language.value} onChange={(event) => void choose(event.currentTarget.value as Language).catch(complain)}>
        <option value="ja" lang="ja">日本語</option>
        <option value="en" lang="en">English</option>
      </select>
    </label>
  );
}

export function ThemeChoice({ id }: { id: string }): JSX.Element {
  return (
    <label class="choice" for={id}>
      <span>{t().theme}</span>
      <select id={id} value={theme.value} onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}>
        {(['system', 'light', 'dark'] as const).map((name) => (
          <option key={name} value={name}>{t().themes[name]}</option>
        ))}
      </select>
    </label>
  );
}

function Menu(): JSX.Element {
  const who = session.value;
  return (
    <>
      <button type="button" class="me" popovertarget="me" title={who?.name}>
        <Icon name="person" />
        <span class="me-name">{who?.name}</span>
        <Icon name="down" size={16} />
      </button>
      <div id="me" class="menu" popover="auto">
        <div class="menu-choices">
          <LanguageChoice id="language" />
          <ThemeChoice id="theme" />
        </div>
        <a class="menu-item" href="/docs" target="_blank" rel="noreferrer">{t().docs}</a>
        <button type="button" class="menu-item" onClick={() => void signOut()}>{t().signOut}</button>
      </div>
    </>
  );
}
