import type { JSX } from 'preact';
import { go } from '../state/place';
import { Icon } from '../ui/icons';
import { b } from './i18n';
import { failures, moreFailures, noted } from './live';
import { campaignName, selected } from './state';

/** RecordingNotices tells at once, wherever among the supervisor's places one is, that a call is not recorded; it takes nobody's focus. */
export function RecordingNotices(): JSX.Element {
  return (
    <div class="recording-notices" role="alert">
      {failures.value.map((one) => (
        <div key={one.call} class="notice" data-kind="warn" data-failed={one.call}>
          <Icon name="warn" />
          <p>{b().recording.failed(one.agent_name || one.agent, campaignName(one.campaign))} <span class="why-not" lang="en">{one.problem}</span></p>
          <button
            type="button"
            class="button small"
            onClick={() => {
              selected.value = one.agent;
              go('wallboard');
              noted(one.call);
            }}
          >
            {b().recording.show}
          </button>
          <button type="button" class="button small quiet" onClick={() => noted(one.call)}>{b().recording.noted}</button>
        </div>
      ))}
      {moreFailures.value > 0 && (
        <div class="notice" data-kind="warn">
          <Icon name="warn" /><p>{b().recording.more(moreFailures.value)}</p>
          <button type="button" class="button small quiet" onClick={() => noted()}>{b().recording.all}</button>
        </div>
      )}
    </div>
  );
}

/** NotRecorded stands with a call whose recording has failed. */
export function NotRecorded({ problem }: { problem: string | undefined }): JSX.Element {
  return <span class="not-recorded" title={problem}><Icon name="warn" size={16} />{b().recording.not}</span>;
}
