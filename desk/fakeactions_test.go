package desk_test

import (
	"context"
	"fmt"

	"github.com/hasshin/hasshin/dialer"
)

// The fake engine's commands on live calls.

func (f *fakeEngine) Hold(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "hold", id, call, "held", nil)
}

func (f *fakeEngine) Resume(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "resume", id, call, "talking", nil)
}

func (f *fakeEngine) StartConsultation(ctx context.Context, id, call string, to dialer.Target) (dialer.CallView, error) {
	return f.reach(ctx, "consult", id, call, "consult-ringing", to)
}

func (f *fakeEngine) EndConsultation(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "end-consult", id, call, "held", nil)
}

func (f *fakeEngine) Swap(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "swap", id, call, "alternated", nil)
}

func (f *fakeEngine) Merge(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "merge", id, call, "conference", nil)
}

func (f *fakeEngine) CompleteTransfer(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "complete", id, call, "wrap-up", nil)
}

func (f *fakeEngine) StartConference(ctx context.Context, id, call string, to dialer.Target) (dialer.CallView, error) {
	return f.reach(ctx, "invite", id, call, "inviting", to)
}

func (f *fakeEngine) TransferTo(ctx context.Context, id, call string, to dialer.Target) (dialer.CallView, error) {
	return f.reach(ctx, "transfer", id, call, "transferring", to)
}

func (f *fakeEngine) Retrieve(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "retrieve", id, call, "talking", nil)
}

func (f *fakeEngine) Leave(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "leave", id, call, "wrap-up", nil)
}

func (f *fakeEngine) Drop(ctx context.Context, id, call, party string) (dialer.CallView, error) {
	return f.callCommand(ctx, "drop "+party, id, call, "", nil)
}

func (f *fakeEngine) Mute(ctx context.Context, id, call, party string, mute bool) (dialer.CallView, error) {
	return f.callCommand(ctx, fmt.Sprintf("mute %s %v", party, mute), id, call, "", nil)
}

func (f *fakeEngine) SendDTMF(ctx context.Context, id, call, party, digits string) (dialer.CallView, error) {
	return f.callCommand(ctx, "dtmf "+digits+" to "+party, id, call, "", func(c *dialer.CallView) {
		c.Digits = map[string]string{"dtmf_sent": digits}
	})
}

// reach offers the call to an agent; whatever else it reaches does not answer.
func (f *fakeEngine) reach(ctx context.Context, name, id, call, state string, to dialer.Target) (dialer.CallView, error) {
	return f.callCommand(ctx, fmt.Sprintf("%s %s %s%s", name, to.Kind, to.ID, to.Number), id, call, state, func(c *dialer.CallView) {
		if to.Kind != dialer.TargetAgent {
			return
		}
		f.guest[c.ID] = to.ID
		offered := *c
		offered.Agent, offered.State, offered.Offer, offered.From, offered.Allowed = to.ID, "offered", name, id, []string{"accept", "reject"}
		f.tell(to.ID, dialer.NoticeCall, offered)
	})
}
