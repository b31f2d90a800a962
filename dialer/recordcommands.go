package dialer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/recording"
)

// Commands on the recording of a call.
const (
	recordStart  = "record-start"
	recordStop   = "record-stop"
	recordPause  = "record-pause"
	recordResume = "record-resume"
)

var recordPrivilege = map[string]agent.Privilege{
	recordStart: agent.RecordCalls, recordStop: agent.RecordCalls, recordPause: agent.PauseRecordings, recordResume: "",
}

// refuse says why a command on the recording is not possible now, or nil.
func (r *recorder) refuse(command string) *Error {
	c := r.c
	if p := recordPrivilege[command]; !c.may(p) {
		return without(p, "%s needs the privilege %s", command, p)
	}
	if !c.cfg.Recording.Possible() || c.e.recordings == nil {
		return refuse(CodeNotRecorded, "calls of campaign %s are not recorded", c.campaignID)
	}
	possible := c.state.Live() && c.state != call.Ending && c.state != call.Handing
	switch command {
	case recordStart:
		possible = possible && (!r.on || r.failed)
	case recordStop:
		if c.cfg.Recording.When == recording.Always {
			return refuse(CodeWrongState, "all calls of campaign %s are recorded; recording can be paused", c.campaignID)
		}
		possible = possible && r.on
	case recordPause:
		possible = possible && r.on && !r.paused
	case recordResume:
		possible = possible && r.on && r.paused
	}
	if !possible {
		err := refuse(CodeWrongState, "%s is not possible now", command)
		err.State = string(c.state)
		return err
	}
	return nil
}

func (c *callActor) doRecord(command string, reply func(CallView, error)) {
	r := &c.recorder
	if err := r.refuse(command); err != nil {
		reply(CallView{}, err)
		return
	}
	switch command {
	case recordStart:
		r.on, r.paused, r.failed, r.drawn, r.problem, r.announced = true, false, false, true, "", false
	case recordStop:
		r.on, r.paused = false, false
	case recordPause:
		r.paused = true
	case recordResume:
		r.paused = false
	}
	c.log.Info().Str("command", command).Msg("recording of the call")
	r.waiters = append(r.waiters, reply)
	r.settle()
	c.changed()
}

// StartRecording begins to record a call, and answers when Asterisk records. What was said before is not in it.
func (e *Engine) StartRecording(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.record(ctx, agentID, callID, recordStart)
}

// StopRecording ends the recording of a call. Refused in a campaign all whose calls are recorded.
func (e *Engine) StopRecording(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.record(ctx, agentID, callID, recordStop)
}

// PauseRecording keeps what is said from now on out of the recording, as the number of a card must be (PCI DSS, requirement 3.3), and answers when
// nothing is recorded any more. The file is silent as long.
func (e *Engine) PauseRecording(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.record(ctx, agentID, callID, recordPause)
}

// ResumeRecording ends PauseRecording.
func (e *Engine) ResumeRecording(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.record(ctx, agentID, callID, recordResume)
}

func (e *Engine) record(ctx context.Context, agentID, callID, command string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doRecord(command, reply) }, nil)
}

// mayHear refuses recordings of agents whom somebody does not supervise, and of campaigns without the privilege.
func (e *Engine) mayHear(by *agentActor, m recording.Meta, p agent.Privilege) *Error {
	return e.maySupervise(by.cfg, m.Agent, m.Campaign, p)
}

func (e *Engine) recordingStore() (*recordings, error) {
	if e.recordings == nil {
		return nil, refuse(CodeUnknownRecording, "nothing is recorded: no directory for recordings is configured")
	}
	return e.recordings, nil
}

// Recordings lists recordings, the newest first, as far as their agents are ones whom by may hear.
func (e *Engine) Recordings(ctx context.Context, by string, q recording.Query) ([]recording.Meta, error) {
	a, err := e.agent(by)
	if err != nil {
		return nil, err
	}
	keeper, err := e.recordingStore()
	if err != nil {
		return []recording.Meta{}, nil
	}
	q.Allow = func(m recording.Meta) bool { return e.mayHear(a, m, agent.HearRecordings) == nil }
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	found, err := keeper.store.List(ctx, q)
	if err != nil {
		return nil, &Error{Code: CodeStoreUnavailable, Message: "recordings cannot be looked up now", Err: err}
	}
	return found, nil
}

// Recording is one recording.
func (e *Engine) Recording(ctx context.Context, by, id string) (recording.Meta, error) {
	return e.recordingFor(ctx, by, id, agent.HearRecordings)
}

func (e *Engine) recordingFor(ctx context.Context, by, id string, p agent.Privilege) (recording.Meta, error) {
	a, err := e.agent(by)
	if err != nil {
		return recording.Meta{}, err
	}
	keeper, err := e.recordingStore()
	if err != nil {
		return recording.Meta{}, err
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	m, err := keeper.store.Get(ctx, id)
	switch {
	case errors.Is(err, recording.ErrUnknown):
		return recording.Meta{}, refuse(CodeUnknownRecording, "there is no recording %q", id)
	case err != nil:
		return recording.Meta{}, &Error{Code: CodeStoreUnavailable, Message: "recordings cannot be looked up now", Err: err}
	}
	if err := e.mayHear(a, m, p); err != nil {
		return recording.Meta{}, err
	}
	return m, nil
}

// OpenRecording opens a recording's file, which the caller must close. Who hears it is in the audit log, if note says so: whoever reads the file in
// pieces is noted at the first. ctx must last as long as it is read.
func (e *Engine) OpenRecording(ctx context.Context, by, id string, note bool) (recording.Meta, io.ReadSeekCloser, error) {
	m, err := e.recordingFor(ctx, by, id, agent.HearRecordings)
	if err != nil {
		return m, nil, err
	}
	if m.State != recording.Stored {
		err := refuse(CodeWrongState, "the recording has no file: %s", cmp.Or(m.Problem, "it is "+string(m.State)))
		err.State = string(m.State)
		return m, nil, err
	}
	if note {
		if err := e.noteAudit(ctx, e.auditOf(audit.PlayRecording, by, m)); err != nil {
			return m, nil, err
		}
	}
	file, err := e.recordings.open(ctx, m)
	if err != nil {
		e.log.Error().Err(err).Str("recording", id).Str("file", m.File).Msg("a recording's file cannot be opened")
		return m, nil, &Error{Code: CodeUnknownRecording, Message: "the recording's file is not there", Err: err}
	}
	return m, file, nil
}

func (e *Engine) auditOf(kind audit.Kind, by string, m recording.Meta) audit.Entry {
	now := time.Now()
	return audit.Entry{
		ID: newID(), Kind: kind, By: by, Agent: m.Agent, Call: m.Call, Campaign: m.Campaign, Record: m.Record, Recording: m.ID, From: now, To: now,
	}
}

// DeleteRecording deletes a recording for good. One that is going on, or whose file is being made, is refused.
func (e *Engine) DeleteRecording(ctx context.Context, by, id string) error {
	m, err := e.recordingFor(ctx, by, id, agent.DeleteRecordings)
	if err != nil {
		return err
	}
	if slices.Contains([]recording.State{recording.Recording, recording.Collecting}, m.State) {
		err := refuse(CodeWrongState, "the recording is not finished")
		err.State = string(m.State)
		return err
	}
	if err := e.noteAudit(ctx, e.auditOf(audit.DeleteRecording, by, m)); err != nil {
		return err
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	return e.recordings.remove(ctx, m)
}
