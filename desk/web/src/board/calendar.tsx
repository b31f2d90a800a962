import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Promised } from '../api/types';
import { format, language, t } from '../i18n';
import { now } from '../state/app';
import { listed, range, trouble } from '../state/book';
import { elapsed } from '../state/clock';
import { Icon } from '../ui/icons';
import { IconButton } from '../ui/parts';
import { daysOf, firstDayOf, hoursOf, lateBy, localeOf, midnight, placed, sieved, turned, type Sieve, type Span } from './days';
import { b, figure } from './i18n';
import { PlannedOne } from './planned';

/** How many callbacks a day of the week shows; the day itself shows all. */
const most = 8;

const span = signal<Span>('week');
/** A moment in the week or day that is shown; 0 for now. */
const at = signal(0);
const sieve = signal<Sieve>({ holder: '', kind: '' });
const opened = signal<Promised | undefined>(undefined);
/** The callback that the Tab key comes to; the arrow keys move it. */
const current = signal('');

const today = computed(() => midnight(now.value));
const locale = computed(() => localeOf(language.value, navigator.languages));
const days = computed(() => daysOf(span.value, at.value || today.value, firstDayOf(locale.value)));
const key = computed(() => days.value.join());

/** Calendar is the callbacks of a week, or of a day, as they are due. */
export function Calendar({ of }: { of: Span }): JSX.Element {
  useEffect(() => void (span.value = of), [of]);
  useEffect(() => {
    const stop = effect(() => {
      void key.value;
      const [from, before] = [days.peek()[0]!, days.peek().at(-1)!];
      // What is left over from before is shown as long as today is.
      range.value = { ...(from <= today.value && today.value < before ? {} : { from: new Date(from).toISOString() }), before: new Date(before).toISOString() };
    });
    return () => {
      stop();
      range.value = undefined;
      opened.value = undefined;
    };
  }, []);
  const all = listed.value?.of;
  const { before, byDay } = placed(sieved(all ?? [], sieve.value), days.value);
  const shown = [...before, ...byDay.flat()];
  const reachable = shown.some((one) => one.id === current.value) ? current.value : (shown[0]?.id ?? '');
  return (
    <div class="calendar" data-span={span.value}>
      <Head />
      {trouble.value && <p class="notice" data-kind="warn" role="alert"><Icon name="warn" /> {trouble.value}</p>}
      {!all && !trouble.value && <p class="hint" role="status">{t().book.loading}</p>}
      {listed.value?.more && <p class="hint">{t().book.more}</p>}
      <div onKeyDown={move}>
        {before.length > 0 && (
          <section class="plan-day before" data-day="-1" aria-labelledby="plan-before">
            <h3 id="plan-before">{b().calendar.before(before.length)}</h3>
            <Plans of={before} reachable={reachable} dated />
          </section>
        )}
        {all && (span.value === 'week' ? <Week byDay={byDay} reachable={reachable} /> : <Day of={byDay[0] ?? []} reachable={reachable} />)}
      </div>
      {opened.value && <PlannedOne promise={opened.value} onClose={() => (opened.value = undefined)} />}
    </div>
  );
}

const formats = computed(() => ({
  day: new Intl.DateTimeFormat(locale.value, { weekday: 'short', day: 'numeric' }),
  long: new Intl.DateTimeFormat(locale.value, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
  span: new Intl.DateTimeFormat(locale.value, { year: 'numeric', month: 'long', day: 'numeric' }),
}));

function Head(): JSX.Element {
  const [from, before] = [days.value[0]!, days.value.at(-1)!];
  const title = span.value === 'week' ? formats.value.span.formatRange(from, midnight(before, -1)) : formats.value.long.format(from);
  const turn = (by: 1 | -1) => (at.value = turned(span.value, at.value || today.value, by));
  const holders = [...new Map((listed.value?.of ?? []).map((one) => [one.holder, one.holder_name]))].sort();
  return (
    <header class="row calendar-head">
      <IconButton icon="down" label={b().calendar.earlier[span.value]} onClick={() => turn(-1)} class="turn" />
      <button type="button" class="button small" disabled={from <= today.value && today.value < before} onClick={() => (at.value = 0)}>{b().calendar.today}</button>
      <IconButton icon="down" label={b().calendar.later[span.value]} onClick={() => turn(1)} class="turn on" />
      <h3 id="calendar-title" class="calendar-title" tabIndex={-1} aria-live="polite">{title}</h3>
      <span class="hint">{Intl.DateTimeFormat().resolvedOptions().timeZone}</span>
      <span class="spacer" />
      <label class="choice inline"><span>{b().calendar.holder}</span>
        <select value={sieve.value.holder} onChange={(event) => (sieve.value = { ...sieve.value, holder: event.currentTarget.value })}>
          <option value="">{b().callbacks.all}</option>
          {holders.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
        </select>
      </label>
      <label class="choice inline"><span>{b().calendar.kind}</span>
        <select value={sieve.value.kind} onChange={(event) => (sieve.value = { ...sieve.value, kind: event.currentTarget.value as Sieve['kind'] })}>
          <option value="">{b().callbacks.all}</option>
          {(['personal', 'pool'] as const).map((kind) => <option key={kind} value={kind}>{t().callback.kinds[kind]}</option>)}
        </select>
      </label>
    </header>
  );
}

/** Week is a list for each day, side by side where there is room. */
function Week({ byDay, reachable }: { byDay: Promised[][]; reachable: string }): JSX.Element {
  return (
    <div class="week">
      {byDay.map((due, i) => {
        const day = days.value[i]!;
        const late = due.filter((one) => lateBy(one, now.value) > 0).length;
        return (
          <section key={day} class="plan-day" data-day={i} data-today={day === today.value || undefined} data-none={due.length === 0 || undefined} aria-labelledby={`day-${i}`}>
            <h3 id={`day-${i}`}>
              <button type="button" class="day-open" aria-label={b().calendar.open(formats.value.day.format(day))} onClick={() => openDay(day)}>{formats.value.day.format(day)}</button>
              {day === today.value && <span class="tag">{b().calendar.today}</span>}
              <span class="plan-count">{b().calendar.count(due.length)}{late > 0 && <span class="plan-late"> · {b().calendar.late(late)}</span>}</span>
            </h3>
            <Plans of={due.slice(0, most)} reachable={reachable} />
            {due.length > most && <button type="button" class="button small quiet" onClick={() => openDay(day)}>{b().calendar.others(due.length - most)}</button>}
          </section>
        );
      })}
    </div>
  );
}

/** Whoever shows the calendar knows which span is pressed. */
export const dayAsked = signal(0);
function openDay(day: number): void {
  at.value = day;
  dayAsked.value++;
}

/** Day is a row for each hour. */
function Day({ of, reachable }: { of: Promised[]; reachable: string }): JSX.Element {
  return (
    <ol class="plan-hours">
      {hoursOf(of).map(({ hour, due }) => (
        <li key={hour} data-day={hour} data-none={due.length === 0 || undefined}>
          <span class="hour">{figure.time(new Date(days.value[0]!).setHours(hour))}</span>
          <Plans of={due} reachable={reachable} />
        </li>
      ))}
    </ol>
  );
}

function Plans({ of, reachable, dated }: { of: Promised[]; reachable: string; dated?: boolean }): JSX.Element | null {
  if (of.length === 0) return null;
  return (
    <ol class="plans">
      {of.map((one) => {
        const late = lateBy(one, now.value);
        return (
          <li key={one.id}>
            <button
              type="button"
              class="plan"
              data-plan={one.id}
              data-kind={one.kind}
              data-late={late > 0 || undefined}
              aria-haspopup="dialog"
              tabIndex={one.id === reachable ? 0 : -1}
              onFocus={() => (current.value = one.id)}
              onClick={() => (opened.value = one)}
            >
              <span class="plan-when"><time dateTime={one.due}>{dated ? format.moment(one.due) : figure.time(Date.parse(one.due))}</time> <span class="plan-name">{one.name || one.number}</span></span>
              <span class="plan-who"><Icon name={one.kind === 'pool' ? 'people' : 'person'} size={16} />{one.kind === 'pool' ? t().callback.kinds.pool : one.holder_name}{one.state === 'offered' && ` · ${t().book.state.offered}`}</span>
              {late > 0 && <span class="plan-late"><Icon name="warn" size={16} />{t().book.late(elapsed(late))}</span>}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

/** Moves from callback to callback: up and down in a day, left and right to the days beside. */
function move(event: KeyboardEvent): void {
  const from = event.target as HTMLElement;
  if (!from.classList.contains('plan')) return;
  const columns = [...(event.currentTarget as HTMLElement).querySelectorAll('[data-day]')].map((day) => [...day.querySelectorAll<HTMLElement>('.plan')]).filter((day) => day.length > 0);
  const column = columns.findIndex((day) => day.includes(from));
  const row = columns[column]?.indexOf(from) ?? 0;
  const last = (columns[column]?.length ?? 1) - 1;
  const beside = (by: number) => columns[column + by]?.[Math.min(row, (columns[column + by]?.length ?? 1) - 1)];
  const flat = columns.flat();
  const to = {
    ArrowDown: flat[flat.indexOf(from) + 1], ArrowUp: flat[flat.indexOf(from) - 1], ArrowRight: beside(1), ArrowLeft: beside(-1), Home: columns[column]?.[0], End: columns[column]?.[last],
  }[event.key];
  if (!to) return;
  event.preventDefault();
  to.focus();
}
