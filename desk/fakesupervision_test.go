package desk_test

import (
	"context"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
)

// watches refuses whoever is no supervisor.
func (f *fakeEngine) watches(by string, p agent.Privilege) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.managers[by] {
		return nil
	}
	return &dialer.Error{Code: dialer.CodeForbidden, Message: "only supervisors may", Privilege: p}
}

func (f *fakeEngine) SuperviseAgent(ctx context.Context, by, of string, mode dialer.SuperviseMode) (dialer.AgentView, error) {
	if err := f.watches(by, agent.ListenIn); err != nil {
		return dialer.AgentView{}, err
	}
	return f.agentCommand(ctx, "supervise "+of+" "+string(mode), by, func(a *dialer.AgentView) {
		a.State, a.Supervision = "supervising", &dialer.SupervisionView{Agent: of, Follows: "agent", Mode: string(mode), State: "waiting", Since: time.Now()}
	})
}

func (f *fakeEngine) SuperviseCall(ctx context.Context, by, call string, mode dialer.SuperviseMode) (dialer.AgentView, error) {
	if err := f.watches(by, agent.ListenIn); err != nil {
		return dialer.AgentView{}, err
	}
	return f.agentCommand(ctx, "supervise "+call+" "+string(mode), by, func(a *dialer.AgentView) {
		a.State, a.Supervision = "supervising", &dialer.SupervisionView{Call: call, Follows: "call", Mode: string(mode), State: "connected", Since: time.Now()}
	})
}

func (f *fakeEngine) StopSupervising(ctx context.Context, by string) (dialer.AgentView, error) {
	return f.agentCommand(ctx, "stop-supervising", by, func(a *dialer.AgentView) { a.State, a.Supervision = "not-ready", nil })
}

func (f *fakeEngine) TakeOver(ctx context.Context, by string) (dialer.CallView, error) {
	if err := f.watches(by, agent.TakeOverCalls); err != nil {
		return dialer.CallView{}, err
	}
	return dialer.CallView{ID: "taken", Agent: by, State: "talking"}, f.command(ctx, "take-over "+by)
}

func (f *fakeEngine) EndSupervised(ctx context.Context, by, call string) (dialer.LiveCallView, error) {
	if err := f.watches(by, agent.EndOthersCalls); err != nil {
		return dialer.LiveCallView{}, err
	}
	return dialer.LiveCallView{ID: call, State: "wrap-up"}, f.command(ctx, "end-live-call "+call)
}

func (f *fakeEngine) LiveCalls(ctx context.Context, _ string) ([]dialer.LiveCallView, error) {
	if err := f.command(ctx, "live-calls"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.live), nil
}

func (f *fakeEngine) AuditLog(ctx context.Context, _ string, q audit.Query) ([]dialer.AuditEntryView, error) {
	if err := f.command(ctx, "audit"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = q
	return slices.Clone(f.audited), nil
}

func (f *fakeEngine) SignOutOther(ctx context.Context, by, id string) error {
	if err := f.watches(by, agent.SignOthersOut); err != nil {
		return err
	}
	f.mu.Lock()
	_, known := f.agents[id]
	f.mu.Unlock()
	if !known {
		return &dialer.Error{Code: dialer.CodeUnknownAgent, Message: "there is no agent " + id}
	}
	return f.SignOut(ctx, id)
}
