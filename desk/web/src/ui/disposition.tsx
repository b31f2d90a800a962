import type { JSX } from 'preact';
import type { Call } from '../api/types';
import { t } from '../i18n';
import { ownsRecord } from '../state/actions';
import { campaign, commands, link } from '../state/app';
import { shortcutsOn } from '../state/keys';
import { tree, type Group } from '../state/tree';

export function Dispositions({ call }: { call: Call }): JSX.Element {
  const of = campaign.value;
  return (
    <section class="dispositions" aria-labelledby="dispositions">
      <h2 id="dispositions">
        {t().disposition.heading}
        {of?.disposition_required && !call.disposition && <span class="needed">{t().disposition.required}</span>}
      </h2>
      {of && of.dispositions.length > 0 ? (
        <div role="radiogroup" aria-labelledby="dispositions">
          <Branch group={tree(of.dispositions)} call={call} depth={0} />
        </div>
      ) : (
        <p class="hint">{t().disposition.none}</p>
      )}
    </section>
  );
}

function Branch({ group, call, depth }: { group: Group; call: Call; depth: number }): JSX.Element {
  const blocked = link.value !== 'open' || !ownsRecord(call);
  return (
    <div class="branch" data-depth={depth} role={depth > 0 ? 'group' : undefined} aria-label={depth > 0 ? group.name : undefined}>
      {depth > 0 && <h3>{group.name}</h3>}
      <div class="leaves">
        {group.leaves.map(({ disposition, place }) => (
          <label key={disposition.code} class="disposition">
            <input
              type="radio"
              name="disposition"
              value={disposition.code}
              checked={call.disposition === disposition.code}
              disabled={blocked}
              onChange={() => void commands.disposition(disposition.code)}
            />
            <span>{disposition.name || disposition.code}</span>
            {place <= 9 && shortcutsOn.value && <kbd class="key" aria-hidden="true">{place}</kbd>}
          </label>
        ))}
      </div>
      {group.groups.map((sub) => (
        <Branch key={sub.name} group={sub} call={call} depth={depth + 1} />
      ))}
    </div>
  );
}
