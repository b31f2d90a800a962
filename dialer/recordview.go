package dialer

// answerIfDone answers commands once what they want is so.
func (r *recorder) answerIfDone() {
	kind, quiet := r.wanted()
	p := r.part
	switch {
	case p == nil && kind != "" && !r.failed && !r.paused:
		return // it is about to begin
	case p != nil && (!p.begun() || p.muting || p.muted != (quiet || r.paused)):
		return
	}
	r.answer(nil)
}

func (r *recorder) answer(err error) {
	waiters := r.waiters
	r.waiters = nil
	for _, reply := range waiters {
		if err != nil {
			reply(CallView{}, err)
		} else {
			reply(r.c.view(), nil)
		}
	}
}

// RecordingView is how a call is being recorded.
type RecordingView struct {
	State   string   `json:"state" enum:"off,recording,paused,waiting,failed" doc:"off: not recorded; paused: by the agent; waiting: it goes on when the contact is on the line; failed: it should be recorded, problem says why it is not"`
	Allowed []string `json:"allowed" doc:"commands that are possible now: record-start, record-stop, record-pause, record-resume"`
	Problem string   `json:"problem,omitempty" doc:"why it is not recorded"`
}

func (r *recorder) view() *RecordingView {
	c := r.c
	if !c.cfg.Recording.Possible() || c.e.recordings == nil || !c.state.Live() {
		return nil
	}
	v := RecordingView{State: "off", Allowed: []string{}, Problem: r.problem}
	_, quiet := r.wanted()
	switch {
	case r.failed:
		v.State = "failed"
	case r.on && r.paused:
		v.State = "paused"
	case r.on && (quiet || r.part == nil):
		v.State = "waiting"
	case r.on:
		v.State = "recording"
	}
	for _, command := range []string{recordStart, recordStop, recordPause, recordResume} {
		if r.refuse(command) == nil {
			v.Allowed = append(v.Allowed, command)
		}
	}
	return &v
}
