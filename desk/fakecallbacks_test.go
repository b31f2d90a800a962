package desk_test

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
)

// The fake engine's callbacks. A draft for the year 2020 is past, any other is right.

func judged(d callback.Draft) callback.Verdict {
	v := callback.Verdict{Draft: d, Due: time.Date(2031, 5, 6, 1, 0, 0, 0, time.UTC)}
	if d.When.At < "2021" {
		v.Problems = []callback.DraftProblem{{Code: callback.CodePast, Field: callback.FieldAt, Message: d.When.At + " is past"}}
		v.Slots = []callback.Slot{{At: v.Due, When: callback.LocalTime{At: "2031-05-06T10:00", Zone: "Asia/Tokyo"}}}
	}
	return v
}

func invalid(v callback.Verdict) error {
	return &dialer.Error{Code: dialer.CodeInvalidCallback, Message: "the callback cannot be promised", Verdict: &v}
}

func (f *fakeEngine) CheckCallback(ctx context.Context, id, call string, d callback.Draft) (callback.Verdict, error) {
	if _, err := f.Call(ctx, id, call); err != nil {
		return callback.Verdict{}, err
	}
	if err := f.command(ctx, fmt.Sprintf("check %s %s %s %s", d.When.At, d.When.Zone, d.Kind, call)); err != nil {
		return callback.Verdict{}, err
	}
	return judged(d), nil
}

func (f *fakeEngine) SetCallback(ctx context.Context, id, call string, d callback.Draft) (dialer.CallView, error) {
	verdict := judged(d)
	if !verdict.OK() {
		return dialer.CallView{}, invalid(verdict)
	}
	return f.callCommand(ctx, "callback "+d.When.At, id, call, "", func(c *dialer.CallView) { c.Callback = &verdict })
}

func (f *fakeEngine) ClearCallback(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "clear-callback", id, call, "", func(c *dialer.CallView) { c.Callback = nil })
}

func (f *fakeEngine) book(id, campaign string, everybodys bool) ([]dialer.PromiseView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if campaign != "" && campaign != "spring" {
		return nil, no(dialer.CodeUnknownCampaign, "there is no campaign %q", campaign)
	}
	if everybodys && !f.managers[id] {
		return nil, &dialer.Error{Code: dialer.CodeForbidden, Message: "it is another's", Privilege: agent.ManageCallbacks}
	}
	var found []dialer.PromiseView
	for _, p := range f.promises {
		if everybodys || p.Holder == id {
			found = append(found, p)
		}
	}
	return found, nil
}

func (f *fakeEngine) Callbacks(ctx context.Context, id string, q dialer.CallbackQuery) ([]dialer.PromiseView, error) {
	found, err := f.book(id, q.Campaign, q.Everybodys)
	if err != nil {
		return nil, err
	}
	if err := f.command(ctx, fmt.Sprintf("book %s %v %s %s %s %d", q.Campaign, q.Everybodys, q.Scope, when(q.From), when(q.Before), q.Limit)); err != nil {
		return nil, err
	}
	return found[:min(q.Limit, len(found))], nil
}

func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (f *fakeEngine) Callback(_ context.Context, id, campaign, promise string) (dialer.PromiseView, error) {
	if _, err := f.book(id, campaign, false); err != nil {
		return dialer.PromiseView{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.promises {
		switch {
		case p.ID != promise:
		case p.Holder != id && !f.managers[id]:
			return dialer.PromiseView{}, &dialer.Error{Code: dialer.CodeForbidden, Message: "it is another's", Privilege: agent.ManageCallbacks}
		default:
			return p, nil
		}
	}
	return dialer.PromiseView{}, no(dialer.CodeUnknownCallback, "there is no callback %q", promise)
}

// onPromise does a command of the book.
func (f *fakeEngine) onPromise(ctx context.Context, name, id, campaign, promise string, change func(p *dialer.PromiseView)) (dialer.PromiseView, error) {
	p, err := f.Callback(ctx, id, campaign, promise)
	if err != nil {
		return dialer.PromiseView{}, err
	}
	if err := f.command(ctx, name+" "+promise); err != nil {
		return dialer.PromiseView{}, err
	}
	change(&p)
	return p, nil
}

func (f *fakeEngine) MoveCallback(ctx context.Context, id, campaign, promise string, to callback.LocalTime, why string) (dialer.PromiseView, error) {
	verdict := judged(callback.Draft{When: to})
	if !verdict.OK() {
		return dialer.PromiseView{}, invalid(verdict)
	}
	return f.onPromise(ctx, fmt.Sprintf("move %s %q", to.At, why), id, campaign, promise, func(p *dialer.PromiseView) { p.Due = verdict.Due })
}

func (f *fakeEngine) HandOverCallback(ctx context.Context, id, campaign, promise, to string) (dialer.PromiseView, error) {
	return f.onPromise(ctx, fmt.Sprintf("hand-over %q", to), id, campaign, promise, func(p *dialer.PromiseView) { p.ID, p.Owner = "next", to })
}

func (f *fakeEngine) CancelCallback(ctx context.Context, id, campaign, promise, why string) (dialer.PromiseView, error) {
	return f.onPromise(ctx, fmt.Sprintf("cancel %q", why), id, campaign, promise, func(p *dialer.PromiseView) { p.State = "cancelled" })
}

func (f *fakeEngine) ReleaseCallback(ctx context.Context, id, campaign, promise string) (dialer.PromiseView, error) {
	return f.onPromise(ctx, "release", id, campaign, promise, func(p *dialer.PromiseView) { p.Queue = "pool" })
}

func (f *fakeEngine) CallbackLedger(ctx context.Context, id, campaign string, from, before time.Time) (iter.Seq2[dialer.PromiseView, error], error) {
	found, err := f.book(id, campaign, true)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	torn := f.torn
	f.mu.Unlock()
	return func(yield func(dialer.PromiseView, error) bool) {
		if err := f.command(ctx, fmt.Sprintf("ledger %s %s %s", campaign, when(from), when(before))); err != nil {
			yield(dialer.PromiseView{}, err)
			return
		}
		for _, p := range found {
			if !yield(p, nil) {
				return
			}
		}
		if torn != nil {
			yield(dialer.PromiseView{}, torn)
		}
	}, nil
}
