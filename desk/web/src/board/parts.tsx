import { useId } from 'preact/hooks';
import type { ComponentChildren, JSX } from 'preact';
import { now } from '../state/app';
import { elapsed } from '../state/clock';
import { Icon, type IconName } from '../ui/icons';
import { b } from './i18n';
import { lostAt } from './state';

/** Trouble says that the figures are old, and why. */
export function Trouble(): JSX.Element {
  return (
    <div role="alert">
      {lostAt.value > 0 && (
        <p class="notice" data-kind="warn">
          <Icon name="warn" />
          <span>{b().lost} <span aria-hidden="true">{b().stale(elapsed(now.value - lostAt.value))}</span></span>
        </p>
      )}
    </div>
  );
}

interface DeedButtonProps {
  icon?: IconName;
  label: string;
  /** Why it cannot be done now; nothing if it can. */
  why?: string;
  tone?: 'danger' | 'primary' | 'good';
  deed: string;
  pressed?: boolean;
  small?: boolean;
  onClick: () => void;
}

/** DeedButton is always there to be found; when it can do nothing it says why, to eye and ear. */
export function DeedButton({ icon, label, why, tone, deed, pressed, small, onClick }: DeedButtonProps): JSX.Element {
  const id = useId();
  return (
    <span class="action">
      <button
        type="button"
        class={small ? 'button small' : 'button'}
        data-tone={tone}
        data-deed={deed}
        aria-pressed={pressed}
        aria-disabled={why ? 'true' : undefined}
        aria-describedby={why ? id : undefined}
        onClick={() => {
          if (!why) onClick();
        }}
      >
        {icon && <Icon name={icon} size={small ? 16 : 20} />}
        <span class="label">{label}</span>
      </button>
      {why && <span class="why" id={id} role="tooltip">{why}</span>}
    </span>
  );
}

/** Fact is a figure with its name, one of a <dl>. */
export function Fact({ name, more, children }: { name: string; more?: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}{more && <span class="fact-more">{more}</span>}</dd>
    </div>
  );
}
