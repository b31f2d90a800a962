import { useId, useRef, useEffect } from 'preact/hooks';
import type { ComponentChildren, JSX } from 'preact';
import type { AgentState } from '../api/types';
import { t } from '../i18n';
import { now, why, whyText } from '../state/app';
import type { Action } from '../state/actions';
import { elapsed } from '../state/clock';
import { keyOf, readable, shortcutsOn } from '../state/keys';
import { Icon, type IconName } from './icons';

/** Since shows how long something has lasted, by the server's clock. */
export function Since({ at }: { at: string }): JSX.Element {
  return (
    <span class="since" role="timer" aria-live="off">
      {elapsed(now.value - Date.parse(at))}
    </span>
  );
}

export const stateIcons: Record<AgentState, IconName> = {
  'signed-out': 'off',
  'not-ready': 'moon',
  ready: 'check',
  offered: 'bell',
  preview: 'eye',
  'on-call': 'phone',
  'wrap-up': 'note',
  supervising: 'ear',
};

/** StateChip says what an agent is doing: by colour, icon and word. */
export function StateChip({ state, children }: { state: AgentState; children?: ComponentChildren }): JSX.Element {
  return (
    <span class="chip" data-state={state}>
      <Icon name={stateIcons[state]} size={16} />
      <span>{t().state[state]}</span>
      {children}
    </span>
  );
}

/** Key shows which key does something. */
export function Key({ action }: { action: Action }): JSX.Element | null {
  const key = keyOf(action);
  if (!key || !shortcutsOn.value) return null;
  return (
    <kbd class="key" aria-hidden="true">
      {readable(key)}
    </kbd>
  );
}

export const actionIcons: Partial<Record<Action, IconName>> = {
  accept: 'phone',
  reject: 'next',
  cancel: 'close',
  end: 'phoneOff',
  hold: 'pause',
  resume: 'play',
  transfer: 'transfer',
  invite: 'people',
  dtmf: 'keypad',
  consult: 'talk',
  swap: 'swap',
  complete: 'transfer',
  merge: 'merge',
  'end-consult': 'close',
  retrieve: 'back',
  leave: 'leave',
  done: 'check',
  'done-and-stop': 'stop',
  'do-not-call': 'ban',
  'get-record': 'list',
  callback: 'calendar',
  book: 'calendar',
  undo: 'back',
};

interface ActionButtonProps {
  action: Action;
  do: () => void;
  label?: string;
  tone?: 'danger' | 'primary' | 'good' | 'quiet';
  pressed?: boolean;
  controls?: string;
  /** A callback is scheduled; the button says so. */
  scheduled?: boolean;
  /** Its key is that of another button for the same. */
  keyless?: boolean;
}

/**
 * ActionButton is a button that is always there to be found: when its action is not possible it says why, to the eye on hover and focus
 * and to a screen reader as its description, and does nothing.
 */
export function ActionButton({ action, do: act, label, tone, pressed, controls, scheduled, keyless }: ActionButtonProps): JSX.Element {
  const id = useId();
  const reason = why(action);
  const text = label ?? (scheduled ? t().callback.scheduled : t().action[action]);
  const icon = scheduled ? 'check' : actionIcons[action];
  const key = keyless ? undefined : keyOf(action);
  return (
    <span class="action">
      <button
        type="button"
        class="button"
        data-tone={tone}
        data-action={action}
        data-scheduled={scheduled || undefined}
        aria-disabled={reason ? 'true' : undefined}
        aria-busy={reason?.why === 'pending' || undefined}
        aria-describedby={reason ? id : undefined}
        aria-keyshortcuts={key && shortcutsOn.value ? key.replace('shift+', 'Shift+') : undefined}
        aria-expanded={pressed}
        aria-controls={controls}
        onClick={() => {
          if (!reason) act();
        }}
      >
        {icon && <Icon name={icon} />}
        <span class="label">{text}</span>
        {!keyless && <Key action={action} />}
      </button>
      {reason && (
        <span class="why" id={id} role="tooltip">
          {whyText(reason)}
        </span>
      )}
    </span>
  );
}

/** IconButton is a button whose name is not written on it. */
export function IconButton(props: { icon: IconName; label: string; onClick: () => void; pressed?: boolean; filled?: boolean; class?: string }): JSX.Element {
  return (
    <button type="button" class={`icon-button ${props.class ?? ''}`} aria-label={props.label} title={props.label} aria-pressed={props.pressed} onClick={props.onClick}>
      <Icon name={props.icon} filled={props.filled} />
    </button>
  );
}

/**
 * Dialog is a modal <dialog>; Escape and a click beside it close it. The browser fires close a while after it closed, when the next key may have been pressed already,
 * or another dialog be open: who closes it by Escape or beside it is told of at once, and once.
 */
export function Dialog(props: { open: boolean; label: string; onClose: () => void; class?: string; children: ComponentChildren }): JSX.Element | null {
  const ref = useRef<HTMLDialogElement>(null);
  const told = useRef(false);
  useEffect(() => {
    if (!props.open || !ref.current || ref.current.open) return;
    told.current = false;
    ref.current.showModal();
  }, [props.open]);
  const shut = () => {
    if (told.current || !ref.current) return;
    told.current = true;
    ref.current.close(); // the focus goes back to where it was
    props.onClose();
  };
  if (!props.open) return null;
  return (
    <dialog
      ref={ref}
      class={`dialog ${props.class ?? ''}`}
      aria-label={props.label}
      onClose={shut}
      onCancel={(event) => event.target === ref.current && shut()}
      onPointerDown={(event) => event.target === ref.current && shut()}
    >
      <div class="dialog-body">{props.children}</div>
    </dialog>
  );
}

export function DialogHead({ title }: { title: string }): JSX.Element {
  const ref = useRef<HTMLElement>(null);
  return (
    <header class="dialog-head" ref={ref}>
      <h2>{title}</h2>
      <IconButton icon="close" label={t().close} onClick={() => ref.current?.closest('dialog')?.close()} />
    </header>
  );
}

