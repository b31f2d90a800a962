package dialer

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/hasshin/hasshin/dialer/recording"
)

// recordingMetrics tell how recordings do. docs/metrics.md tells of them.
type recordingMetrics struct {
	kept       *prometheus.CounterVec // campaign, outcome
	brokenOff  *prometheus.CounterVec // campaign
	unfinished prometheus.GaugeFunc
}

// Outcomes of a recording.
const (
	outcomeWhole      = "whole"
	outcomeIncomplete = "incomplete"
	outcomeLost       = "lost"
)

func newRecordingMetrics(r *recordings, registry prometheus.Registerer) (*recordingMetrics, error) {
	m := &recordingMetrics{
		kept: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_recordings_total", Help: "Recordings that are over and seen to: whole, incomplete (with a problem) or lost.",
		}, []string{"campaign", "outcome"}),
		brokenOff: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_recordings_broken_off_total", Help: "Times that a call that was to be recorded was so no longer, as when Asterisk's disk is full.",
		}, []string{"campaign"}),
		unfinished: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "hasshin_recordings_unfinished", Help: "Recordings that are over and whose file this process has yet to make.",
		}, r.unfinished),
	}
	if registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.kept, m.brokenOff, m.unfinished} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *recordingMetrics) done(rec *recording.Meta) {
	outcome := outcomeWhole
	switch {
	case rec.State == recording.Lost:
		outcome = outcomeLost
	case rec.Problem != "":
		outcome = outcomeIncomplete
	}
	m.kept.WithLabelValues(rec.Campaign, outcome).Inc()
}

// unfinished counts the recordings whose files are to be made.
func (r *recordings) unfinished() (n float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, goesOn := range r.held {
		if !goesOn {
			n++
		}
	}
	return n
}
