import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { CampaignBoard } from '../api/types';
import { format, t } from '../i18n';
import { client, run as command, say } from '../state/app';
import { AbandonGauge, Penetration, PlacedCalls, RunTag } from './campaign';
import { Confirm, type Question } from './confirm';
import { b, figure } from './i18n';
import { DeedButton, Fact, Trouble } from './parts';
import { answeredMode, answeredRun, dialingOf, runOf } from './runs';
import { campaigns } from './state';

const dialingModes = ['progressive', 'predictive', 'power'] as const;
type DialingMode = (typeof dialingModes)[number];

/** CampaignControl is where campaigns are started, stopped, and told how to dial. */
export function CampaignControl(): JSX.Element {
  const all = campaigns.value;
  return (
    <>
      <Trouble />
      {!all && <p class="hint" role="status">{b().loading}</p>}
      {all?.length === 0 && <p class="hint">{b().campaign.none}</p>}
      <div class="controls">{all?.map((one) => <Control key={one.id} campaign={one} />)}</div>
    </>
  );
}

function Control({ campaign: c }: { campaign: CampaignBoard }): JSX.Element {
  const run = runOf(c.id);
  const dialing = dialingOf(c.id);
  const [question, ask] = useState<Question>();

  const act = async (what: 'start' | 'stop' | 'mode', send: () => Promise<unknown>) => {
    const done = await command(`campaign ${what}`, send);
    if (done) say('info', b().done[what](c.name));
    return done;
  };
  const path = { campaign: c.id };
  const start = () =>
    ask({
      heading: b().confirm.start(c.name), hint: b().confirm.startHint, action: b().control.start, tone: 'primary', reason: true,
      do: ({ why }) => act('start', async () => answeredRun(await client.send('POST /api/v1/campaigns/{campaign}/start', { path, body: why ? { why } : {} }))),
    });
  const stop = () =>
    ask({
      heading: b().confirm.stop(c.name), hint: b().confirm.stopHint, action: b().control.stop, tone: 'danger', reason: true, holdable: true,
      do: ({ why, hold }) => act('stop', async () => answeredRun(await client.send('POST /api/v1/campaigns/{campaign}/stop', { path, body: { ...(why ? { why } : {}), ...(hold ? { hold } : {}) } }))),
    });
  const change = (mode: DialingMode) =>
    ask({
      heading: b().confirm.mode(c.name), hint: b().confirm.modeHint, action: b().control.act(b().control.change, b().campaign.mode[mode]), tone: 'primary', reason: true,
      do: ({ why }) => act('mode', async () => answeredMode(await client.send('PUT /api/v1/campaigns/{campaign}/mode', { path, body: { mode, ...(why ? { why } : {}) } }))),
    });
  const running = run?.running ?? c.running;
  const why = run ? undefined : b().control.notYours;
  return (
    <article class="board-card control" data-campaign={c.id} aria-labelledby={`control-${c.id}`}>
      <header class="campaign-head">
        <h2 id={`control-${c.id}`} class="control-name">{c.name}</h2>
        <span class="tag">{b().campaign.mode[dialing?.mode ?? c.mode]}</span>
        <RunTag running={running} held={run?.held} />
        {run?.since && <span class="hint">{b().control.since(format.moment(run.since), run.by_name || b().control.calendar)}{run.why && ` · ${run.why}`}</span>}
        <span class="spacer" />
        {running ? (
          <DeedButton deed="stop-campaign" icon="stop" label={b().control.stop} why={why} onClick={stop} />
        ) : (
          <DeedButton deed="start-campaign" icon="play" tone="good" label={b().control.start} why={why} onClick={start} />
        )}
      </header>
      <div class="control-columns">
        <section>
          <h3>{b().control.list}</h3>
          <Penetration list={c.list} />
          <AbandonGauge abandon={c.abandon} />
        </section>
        {dialing && (
          <section>
            <h3>{b().control.pacing}</h3>
            {dialing.configured !== 'agentless' && (
              <div class="segments" role="group" aria-label={b().control.mode}>
                {dialingModes.map((mode) => (
                  <button key={mode} type="button" class="segment" aria-pressed={dialing.mode === mode} onClick={() => mode !== dialing.mode && change(mode)}>{b().campaign.mode[mode]}</button>
                ))}
              </div>
            )}
            <p class="hint">{dialing.by_name && dialing.since ? b().control.changedBy(dialing.by_name, format.moment(dialing.since)) : b().control.configured}{dialing.why && ` · ${dialing.why}`}</p>
            <dl class="facts">
              <Fact name={b().control.inEffect}>{b().campaign.mode[dialing.in_effect]}</Fact>
              <Fact name={b().control.answerRate}>{figure.percent(dialing.answer_rate)}</Fact>
              <Fact name={b().control.budget}>{format.number(Math.floor(dialing.budget))}</Fact>
              <Fact name={b().control.limitedBy}>{dialing.limit ? (b().control.limit[dialing.limit] ?? dialing.limit) : b().control.unlimited}</Fact>
            </dl>
            {c.placed && <PlacedCalls placed={c.placed} announces={c.mode === 'agentless'} />}
          </section>
        )}
        <div class="control-stack">
          <section>
            <h3>{b().control.results}</h3>
            {c.attempts === 0 ? <p class="hint">{b().control.noResults}</p> : (
              <dl class="results">
                {Object.entries(c.results).sort(([, a], [, z]) => z - a).map(([result, n]) => (
                  <div key={result}>
                    <dt>{t().result[result] ?? result}</dt>
                    <dd><span class="result-bar" aria-hidden="true"><span style={{ inlineSize: `${(100 * n) / c.attempts}%` }} /></span>{format.number(n)}</dd>
                  </div>
                ))}
              </dl>
            )}
          </section>
          <section>
            <h3>{b().control.log}</h3>
            {run && run.log.length === 0 && <p class="hint">{b().control.noLog}</p>}
            <ol class="switches">
              {run?.log.slice(0, 8).map((one) => (
                <li key={one.at}>
                  <time dateTime={one.at}>{format.moment(one.at)}</time>
                  <span>{one.running ? b().control.started : b().control.stopped} · {one.by_name || b().control.calendar}{one.why && <span class="hint"> · {one.why}</span>}</span>
                </li>
              ))}
            </ol>
          </section>
        </div>
      </div>
      {question && <Confirm question={question} onClose={() => ask(undefined)} />}
    </article>
  );
}
