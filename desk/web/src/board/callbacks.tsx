import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { bookShown, campaignNames, everybody, ofCampaign, scope, show } from '../state/book';
import { BookList, BookScopes } from '../ui/book';
import { b } from './i18n';
import { campaigns } from './state';

/** Callbacks is the book of everybody's callbacks, and the board of those that are overdue. */
export function Callbacks(): JSX.Element {
  useEffect(() => {
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
        <BookScopes />
        <label class="choice inline"><span>{b().callbacks.campaign}</span>
          <select value={ofCampaign.value} onChange={(event) => show(scope.value, true, event.currentTarget.value)}>
            <option value="">{b().callbacks.all}</option>
            {campaigns.value?.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
      </div>
      <BookList />
    </section>
  );
}
