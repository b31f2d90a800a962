import type { JSX } from 'preact';
import { t } from '../i18n';
import type { Call } from '../api/types';
import { agent, call, commands, dismiss, link, now, pending, say, session, takeable, toasts } from '../state/app';
import { access } from '../phone/devices';
import { go, place } from '../state/place';
import { elsewhere, inPage, legUp, offerText, perCall, soundBlocked, trouble, unblock, useHere, workable } from '../state/line';
import { Book } from './book';
import { CallPanel } from './call';
import { ScheduleCallback } from './callback';
import { Case } from './case';
import { DoNotCall } from './donotcall';
import { Header, phoneState } from './header';
import { Icon } from './icons';
import { Keys } from './keys';
import { IconButton, Key } from './parts';
import { At, Places, Supervising } from './places';
import { Compose, SendWebhook } from './messages';
import { MicrophoneHelp, Settings } from './settings';
import { Campaigns } from './side';
import { SignIn } from './signin';
import { Targets } from './targets';

export function App(): JSX.Element | null {
  if (session.value === undefined) return null;
  return (
    <>
      {session.value === null ? <SignIn /> : <Desk />}
      <Toasts />
    </>
  );
}

function Desk(): JSX.Element {
  const of = call.value;
  return (
    <div class="desk">
      <a class="skip" href="#main">{place.value === 'desk' ? t().skip : t().places.skip}</a>
      <Header />
      <div class="under-header">
        <Places />
        <Banners />
        <Supervising />
      </div>
      {place.value === 'desk' ? (
        <div class="columns" data-call={of ? 'yes' : 'no'}>
          <Campaigns />
          <main id="main" tabIndex={-1}>{of ? <CallPanel call={of} /> : <Idle />}</main>
          {of && <Case call={of} />}
        </div>
      ) : (
        <At where={place.value} />
      )}
      <Settings />
      <Keys />
      <Targets />
      <DoNotCall />
      <ScheduleCallback />
      <Book />
      <Compose />
      <SendWebhook />
    </div>
  );
}

/** What is wrong and concerns everything, in the place where it covers nothing. */
function Banners(): JSX.Element {
  return (
    <div class="banners">
      <div role="alert">
        {link.value === 'lost' && (
          <p class="banner" data-kind="bad"><Icon name="warn" /> {call.value ? t().link.lost : t().link.lostIdle}</p>
        )}
      </div>
      {elsewhere.value && inPage.value && (
        <p class="banner">
          <Icon name="phoneOff" /> {t().phone.elsewhere}
          <button type="button" class="button small" onClick={useHere}>{t().phone.useHere}</button>
        </p>
      )}
      <div role="status">
        {place.value !== 'desk' && call.value && (
          <p class="banner" data-kind="call">
            <Icon name="phone" /> {offerText.value || t().places.inCall}
            <button type="button" class="button small" onClick={() => go('desk')}>{t().places.toCall}</button>
          </p>
        )}
      </div>
      {soundBlocked.value && (
        <p class="banner">
          <Icon name="speaker" /> {t().phone.soundBlocked}
          <button type="button" class="button small" onClick={unblock}>{t().phone.soundOn}</button>
        </p>
      )}
    </div>
  );
}

/** Idle is what is there without a call: what is missing, or what comes next. */
function Idle(): JSX.Element {
  const me = agent.value;
  if (!me) return <section class="idle" aria-busy="true" />;
  if (me.phone.kind === 'none') return <section class="idle"><p>{t().phone.watching}</p></section>;
  if (me.state === 'supervising') {
    return (
      <section class="idle">
        <span class="idle-icon"><Icon name="ear" size={40} /></span>
        <h1>{t().state.supervising}</h1>
        <p>{t().places.supervisingHint}</p>
      </section>
    );
  }
  const connected = workable.value && (!inPage.value || perCall.value || legUp.value);
  if (connected && me.state === 'ready') {
    return (
      <section class="idle">
        <span class="idle-icon" data-state="ready"><Icon name="check" size={40} /></span>
        <h1>{t().idle.ready}</h1>
        <p>{t().idle.readyHint}</p>
      </section>
    );
  }
  if (connected) {
    return (
      <section class="idle">
        <span class="idle-icon"><Icon name="moon" size={40} /></span>
        <h1>{me.reason ? (t().reason[me.reason] ?? me.reason) : t().idle.notReady}</h1>
        <p>{t().idle.notReadyHint}</p>
      </section>
    );
  }
  const state = phoneState();
  return (
    <section class="idle">
      <h1>{t().idle.setUp}</h1>
      <ol class="steps">
        {inPage.value && <Step done={access.value === 'granted'} label={t().idle.steps.microphone} />}
        <Step done={false} label={t().idle.steps.phone} detail={t().phone[state]} />
        <Step done={false} label={t().idle.steps.ready} />
      </ol>
      <MicrophoneHelp />
      {(trouble.value || me.phone.problem) && state === 'disconnected' && (
        <p class="notice" data-kind="warn" role="alert"><Icon name="warn" size={16} /> {trouble.value || me.phone.problem}</p>
      )}
    </section>
  );
}

function Step({ done, label, detail }: { done: boolean; label: string; detail?: string }): JSX.Element {
  return (
    <li data-done={done || undefined}>
      <span class="step-mark">{done && <Icon name="check" size={16} />}</span>
      <span>{label}</span>
      {detail && <span class="hint">{detail}</span>}
    </li>
  );
}

/** Undo takes back what was just done, as long as the server holds it. */
function Undo({ call: of, newest }: { call: Call; newest: boolean }): JSX.Element {
  const { what, until } = of.undo!;
  const seconds = Math.max(1, Math.ceil((Date.parse(until) - now.value) / 1000));
  return (
    <div class="toast undo" data-kind="info">
      <Icon name="check" />
      <div>
        <p>{t().undo[what](of.record.name || of.number || of.record.id)}</p>
        <p class="detail" aria-hidden="true">{t().undo.left(seconds)}</p>
      </div>
      <button
        type="button"
        class="button small"
        data-action="undo"
        disabled={link.value !== 'open' || pending.value.has('undo')}
        onClick={() => void commands.undo(of.id).then((done) => done && say('info', t().undo.undone))}
      >
        <Icon name="back" size={16} />
        {t().action.undo}
        {newest && <Key action="undo" />}
      </button>
    </div>
  );
}

function Toasts(): JSX.Element {
  return (
    <div class="toasts" aria-live="polite">
      {takeable.value.map((one, i, all) => <Undo key={`${one.id} ${one.undo!.what}`} call={one} newest={i === all.length - 1} />)}
      {toasts.value.map((toast) => (
        <div key={toast.id} class="toast" data-kind={toast.kind}>
          <Icon name={toast.kind === 'error' ? 'warn' : 'check'} />
          <div>
            <p>{toast.text}</p>
            {toast.detail && <p class="detail" lang="en">{toast.detail}</p>}
          </div>
          <IconButton icon="close" label={t().close} onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}
