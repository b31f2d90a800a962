package desk_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/imports"
	"github.com/hasshin/hasshin/dialer/recording"
)

// fakeEngine does what the desk may expect of an engine, without any telephony: agents have a state and at most one call, whose commands
// succeed at once. refuse makes the next command fail; hold makes commands wait.
type fakeEngine struct {
	notify func(dialer.Notice)

	mu         sync.Mutex
	agents     map[string]*dialer.AgentView
	calls      map[string]*dialer.CallView
	owner      map[string]string // by call
	guest      map[string]string // by call: the colleague who is offered it, or takes part
	campaigns  []dialer.CampaignView
	favourites []dialer.Target
	promises   []dialer.PromiseView
	torn       error           // ends an export after its last promise
	managers   map[string]bool // who may see to everybody's callbacks
	refuse     error
	panics     bool
	hold       chan struct{} // commands wait until it is closed
	entered    chan string   // names of commands that wait
	did        []string      // commands done, in order
	kept       []recording.Meta
	sought     recording.Query
	sound      []byte // of every recording
	live       []dialer.LiveCallView
	audited    []dialer.AuditEntryView
	asked      audit.Query // of the audit log
	down       error
	serial     int
	sip        string // where phones in the page reach Asterisk
	watching   fakeWatching
	imported   []imports.Import
	rejects    string // of every import
}

func newFakeEngine(agents map[string]agent.Config) *fakeEngine {
	f := &fakeEngine{
		agents: map[string]*dialer.AgentView{}, calls: map[string]*dialer.CallView{}, owner: map[string]string{}, guest: map[string]string{},
		managers: map[string]bool{},
		campaigns: []dialer.CampaignView{{
			ID: "spring", Name: "Spring offers", Mode: "preview", State: "running", Waiting: 10,
			Callback: dialer.CallbackRulesView{Kind: "pool", Absent: dialer.AbsenceView{Then: "pool"}, Slot: 15, TimeZone: "UTC"},
		}},
		entered: make(chan string, 100),
	}
	for id, cfg := range agents {
		f.managers[id] = agent.Bundles{}.Can(agent.ManageCallbacks, cfg, agent.Change{})
		f.agents[id] = &dialer.AgentView{
			ID: id, Name: cfg.Name, State: "signed-out", Since: time.Now(), Campaigns: cfg.Campaigns,
			Phone: dialer.PhoneView{State: "disconnected", Kind: string(cfg.Phone.Kind), Leg: string(cfg.Phone.Leg), Endpoint: "PJSIP/agent-" + id},
		}
	}
	return f
}

func no(code dialer.Code, format string, args ...any) *dialer.Error {
	return &dialer.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// command waits if it is to, fails if it is to, and is noted.
func (f *fakeEngine) command(ctx context.Context, name string) error {
	f.mu.Lock()
	hold, refuse, panics := f.hold, f.refuse, f.panics
	f.refuse = nil
	f.mu.Unlock()
	if panics {
		panic("the engine's own defect")
	}
	if hold != nil {
		f.entered <- name
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if refuse != nil {
		return refuse
	}
	f.mu.Lock()
	f.did = append(f.did, name)
	f.mu.Unlock()
	return nil
}

func (f *fakeEngine) done() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.did)
}

// set changes the engine under its lock.
func (f *fakeEngine) set(change func(f *fakeEngine)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeEngine) tell(agent, kind string, data any) {
	if f.notify != nil {
		f.notify(dialer.Notice{Agent: agent, Kind: kind, At: time.Now(), Data: data})
	}
}

// agentCommand changes an agent and tells it.
func (f *fakeEngine) agentCommand(ctx context.Context, name, id string, change func(a *dialer.AgentView)) (dialer.AgentView, error) {
	if err := f.command(ctx, name+" "+id); err != nil {
		return dialer.AgentView{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.agents[id]
	if a == nil {
		return dialer.AgentView{}, no(dialer.CodeUnknownAgent, "there is no agent %q", id)
	}
	if a.State == "signed-out" && name != "sign-in" {
		return dialer.AgentView{}, no(dialer.CodeNotSignedIn, "agent %s is not signed in", id)
	}
	before := *a
	change(a)
	if before.State != a.State || before.Phone != a.Phone {
		a.Since = time.Now()
		f.tell(id, dialer.NoticeAgent, *a)
	}
	return *a, nil
}

func (f *fakeEngine) Available() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}

func (f *fakeEngine) SignIn(ctx context.Context, id string) (dialer.AgentView, error) {
	return f.agentCommand(ctx, "sign-in", id, func(a *dialer.AgentView) {
		if a.State == "signed-out" {
			a.State = "not-ready"
		}
	})
}

func (f *fakeEngine) SignOut(ctx context.Context, id string) error {
	f.mu.Lock()
	busy := f.agents[id].CallID != ""
	f.mu.Unlock()
	if busy {
		return &dialer.Error{Code: dialer.CodeWrongState, Message: "the agent has a call", State: "preview", Allowed: []string{"reject", "cancel"}}
	}
	_, err := f.agentCommand(ctx, "sign-out", id, func(a *dialer.AgentView) { a.State, a.Phone.State = "signed-out", "disconnected" })
	return err
}

func (f *fakeEngine) Agent(_ context.Context, id string) (dialer.AgentView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *f.agents[id], nil
}

func (f *fakeEngine) Agents(context.Context) ([]dialer.AgentView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []dialer.AgentView
	for _, id := range slices.Sorted(maps.Keys(f.agents)) {
		all = append(all, *f.agents[id])
	}
	return all, nil
}

func (f *fakeEngine) PhoneCredentials(ctx context.Context, id string) (dialer.PhoneCredentials, error) {
	if err := f.command(ctx, "credentials "+id); err != nil {
		return dialer.PhoneCredentials{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if a := f.agents[id]; a != nil && a.Phone.Kind == "page" {
		return dialer.PhoneCredentials{Username: "agent-" + id, Password: "sip-secret", WebSocket: f.sip}, nil
	}
	return dialer.PhoneCredentials{Username: "agent-" + id, Password: "sip-secret", Registrar: "127.0.0.1:5060"}, nil
}

func (f *fakeEngine) ConnectPhone(ctx context.Context, id string) (dialer.AgentView, error) {
	return f.agentCommand(ctx, "connect", id, func(a *dialer.AgentView) { a.Phone.State = "connected" })
}

func (f *fakeEngine) ReconnectPhone(ctx context.Context, id string) (dialer.AgentView, error) {
	return f.agentCommand(ctx, "reconnect", id, func(a *dialer.AgentView) { a.Phone.State = "connected" })
}

func (f *fakeEngine) DisconnectPhone(ctx context.Context, id string) (dialer.AgentView, error) {
	return f.agentCommand(ctx, "disconnect", id, func(a *dialer.AgentView) { a.Phone.State = "disconnected" })
}

func (f *fakeEngine) SetReady(ctx context.Context, id string) (dialer.AgentView, error) {
	return f.agentCommand(ctx, "ready", id, func(a *dialer.AgentView) { a.State, a.Reason = "ready", "" })
}

func (f *fakeEngine) SetNotReady(ctx context.Context, id, reason string) (dialer.AgentView, error) {
	return f.agentCommand(ctx, "not-ready "+reason, id, func(a *dialer.AgentView) { a.State, a.Reason = "not-ready", reason })
}

func (f *fakeEngine) NotReadyReasons() []string { return []string{"break", "lunch"} }

func (f *fakeEngine) Campaigns(ctx context.Context, id string) ([]dialer.CampaignView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return nil, f.down
	}
	return slices.Clone(f.campaigns), nil
}

func (f *fakeEngine) GetRecord(ctx context.Context, id, campaign string) (dialer.CallView, error) {
	if campaign != "spring" {
		return dialer.CallView{}, no(dialer.CodeUnknownCampaign, "there is no campaign %q", campaign)
	}
	if err := f.command(ctx, "get-record "+id); err != nil {
		return dialer.CallView{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.serial++
	c := &dialer.CallView{
		ID: fmt.Sprintf("call-%d", f.serial), Campaign: campaign, Agent: id, Origin: "campaign", State: "previewing", Since: time.Now(),
		Allowed: []string{"accept", "reject", "cancel"}, Record: dialer.RecordView{ID: "r1", Name: "Taro", Numbers: []dialer.NumberView{{Number: "+815012345600"}}},
	}
	f.calls[c.ID], f.owner[c.ID] = c, id
	f.agents[id].State, f.agents[id].CallID = "preview", c.ID
	f.tell(id, dialer.NoticeCall, *c)
	f.tell(id, dialer.NoticeAgent, *f.agents[id])
	return *c, nil
}

func (f *fakeEngine) find(id, call string) (*dialer.CallView, error) {
	c := f.calls[call]
	switch {
	case c == nil:
		return nil, no(dialer.CodeUnknownCall, "there is no call %q", call)
	case f.owner[call] != id && f.guest[call] != id:
		return nil, no(dialer.CodeNotYourCall, "call %s belongs to another agent", call)
	}
	return c, nil
}

func (f *fakeEngine) Call(_ context.Context, id, call string) (dialer.CallView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.find(id, call)
	if err != nil {
		return dialer.CallView{}, err
	}
	return *c, nil
}

// callCommand brings a call into a state and tells it.
func (f *fakeEngine) callCommand(ctx context.Context, name, id, call, state string, change func(c *dialer.CallView)) (dialer.CallView, error) {
	f.mu.Lock()
	_, err := f.find(id, call)
	f.mu.Unlock()
	if err != nil {
		return dialer.CallView{}, err
	}
	if err := f.command(ctx, name+" "+call); err != nil {
		return dialer.CallView{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.find(id, call)
	if err != nil {
		return dialer.CallView{}, err
	}
	if state != "" {
		c.State = state
	}
	if change != nil {
		change(c)
	}
	f.tell(id, dialer.NoticeCall, *c)
	if c.State == "closed" {
		delete(f.calls, call)
		f.agents[id].State, f.agents[id].CallID = "ready", ""
		f.tell(id, dialer.NoticeAgent, *f.agents[id])
	}
	return *c, nil
}

func (f *fakeEngine) Accept(ctx context.Context, id, call, number string) (dialer.CallView, error) {
	f.mu.Lock()
	guest := f.guest[call] == id
	f.mu.Unlock()
	if guest {
		return f.callCommand(ctx, "accept offer", id, call, "consulting", nil)
	}
	return f.callCommand(ctx, "accept "+number, id, call, "dialing", func(c *dialer.CallView) { c.Number = number })
}

func (f *fakeEngine) Reject(ctx context.Context, id, call, reason string) (dialer.CallView, error) {
	return f.callCommand(ctx, strings.TrimSpace("reject "+reason), id, call, "closed", nil)
}

func (f *fakeEngine) Cancel(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "cancel", id, call, "closed", nil)
}

func (f *fakeEngine) End(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "end", id, call, "wrap-up", nil)
}

func (f *fakeEngine) SetDisposition(ctx context.Context, id, call, code string) (dialer.CallView, error) {
	return f.callCommand(ctx, "disposition "+code, id, call, "", func(c *dialer.CallView) { c.Disposition = code })
}

func (f *fakeEngine) SetNote(ctx context.Context, id, call, text string) (dialer.CallView, error) {
	return f.callCommand(ctx, "note "+text, id, call, "", nil)
}

func (f *fakeEngine) Done(ctx context.Context, id, call string, opt dialer.DoneOptions) (dialer.CallView, error) {
	name := fmt.Sprintf("done %s %s %v", opt.Disposition, opt.Note, opt.Stop)
	return f.callCommand(ctx, name, id, call, "closed", func(c *dialer.CallView) { c.Disposition = opt.Disposition })
}

func (f *fakeEngine) CancelUndoable(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "cancel undoable", id, call, "returning", nil)
}

func (f *fakeEngine) Undo(ctx context.Context, id, call string) (dialer.CallView, error) {
	return f.callCommand(ctx, "undo", id, call, "wrap-up", nil)
}
