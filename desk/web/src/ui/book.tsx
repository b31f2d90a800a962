import { useEffect, useId, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { FoundTarget, Promised, Verdict } from '../api/types';
import { format, t } from '../i18n';
import { agent, explain, model, now, say } from '../state/app';
import { book, campaignNames, counts, everybody, listed, manages, scope, show, trouble, type Scope } from '../state/book';
import { problemText } from '../state/callback';
import { elapsed } from '../state/clock';
import { dateIn } from '../state/draft';
import { dialog } from '../state/view';
import { Icon } from './icons';
import { Dialog, DialogHead, Key } from './parts';

/** CallbacksCard is the line beside the campaigns: how many callbacks there are, and the way to the book. */
export function CallbacksCard(): JSX.Element | null {
  const c = counts.value;
  if (!c) return null;
  return (
    <section class="callbacks-card" aria-labelledby="callbacks">
      <h2 id="callbacks">{t().book.heading}</h2>
      <button type="button" class="book-button" data-action="book" onClick={() => (dialog.value = { kind: 'book' })}>
        <span><span class="count-name">{t().book.open}</span><span class="count">{format.number(c.open)}</span></span>
        <span data-overdue={c.overdue > 0 || undefined}><span class="count-name">{t().book.overdue}</span><span class="count">{format.number(c.overdue)}</span></span>
        <span class="visually-hidden">{t().book.show}</span>
        <Key action="book" />
      </button>
    </section>
  );
}

/** Book is the callback book: planned, overdue and ended callbacks, and what can be done with them. */
export function Book(): JSX.Element | null {
  if (dialog.value?.kind !== 'book') return null;
  return (
    <Dialog open label={t().book.title} class="book" onClose={() => (dialog.value = undefined)}>
      <DialogHead title={t().book.title} />
      <div class="row">
        <BookScopes />
        {manages.value && (
          <label class="check">
            <input type="checkbox" checked={everybody.value} onChange={(event) => show(scope.value, event.currentTarget.checked)} />
            <span>{t().book.everybody}</span>
          </label>
        )}
      </div>
      <BookList />
    </Dialog>
  );
}

/** BookScopes chooses which callbacks are shown. */
export function BookScopes(): JSX.Element {
  return (
    <div class="segments book-scopes" role="group" aria-label={t().book.scope}>
      {(['open', 'overdue', 'ended'] as const).map((which: Scope) => (
        <button key={which} type="button" class="segment" aria-pressed={scope.value === which} onClick={() => show(which)}>{t().book.scopes[which]}</button>
      ))}
    </div>
  );
}

/** BookList is the callbacks that were found, and what can be done with each. */
export function BookList(): JSX.Element {
  const found = listed.value;
  if (trouble.value) return <p class="notice" data-kind="warn" role="alert"><Icon name="warn" /> {trouble.value}</p>;
  if (!found) return <p class="hint" role="status">{t().book.loading}</p>;
  if (found.of.length === 0) return <p class="book-none" role="status">{t().book.none[scope.value]}</p>;
  return (
    <>
      <ul class="book-list">
        {found.of.map((p) => <BookRow key={p.id} promise={p} />)}
      </ul>
      {found.more && <p class="hint">{t().book.more}</p>}
    </>
  );
}

type Open = 'move' | 'hand-over' | 'cancel';

/** BookRow is one callback, and what can be done with it. */
export function BookRow({ promise: p }: { promise: Promised }): JSX.Element {
  const [open, setOpen] = useState<Open>();
  const campaign = model.value.campaigns.find((c) => c.id === p.campaign);
  const mine = campaign?.callback.time_zone ?? p.zone;
  const here = format.momentIn(mine, p.due);
  const there = format.momentIn(p.zone, p.due);
  const late = p.state === 'due' ? now.value - Date.parse(p.due) : 0;
  const name = p.name || p.number;
  const can = (what: string) => p.allowed.includes(what);
  const button = (what: Open, text: string) =>
    can(what) && (
      <button type="button" class="button small" aria-expanded={open === what} aria-label={t().book.action(text, name)} onClick={() => setOpen(open === what ? undefined : what)}>
        {text}
      </button>
    );
  return (
    <li class="book-row" data-state={p.state}>
      <div class="book-when">
        <time dateTime={p.due}>{here}</time>
        {there !== here && <span class="hint">{t().book.atContact(there)}</span>}
      </div>
      <div class="book-who">
        <span class="book-name">{name}</span>
        <span class="hint">{[p.name ? p.number : '', campaign?.name ?? campaignNames.value[p.campaign] ?? p.campaign, p.holder === agent.value?.id ? '' : p.holder_name].filter(Boolean).join(' · ')}</span>
        {p.note && <span class="book-note">{p.note}</span>}
      </div>
      <div class="book-state">
        <span class="tag" data-kind={p.kind}>{t().callback.kinds[p.kind]}</span>
        <span class="tag" data-kind={late > 0 ? 'bad' : undefined}>{late > 0 ? t().book.late(elapsed(late)) : (t().book.state[p.state] ?? p.state)}</span>
        {p.queue && <span class="hint">{t().book.queue[p.queue]}</span>}
      </div>
      {p.allowed.length > 0 && (
        <div class="book-actions">
          {button('move', t().book.move)}
          {button('hand-over', t().book.handOver)}
          {button('cancel', t().book.cancel)}
          {can('release') && (
            <button type="button" class="button small" aria-label={t().book.action(t().book.release, name)} onClick={() => void book.release(p)}>{t().book.release}</button>
          )}
        </div>
      )}
      {open === 'move' && can('move') && <Move promise={p} zone={p.zone} done={() => setOpen(undefined)} />}
      {open === 'hand-over' && can('hand-over') && <HandOver promise={p} done={() => setOpen(undefined)} />}
      {open === 'cancel' && can('cancel') && <Cancel promise={p} done={() => setOpen(undefined)} />}
    </li>
  );
}

/** clockOf is an instant by the wall clock of a zone, as inputs have it. */
function clockOf(zone: string, instant: string): { date: string; time: string } {
  const ms = Date.parse(instant);
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, hour: '2-digit', minute: '2-digit', hour12: false }).format(ms);
  return { date: dateIn(zone, ms), time };
}

function Move({ promise: p, zone, done }: { promise: Promised; zone: string; done: () => void }): JSX.Element {
  const [when, setWhen] = useState(() => clockOf(zone, p.due));
  const [hour, setHour] = useState<'earlier' | 'later'>();
  const [why, setWhy] = useState('');
  const [verdict, setVerdict] = useState<Verdict>();
  const id = useId();
  const set = (by: Partial<typeof when>, which?: 'earlier' | 'later') => {
    setWhen((before) => ({ ...before, ...by }));
    setHour(which);
    setVerdict(undefined);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const answer = await book.move(p, { at: `${when.date}T${when.time}`, zone, ...(hour ? { hour } : {}) }, why.trim());
    if (answer === true) done();
    else if (answer) setVerdict(answer);
  };
  const choices = verdict?.problems.find((problem) => problem.choices)?.choices ?? [];
  return (
    <form class="book-form" aria-label={t().book.move} onSubmit={(event) => void submit(event)}>
      <div class="when">
        <label class="field"><span>{t().callback.date}</span><input type="date" required value={when.date} min={dateIn(zone, now.value)} aria-describedby={id} onInput={(event) => set({ date: event.currentTarget.value })} /></label>
        <label class="field"><span>{t().callback.time}</span><input type="time" required value={when.time} aria-describedby={id} onInput={(event) => set({ time: event.currentTarget.value.slice(0, 5) })} /></label>
        <label class="field wide"><span>{t().book.why}</span><input value={why} maxLength={1000} onInput={(event) => setWhy(event.currentTarget.value)} /></label>
      </div>
      <div id={id} class="problems" role="alert">
        {verdict?.problems.map((problem) => (
          <p key={problem.code} class="problem-line"><Icon name="warn" size={16} /><span>{problemText(problem.code)}</span></p>
        ))}
      </div>
      {choices.length > 0 && (
        <div class="slots" role="group" aria-label={t().callback.whichHour}>
          {choices.map((c) => <button key={c.hour} type="button" class="button small" onClick={() => set({}, c.hour)}>{t().callback.hour[c.hour ?? 'earlier'](`UTC${c.offset}`)}</button>)}
        </div>
      )}
      {(verdict?.slots.length ?? 0) > 0 && (
        <div class="slots" role="group" aria-label={t().callback.slots}>
          <span class="hint">{t().callback.slots}</span>
          {verdict!.slots.map((slot) => {
            const [date = '', time = ''] = slot.when.at.split('T');
            return <button key={slot.at} type="button" class="button small" data-slot onClick={() => set({ date, time: time.slice(0, 5) }, slot.when.hour)}>{format.wall(slot.when.at)}</button>;
          })}
        </div>
      )}
      <div class="row">
        <span class="hint">{zone}</span>
        <span class="spacer" />
        <button type="button" class="button small" onClick={done}>{t().book.back}</button>
        <button class="button small" data-tone="primary">{t().book.move}</button>
      </div>
    </form>
  );
}

function HandOver({ promise: p, done }: { promise: Promised; done: () => void }): JSX.Element {
  const [people, setPeople] = useState<FoundTarget[]>();
  const [to, setTo] = useState('');
  useEffect(() => {
    book.colleagues().then(setPeople, (error: unknown) => say('error', explain(error)));
  }, []);
  return (
    <form
      class="book-form"
      aria-label={t().book.handOver}
      onSubmit={(event) => {
        event.preventDefault();
        void book.handOver(p, to).then((ok) => ok === true && done());
      }}
    >
      <label class="field">
        <span>{t().book.to}</span>
        <select value={to} onChange={(event) => setTo(event.currentTarget.value)}>
          <option value="">{t().book.pool}</option>
          {people?.filter((one) => one.id !== p.owner).map((one) => <option key={one.id} value={one.id}>{one.name || one.id}</option>)}
        </select>
      </label>
      <div class="row">
        <span class="spacer" />
        <button type="button" class="button small" onClick={done}>{t().book.back}</button>
        <button class="button small" data-tone="primary">{t().book.handOver}</button>
      </div>
    </form>
  );
}

function Cancel({ promise: p, done }: { promise: Promised; done: () => void }): JSX.Element {
  const [why, setWhy] = useState('');
  return (
    <form
      class="book-form"
      aria-label={t().book.cancel}
      onSubmit={(event) => {
        event.preventDefault();
        void book.cancel(p, why.trim()).then((ok) => ok === true && done());
      }}
    >
      <p>{t().book.askCancel}</p>
      <label class="field"><span>{t().book.why}</span><input value={why} maxLength={1000} onInput={(event) => setWhy(event.currentTarget.value)} /></label>
      <div class="row">
        <span class="spacer" />
        <button type="button" class="button small" onClick={done}>{t().book.back}</button>
        <button class="button small" data-tone="danger">{t().book.cancel}</button>
      </div>
    </form>
  );
}
