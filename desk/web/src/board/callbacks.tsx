import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { bookShown, campaignNames, everybody, ofCampaign, scope, show } from '../state/book';
import { BookList, BookScopes } from '../ui/book';
import './calendar.css';
import { Calendar, dayAsked } from './calendar';
import { b } from './i18n';
import { campaigns } from './state';
import { view, viewAs, views } from './view';

dayAsked.subscribe((asked) => asked && viewAs('day'));

/** Callbacks is the book of everybody's callbacks: those that are overdue, and a calendar of those that are to come. */
export function Callbacks(): JSX.Element {
  useEffect(() => {
    if (view.peek() !== 'list') scope.value = 'open';
    everybody.value = true;
    bookShown.value = true;
    return () => {
      bookShown.value = false;
      show('open', false, '');
    };
  }, []);
  const all = campaigns.value;
  useEffect(() => {
    if (all) campaignNames.value = Object.fromEntries(all.map((one) => [one.id, one.name]));
  }, [all]);
  return (
    <section class="board-card book-place" aria-labelledby="book-place">
      <h2 id="book-place" class="control-name">{b().callbacks.heading}</h2>
      <div class="row">
        <div class="segments book-views" role="group" aria-label={b().callbacks.view}>
          {views.map((how) => <button key={how} type="button" class="segment" data-view={how} aria-pressed={view.value === how} onClick={() => viewAs(how)}>{b().callbacks.views[how]}</button>)}
        </div>
        {view.value === 'list' && <BookScopes />}
        <label class="choice inline"><span>{b().callbacks.campaign}</span>
          <select value={ofCampaign.value} onChange={(event) => show(scope.value, true, event.currentTarget.value)}>
            <option value="">{b().callbacks.all}</option>
            {campaigns.value?.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
      </div>
      {view.value === 'list' ? <BookList /> : <Calendar of={view.value} />}
    </section>
  );
}
