package desk_test

import (
	"context"
	"fmt"
	"slices"

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

func (f *fakeEngine) SetField(ctx context.Context, id, call, key, value string) (dialer.CallView, error) {
	return f.callCommand(ctx, fmt.Sprintf("field %s=%s", key, value), id, call, "", func(c *dialer.CallView) {
		c.Record.Fields = map[string]string{key: value}
	})
}

func (f *fakeEngine) DoNotCall(ctx context.Context, id, call string, scope dialer.DoNotCallScope) (dialer.CallView, error) {
	return f.callCommand(ctx, "do-not-call "+string(scope), id, call, "", func(c *dialer.CallView) {
		c.Record.Numbers = []dialer.NumberView{{Number: "+815012345600", DoNotCall: true}}
	})
}

// SearchTargets finds whoever is a favourite.
func (f *fakeEngine) SearchTargets(ctx context.Context, id, call, query string, limit int) ([]dialer.TargetView, error) {
	if call != "" {
		if _, err := f.Call(ctx, id, call); err != nil {
			return nil, err
		}
	}
	if err := f.command(ctx, fmt.Sprintf("targets %q %d %s", query, limit, call)); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []dialer.TargetView
	for _, t := range f.favourites {
		found = append(found, dialer.TargetView{Kind: string(t.Kind), ID: t.ID, Number: t.Number, Favourite: true})
	}
	return found, nil
}

func (f *fakeEngine) SetFavouriteTarget(ctx context.Context, id string, t dialer.Target, favourite bool) error {
	if err := f.command(ctx, fmt.Sprintf("favourite %s %s%s %v %s", t.Kind, t.ID, t.Number, favourite, id)); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.favourites = slices.DeleteFunc(f.favourites, func(old dialer.Target) bool { return old == t })
	if favourite {
		f.favourites = append(f.favourites, t)
	}
	return nil
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
