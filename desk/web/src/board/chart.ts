import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartData } from './charts';
import { figure } from './i18n';

const height = 120;
/** How much time the charts show, also while there are figures of less. */
const windowSeconds = 1800;

/** draw draws lines over time in a place, in the colours of the page, which follow the theme. */
export function draw(place: HTMLElement, first: ChartData): { show(data: ChartData): void; end(): void } {
  let data = first;
  let chart: uPlot | undefined;

  const make = () => {
    chart?.destroy();
    chart = new uPlot(options(place, data), aligned(data), place);
  };
  const resized = new ResizeObserver(() => chart?.setSize({ width: place.clientWidth, height }));
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const themed = new MutationObserver(make);
  make();
  resized.observe(place);
  dark.addEventListener('change', make);
  themed.observe(document.documentElement, { attributeFilter: ['data-theme', 'lang'] });
  return {
    show(next) {
      const same = next.lines.length === data.lines.length && next.xs.length > 0;
      data = next;
      if (same) chart?.setData(aligned(next));
      else make();
    },
    end() {
      resized.disconnect();
      themed.disconnect();
      dark.removeEventListener('change', make);
      chart?.destroy();
    },
  };
}

const aligned = (data: ChartData): uPlot.AlignedData => [[...data.xs], ...data.lines.map((line) => [...line.ys])];

/** ink is a colour of the style sheet as the canvas takes it. */
function ink(place: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  place.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** range ends with the newest figures. Of a single one uPlot would make a day, the next. */
const range = (chart: uPlot, _: number, max: number): uPlot.Range.MinMax => {
  const end = chart.data[0].at(-1) ?? max;
  return [end - windowSeconds, end];
};

function options(place: HTMLElement, data: ChartData): uPlot.Options {
  const soft = ink(place, '--ink-soft');
  const line = { stroke: ink(place, '--line'), width: 1 };
  const axis = { stroke: soft, grid: line, ticks: { show: false }, font: `11px ${getComputedStyle(place).fontFamily}` };
  const part = data.unit === 'part';
  return {
    width: place.clientWidth || 300,
    height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true, range }, y: { range: (_, __, max) => [0, part ? 1 : Math.max(1, max * 1.15 || 1)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 24, space: 70, values: (_, splits) => splits.map((s) => figure.time(s * 1000)) },
      { ...axis, size: 48, space: 28, values: (_, splits) => splits.map((s) => (part ? figure.percent(s) : figure.seconds(s))) },
    ],
    series: [
      {},
      ...data.lines.map(({ name, ink: colour, dashed }): uPlot.Series => ({
        label: name, stroke: ink(place, colour), width: 2, spanGaps: true, ...(dashed ? { dash: [5, 4] } : {}), points: { show: (u, i) => (u.data[i] ?? []).filter((y) => y !== null).length < 4, size: 6 },
      })),
    ],
  };
}
