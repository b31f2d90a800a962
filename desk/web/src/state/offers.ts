import type { AgentState, Call } from '../api/types';

/** The events that call for the agent's attention, wherever the headset is. */
const offerEvents = [
  'offered', 'callback-offered', 'personal-callback-offered', 'record-offered', 'consult-offered', 'transfer-offered', 'callback-due-soon',
];

export type PageTones = 'offers' | 'all' | 'none';

/**
 * sounds tells whether the page plays the tone of an event itself. The agent's phone plays every tone too, so with a leg up the page would
 * only double it, unless it sounds somewhere else: on a ringer that is not the speaker.
 */
export function sounds(event: string, wish: PageTones, legUp: boolean, speaker: string, ringer: string): boolean {
  if (wish === 'none') return false;
  if (wish === 'all') return true;
  return offerEvents.includes(event) && (!legUp || speaker !== ringer);
}

/** An offer that has to be answered. */
export function isOffer(state: AgentState | undefined): boolean {
  return state === 'offered' || state === 'preview';
}

/** offerKey names an offer, so that each is announced once. */
export function offerKey(state: AgentState | undefined, call: Call | undefined): string | undefined {
  return isOffer(state) && call && (call.state === 'offered' || call.state === 'previewing') ? `${call.id} ${call.state}` : undefined;
}
