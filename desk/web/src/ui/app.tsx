import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { t } from '../i18n';
import type { Call } from '../api/types';
import { call, commands, dismiss, link, now, pending, say, session, takeable, toasts } from '../state/app';
import { go, place } from '../state/place';
import { elsewhere, inPage, offerText, soundBlocked, unblock, useHere } from '../state/line';
import { dialog } from '../state/view';
import { Header } from './header';
import { Icon } from './icons';
import { Later, Missing, useLater } from './later';
import { IconButton, Key } from './parts';
import { At, Places, Supervising } from './places';
import { SignIn } from './signin';

export function App(): JSX.Element | null {
  if (session.value === undefined) return null;
  return (
    <>
      {session.value === null ? <SignIn /> : <Desk />}
      <Toasts />
    </>
  );
}

/** What agents work with is in a file of its own: supervisors who look on need it when they go to their desk, or open a dialog. */
const work = new Later(() => import('./desk'));

function Desk(): JSX.Element {
  return (
    <div class="desk">
      <a class="skip" href="#main">{place.value === 'desk' ? t().skip : t().places.skip}</a>
      <Header />
      <div class="under-header">
        <Places />
        <Banners />
        <Supervising />
      </div>
      {place.value === 'desk' ? <Work /> : <At where={place.value} />}
      {dialog.value && <OpenDialog />}
    </div>
  );
}

function Work(): JSX.Element {
  const loaded = useLater(work);
  return loaded ? <loaded.Columns /> : <Missing of={work} />;
}

function OpenDialog(): JSX.Element | null {
  const loaded = useLater(work);
  const missing = work.missing.value;
  useEffect(() => {
    if (!missing) return;
    dialog.value = undefined;
    say('error', t().places.missing);
  }, [missing]);
  return loaded ? <loaded.Dialogs /> : null;
}

/** What is wrong and concerns everything, in the place where it covers nothing. */
function Banners(): JSX.Element {
  return (
    <div class="banners">
      <div role="alert">
        {link.value === 'lost' && (
          <p class="banner" data-kind="bad"><Icon name="warn" /> {call.value ? t().link.lost : t().link.lostIdle}</p>
        )}
      </div>
      {elsewhere.value && inPage.value && (
        <p class="banner">
          <Icon name="phoneOff" /> {t().phone.elsewhere}
          <button type="button" class="button small" onClick={useHere}>{t().phone.useHere}</button>
        </p>
      )}
      <div role="status">
        {place.value !== 'desk' && call.value && (
          <p class="banner" data-kind="call">
            <Icon name="phone" /> {offerText.value || t().places.inCall}
            <button type="button" class="button small" onClick={() => go('desk')}>{t().places.toCall}</button>
          </p>
        )}
      </div>
      {soundBlocked.value && (
        <p class="banner">
          <Icon name="speaker" /> {t().phone.soundBlocked}
          <button type="button" class="button small" onClick={unblock}>{t().phone.soundOn}</button>
        </p>
      )}
    </div>
  );
}

/** Undo takes back what was just done, as long as the server holds it. */
function Undo({ call: of, newest }: { call: Call; newest: boolean }): JSX.Element {
  const { what, until } = of.undo!;
  const seconds = Math.max(1, Math.ceil((Date.parse(until) - now.value) / 1000));
  return (
    <div class="toast undo" data-kind="info">
      <Icon name="check" />
      <div>
        <p>{t().undo[what](of.record.name || of.number || of.record.id)}</p>
        <p class="detail" aria-hidden="true">{t().undo.left(seconds)}</p>
      </div>
      <button
        type="button"
        class="button small"
        data-action="undo"
        disabled={link.value !== 'open' || pending.value.has('undo')}
        onClick={() => void commands.undo(of.id).then((done) => done && say('info', t().undo.undone))}
      >
        <Icon name="back" size={16} />
        {t().action.undo}
        {newest && <Key action="undo" />}
      </button>
    </div>
  );
}

function Toasts(): JSX.Element {
  return (
    <div class="toasts" aria-live="polite">
      {takeable.value.map((one, i, all) => <Undo key={`${one.id} ${one.undo!.what}`} call={one} newest={i === all.length - 1} />)}
      {toasts.value.map((toast) => (
        <div key={toast.id} class="toast" data-kind={toast.kind}>
          <Icon name={toast.kind === 'error' ? 'warn' : 'check'} />
          <div>
            <p>{toast.text}</p>
            {toast.detail && <p class="detail" lang="en">{toast.detail}</p>}
          </div>
          <IconButton icon="close" label={t().close} onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}
