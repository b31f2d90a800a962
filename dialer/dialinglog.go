package dialer

import (
	"time"

	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/pacing/decisionlog"
)

// decisions is the decision log of a campaign that dials by itself, for those who ask afterwards why it dialed, or not, and for playing the day
// again under other settings.
type decisions struct {
	log      *decisionlog.Log // nil: nothing is logged
	campaign string
	pacing   pacing.Config
	zone     *time.Location
	began    time.Time // of this process's part of the log
	until    time.Time // the file's day ends
}

// openDecisions opens the logs of the campaigns that pace their calls.
func (e *Engine) openDecisions() error {
	for id, d := range e.pacers {
		d.decisions = decisions{campaign: id, pacing: d.cfg.Pacing(), zone: d.cfg.AgentZone(), began: time.Now()}
		if e.cfg.DecisionLog.Directory == "" || !d.cfg.Mode.Paced() {
			continue
		}
		var err error
		if d.decisions.log, err = decisionlog.Open(e.cfg.DecisionLog, id, d.log); err != nil {
			return err
		}
	}
	return nil
}

// now is the time as the log can tell it: what it says of how much time has passed must be what the pacing was told, also when the clock is set.
func (l *decisions) now() time.Time { return l.began.Round(0).Add(time.Since(l.began)) }

// keep writes a decision down. When the log is young, it says first who decides.
func (l *decisions) keep(e pacing.Event, d pacing.Decision) {
	if l.log == nil {
		return
	}
	if l.until.IsZero() {
		l.begin(e.At, false)
	}
	l.log.Write(pacing.Record{Event: e, Decision: d})
}

// begin begins a new file.
func (l *decisions) begin(at time.Time, continues bool) {
	year, month, day := at.In(l.zone).Date()
	l.until = time.Date(year, month, day+1, 0, 0, 0, 0, l.zone)
	l.log.Write(pacing.Record{Begin: &pacing.Begin{At: at, Campaign: l.campaign, Pacing: l.pacing, Continues: continues}})
}

// logOn begins a new file when the campaign's day is over, or when the last could not be written. Each file says where the agents are, so that a day
// can be played again from its own file.
func (d *pacer) logOn() {
	l := &d.decisions
	at := l.now()
	if l.log == nil || (at.Before(l.until) && !l.log.WantsBegin(time.Now())) {
		return
	}
	l.begin(at, true)
	for a, m := range d.members {
		d.feed(pacing.Event{Kind: m.kind(), Agent: a.id})
	}
}
