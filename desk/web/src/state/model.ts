import type { Agent, Call, Campaign, ServerEvent } from '../api/types';

/** What the page knows of the server's state: the newest of everything it was told. */
export interface Model {
  agent?: Agent;
  calls: Readonly<Record<string, Call>>;
  campaigns: readonly Campaign[];
}

export const nothing: Model = { calls: {}, campaigns: [] };

/** apply is the model after an event. Each carries the whole new state of one thing. */
export function apply(model: Model, event: ServerEvent): Model {
  switch (event.kind) {
    case 'snapshot':
      return {
        agent: event.data.agent,
        calls: event.data.call ? { [event.data.call.id]: event.data.call } : {},
        campaigns: event.data.campaigns,
      };
    case 'agent':
      return { ...model, agent: event.data };
    case 'call':
      return withCall(model, event.data);
    case 'campaign':
      return {
        ...model,
        campaigns: model.campaigns.some((c) => c.id === event.data.id)
          ? model.campaigns.map((c) => (c.id === event.data.id ? event.data : c))
          : [...model.campaigns, event.data],
      };
    case 'resumed':
    case 'tone':
      return model;
  }
}

/** withCall is the model with a call as a command answered it, or as the stream told it. */
export function withCall(model: Model, call: Call): Model {
  const { [call.id]: _, ...others } = model.calls;
  return { ...model, calls: call.state === 'closed' ? others : { ...others, [call.id]: call } };
}

/**
 * current is the call to show. The agent and the call are told one after the other, so for a moment the agent may name a call that is not
 * known yet, or none while there still is one.
 */
export function current(model: Model): Call | undefined {
  const named = model.agent?.call_id ? model.calls[model.agent.call_id] : undefined;
  return named ?? Object.values(model.calls).filter((call) => !left(call)).at(-1);
}

/** Whether the agent is done with a call, or has cancelled it, although that can still be taken back. */
function left(call: Call): boolean {
  return call.undo?.what === 'done' || call.undo?.what === 'cancel';
}
