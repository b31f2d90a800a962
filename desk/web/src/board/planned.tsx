import { useEffect, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Promised } from '../api/types';
import { format, t } from '../i18n';
import { client, explain } from '../state/app';
import { listed } from '../state/book';
import { BookRow } from '../ui/book';
import { Icon } from '../ui/icons';
import { Dialog, DialogHead } from '../ui/parts';
import { b } from './i18n';
import { Fact } from './parts';

/** PlannedOne is one callback with all that happened to it, and what can be done with it. It closes when the callback is not in the calendar any more. */
export function PlannedOne({ promise, onClose }: { promise: Promised; onClose: () => void }): JSX.Element {
  const [whole, setWhole] = useState<Promised>();
  const [trouble, setTrouble] = useState('');
  const one = listed.value?.of.find((other) => other.id === promise.id);
  const gone = listed.value !== undefined && !one;
  const shown = one ?? promise;
  useEffect(() => {
    if (!gone) return;
    onClose();
    setTimeout(() => document.getElementById('calendar-title')?.focus()); // as long as the dialog is there nothing else can have it
  }, [gone]);
  useEffect(() => {
    const stop = new AbortController();
    client.send('GET /api/v1/campaigns/{campaign}/callbacks/{id}', { path: { campaign: promise.campaign, id: promise.id }, signal: stop.signal }).then(setWhole, (error: unknown) => {
      if (!stop.signal.aborted) setTrouble(explain(error));
    });
    return () => stop.abort();
  }, [promise.id, shown.state, shown.due, shown.refusals, shown.queue]);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const name = promise.name || promise.number;
  return (
    <Dialog open label={b().calendar.one(name)} class="book planned" onClose={onClose}>
      <DialogHead title={b().calendar.one(name)} />
      <dl class="facts">
        <Fact name={b().calendar.due} more={here}>{format.momentIn(here, shown.due)}</Fact>
        <Fact name={b().calendar.atContact} more={shown.zone}>{format.momentIn(shown.zone, shown.due)}</Fact>
        <Fact name={b().calendar.holder} more={t().callback.kinds[shown.kind]}>{shown.holder_name}</Fact>
        {shown.absent && <Fact name={b().calendar.absent} more={shown.absent.group}>{b().calendar.absence(shown.absent.minutes, b().calendar.then[shown.absent.then])}</Fact>}
        {shown.why && <Fact name={b().calendar.waits}>{b().calendar.why[shown.why]}</Fact>}
        {shown.refusals > 0 && <Fact name={b().calendar.refused}>{t().promise.refusals(shown.refusals)}</Fact>}
      </dl>
      <ul class="book-list"><BookRow promise={shown} /></ul>
      {trouble && <p class="notice" data-kind="warn" role="alert"><Icon name="warn" size={16} /> {trouble}</p>}
      {whole?.ledger && (
        <section aria-labelledby="ledger">
          <h3 id="ledger">{b().calendar.ledger}</h3>
          <ol class="switches">
            {[...whole.ledger].reverse().map((event) => (
              <li key={event.at + event.kind}>
                <time dateTime={event.at}>{format.moment(event.at)}</time>
                <span>{t().timeline.event[event.kind] ?? event.kind}{event.by && <span class="hint"> · {event.by_name}</span>}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </Dialog>
  );
}
