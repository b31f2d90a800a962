import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { b, figure } from './i18n';
import { busiest } from './logic';
import { stepsOf } from './runs';
import { campaigns, filterCampaign } from './state';

const chosenCampaign = signal('');

/** Charts is how utilisation and waits of a campaign went in the last half hour. */
export function Charts(): JSX.Element {
  const all = campaigns.value ?? [];
  const id = filterCampaign.value || (all.some((one) => one.id === chosenCampaign.value) ? chosenCampaign.value : busiest(all));
  const steps = useMemo(() => stepsOf(id), [id]).value;
  const last = <K extends 'utilisation' | 'agent_wait_seconds' | 'contact_wait_seconds'>(key: K, format: (n: number) => string) => {
    const n = steps.findLast((step) => step[key] !== undefined)?.[key];
    return n === undefined ? b().none : format(n);
  };
  const xs = steps.map((step) => Date.parse(step.from) / 1000);
  const of = (key: 'utilisation' | 'agent_wait_seconds' | 'contact_wait_seconds') => steps.map((step) => step[key] ?? null);
  return (
    <section class="board-card charts" aria-labelledby="charts">
      <header class="campaign-head">
        <h2 id="charts">{b().charts.heading}</h2>
        <span class="spacer" />
        {all.length > 1 && (
          <select class="narrow" aria-label={b().charts.which} value={id} disabled={filterCampaign.value !== ''} onChange={(event) => (chosenCampaign.value = event.currentTarget.value)}>
            {all.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        )}
      </header>
      <div class="pair">
        <div>
          <h3>{b().charts.utilisation}</h3>
          <Chart of={steps} xs={xs} unit="part" label={b().charts.utilisationText(last('utilisation', figure.percent))} lines={[{ name: b().charts.utilisation, ink: '--talk', ys: of('utilisation') }]} />
        </div>
        <div>
          <h3 class="legend">{b().charts.waits}
            <span><span class="key-line" data-line="agents" aria-hidden="true" />{b().charts.agentWait}</span>
            <span><span class="key-line" data-line="contacts" aria-hidden="true" />{b().charts.contactWait}</span>
          </h3>
          <Chart
            of={steps}
            xs={xs}
            unit="seconds"
            label={b().charts.waitsText(last('agent_wait_seconds', figure.seconds), last('contact_wait_seconds', figure.seconds))}
            lines={[
              { name: b().charts.agentWait, ink: '--good', ys: of('agent_wait_seconds') },
              { name: b().charts.contactWait, ink: '--wrap', ys: of('contact_wait_seconds'), dashed: true },
            ]}
          />
        </div>
      </div>
      <details class="as-table">
        <summary>{b().charts.table}</summary>
        <div class="agent-scroll free">
          <table class="agent-table">
            <thead><tr><th scope="col">{b().charts.minute}</th><th scope="col" class="n">{b().charts.utilisation}</th><th scope="col" class="n">{b().charts.agentWait}</th><th scope="col" class="n">{b().charts.contactWait}</th></tr></thead>
            <tbody>
              {[...steps].reverse().map((step) => (
                <tr key={step.from}>
                  <th scope="row">{figure.time(Date.parse(step.from))}</th>
                  <td class="n">{step.utilisation === undefined ? b().none : figure.percent(step.utilisation)}</td>
                  <td class="n">{step.agent_wait_seconds === undefined ? b().none : figure.seconds(step.agent_wait_seconds)}</td>
                  <td class="n">{step.contact_wait_seconds === undefined ? b().none : figure.seconds(step.contact_wait_seconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

export interface Line {
  name: string;
  /** The colour, as the style sheet's property. */
  ink: string;
  ys: readonly (number | null)[];
  dashed?: boolean;
}

export interface ChartData {
  xs: readonly number[];
  lines: readonly Line[];
  unit: 'part' | 'seconds';
}

/** Chart is drawn anew when of is another reading, by a library that comes when somebody sees the first chart: below many agents, or on a phone, that is when one has scrolled there. */
function Chart({ xs, lines, unit, label, of }: ChartData & { label: string; of: unknown }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<{ show(data: ChartData): void; end(): void }>(undefined);
  const newest = useRef<ChartData>({ xs, lines, unit });
  newest.current = { xs, lines, unit };
  useEffect(() => {
    let gone = false;
    const seen = new IntersectionObserver((all) => {
      if (!all.some((one) => one.isIntersecting)) return;
      seen.disconnect();
      import('./chart').then(
        ({ draw }) => {
          if (gone || !place.current) return;
          drawing.current = draw(place.current, newest.current);
        },
        () => {}, // the table beneath says the same
      );
    });
    if (place.current) seen.observe(place.current);
    return () => {
      gone = true;
      seen.disconnect();
      drawing.current?.end();
      drawing.current = undefined;
    };
  }, []);
  useEffect(() => drawing.current?.show(newest.current), [of]);
  const empty = lines.every(({ ys }) => ys.every((y) => y === null));
  return (
    <div class="chart">
      <div ref={place} role="img" aria-label={label} />
      {empty && <p class="chart-none">{b().charts.none}</p>}
    </div>
  );
}
