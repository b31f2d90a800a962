import type { JSX } from 'preact';
import { t } from '../i18n';
import { agent, call } from '../state/app';
import { access } from '../phone/devices';
import { inPage, legUp, perCall, trouble, workable } from '../state/line';
import { Book } from './book';
import { CallPanel } from './call';
import { ScheduleCallback } from './callback';
import { Case } from './case';
import { DoNotCall } from './donotcall';
import { phoneState } from './header';
import { Icon } from './icons';
import { Keys } from './keys';
import { Compose, SendWebhook } from './messages';
import { MicrophoneHelp, Settings } from './settings';
import { Campaigns } from './side';
import { Targets } from './targets';

/** Columns is the agent's desk: campaigns, the call, and the case. */
export function Columns(): JSX.Element {
  const of = call.value;
  return (
    <div class="columns" data-call={of ? 'yes' : 'no'}>
      <Campaigns />
      <main id="main" tabIndex={-1}>{of ? <CallPanel call={of} /> : <Idle />}</main>
      {of && <Case call={of} />}
    </div>
  );
}

/** Dialogs is all that can be opened above the page, of which one is at a time. */
export function Dialogs(): JSX.Element {
  return (
    <>
      <Settings />
      <Keys />
      <Targets />
      <DoNotCall />
      <ScheduleCallback />
      <Book />
      <Compose />
      <SendWebhook />
    </>
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
        <p class="notice" data-kind="warn" role="alert"><Icon name="warn" size={16} /> {trouble.value || <span lang="en">{me.phone.problem}</span>}</p>
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
