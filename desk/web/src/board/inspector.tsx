import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { AgentBoard, LiveCall } from '../api/types';
import { format, t } from '../i18n';
import { agent as me, link, now, pending, session } from '../state/app';
import { elapsed } from '../state/clock';
import { IconButton, Since, StateChip } from '../ui/parts';
import { Confirm, type Question } from './confirm';
import { b, figure } from './i18n';
import { callOf } from './live';
import { shares, whyNot, type Deed } from './logic';
import { DeedButton, Fact } from './parts';
import { NotRecorded } from './recordings';
import { campaignName, deeds, personOf, present, selected } from './state';

/** Inspector is one agent looked at closely, and what a supervisor can do. */
export function Inspector({ id }: { id: string }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  const [question, ask] = useState<Question>();
  useLayoutEffect(() => heading.current?.focus(), [id]);
  const one = personOf(id);
  const close = () => {
    selected.value = undefined;
    document.querySelector<HTMLElement>(`[data-agent="${CSS.escape(id)}"] .agent-open`)?.focus();
  };
  return (
    <section
      class="board-card inspector"
      aria-label={b().agent.label}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !question) close();
      }}
    >
      <header class="campaign-head">
        <h2 ref={heading} tabIndex={-1} class="inspector-name">{one?.name || id}</h2>
        {one && <StateChip state={one.state}>{one.reason && <span class="reason">{t().reason[one.reason] ?? one.reason}</span>}<Since at={one.since} /></StateChip>}
        <IconButton icon="close" label={t().close} onClick={close} />
      </header>
      {one ? <About agent={one} ask={ask} /> : <p role="status">{b().agent.gone}</p>}
      {question && <Confirm question={question} onClose={() => ask(undefined)} />}
    </section>
  );
}

function About({ agent, ask }: { agent: AgentBoard; ask: (question: Question) => void }): JSX.Element {
  const call = callOf(agent.id);
  return (
    <>
      {call?.recording === 'failed' && <p class="problem-line"><NotRecorded problem={undefined} /> <span lang="en">{call.recording_problem}</span></p>}
      <Deeds agent={agent} call={call} ask={ask} />
      {call ? (
        <dl class="facts wide" aria-label={b().agent.call}>
          <Fact name={b().agent.contact} more={call.number}>{call.name || call.record}</Fact>
          <Fact name={b().agent.campaign} more={t().origin[call.origin]}>{campaignName(call.campaign)}</Fact>
          <Fact name={b().agents.state}>{t().callState[call.state as keyof ReturnType<typeof t>['callState']] ?? call.state}</Fact>
          {call.answered_at && <Fact name={b().agent.answered}><span role="timer" aria-live="off">{elapsed(now.value - Date.parse(call.answered_at))}</span></Fact>}
        </dl>
      ) : (
        <p class="hint">{b().agent.noCall}</p>
      )}
      <dl class="facts">
        <Fact name={b().agents.calls}>{format.number(agent.calls)}</Fact>
        <Fact name={b().agents.utilisation}>{figure.percent(present(agent).utilisation)}</Fact>
        <Fact name={b().agents.wait}>{agent.calls > 0 ? figure.seconds(agent.mean_wait_seconds) : b().none}</Fact>
      </dl>
      <TimeBar agent={agent} />
    </>
  );
}

function Deeds({ agent, call, ask }: { agent: AgentBoard; call: LiveCall | undefined; ask: (question: Question) => void }): JSX.Element | null {
  const self = me.value;
  if (!self) return null;
  const name = agent.name || agent.id;
  const why = (deed: Deed) => {
    if (pending.value.has('supervise')) return t().why.pending;
    const reason = whyNot(deed, { online: link.value === 'open', me: self, privileges: session.value?.privileges ?? [], agent, call });
    return reason && b().agent.whyNot[reason];
  };
  const mode = self.supervision?.agent === agent.id ? self.supervision.mode : undefined;
  return (
    <div class="deeds" role="group" aria-label={b().agent.take}>
      <DeedButton deed="listen" icon="ear" label={b().agent.deed.listen} why={why('listen')} pressed={mode === 'listen'} onClick={() => void deeds.supervise(agent.id, 'listen')} />
      <DeedButton deed="whisper" icon="talk" label={b().agent.deed.whisper} why={why('whisper')} pressed={mode === 'whisper'} onClick={() => void deeds.supervise(agent.id, 'whisper')} />
      <DeedButton deed="barge" icon="people" label={b().agent.deed.barge} why={why('barge')} pressed={mode === 'barge'} onClick={() => void deeds.supervise(agent.id, 'barge')} />
      <DeedButton deed="take-over" icon="transfer" label={b().agent.deed['take-over']} why={why('take-over')} onClick={() => void deeds.takeOver()} />
      <DeedButton
        deed="end"
        icon="phoneOff"
        label={b().agent.deed.end}
        why={why('end')}
        onClick={() => call && ask({ heading: b().confirm.end(name), hint: b().confirm.endHint, action: b().agent.deed.end, tone: 'danger', do: () => deeds.end(call) })}
      />
      <DeedButton
        deed="sign-out"
        icon="off"
        label={b().agent.deed['sign-out']}
        why={why('sign-out')}
        onClick={() => ask({ heading: b().confirm['sign-out'](name), hint: b().confirm['sign-outHint'], action: b().agent.deed['sign-out'], tone: 'danger', do: () => deeds.signOut(agent) })}
      />
    </div>
  );
}

/** TimeBar is what the agent's time since signing in went into. */
function TimeBar({ agent }: { agent: AgentBoard }): JSX.Element {
  const parts = shares(present(agent).seconds);
  return (
    <div class="time-bar">
      <h3>{b().agent.time} <span class="hint">{b().agent.since(format.moment(agent.signed_in_at))}</span></h3>
      <div class="gauge thick" aria-hidden="true">
        {parts.map(({ state, part, seconds }) => <span key={state} data-state={state} title={`${t().state[state]} ${elapsed(seconds * 1000)}`} style={{ inlineSize: `${100 * part}%` }} />)}
      </div>
      <dl class="time-legend">
        {parts.map(({ state, seconds }) => (
          <div key={state}><dt><span class="dot" data-state={state} aria-hidden="true" />{t().state[state]}</dt><dd>{elapsed(seconds * 1000)}</dd></div>
        ))}
      </dl>
    </div>
  );
}
