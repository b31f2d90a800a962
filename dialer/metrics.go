package dialer

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hasshin/hasshin/dialer/callback"
)

// metrics are the engine's own figures. docs/metrics.md tells of them.
type metrics struct {
	wakeLateness *prometheus.HistogramVec // campaign, kind
	agentWait    *prometheus.HistogramVec // campaign, kind
	attempts     *prometheus.CounterVec   // campaign, result
	connects     *prometheus.HistogramVec // campaign
	held         *prometheus.CounterVec   // node
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	labels := []string{"campaign", "kind"}
	m := &metrics{
		wakeLateness: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "hasshin_callback_wake_lateness_seconds",
			Help:    "From the time that a callback was promised for until it was seen to be due, by Redis's clock. What hasshin itself is late.",
			Buckets: []float64{.001, .002, .003, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600},
		}, labels),
		agentWait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "hasshin_callback_agent_wait_seconds",
			Help:    "From a callback's being seen to be due until it was first offered to an agent, by Redis's clock. What it waits for people.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400},
		}, labels),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_attempts_total", Help: "Attempts of this process that ended, by call result.",
		}, []string{"campaign", "result"}),
		connects: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hasshin_contact_wait_seconds", Help: "From a contact's answer until contact and agent were joined, where calls are placed before there is an agent.",
			Buckets: []float64{.01, .02, .03, .05, .075, .1, .15, .25, .5, 1, 1.5, 2, 3, 5, 10},
		}, []string{"campaign"}),
		held: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_held_legs_total", Help: "Legs that were hung up, and that Asterisk went on holding until they were given up.",
		}, []string{"node"}),
	}
	if registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.wakeLateness, m.agentWait, m.attempts, m.connects, m.held} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// due notes that a callback was seen to be due.
func (m *metrics) due(p *callback.Promise, late time.Duration) {
	m.wakeLateness.WithLabelValues(p.Campaign, string(p.Kind)).Observe(max(late, 0).Seconds())
}

// offered notes that a callback is offered to an agent. How long it was with one who did not want it says nothing about the wait for one.
func (m *metrics) offered(p *callback.Promise) {
	had := slices.ContainsFunc(p.Events, func(ev callback.Event) bool {
		return !ev.At.Before(p.Seen) && slices.Contains([]string{"rejected", "cancelled", "unanswered"}, ev.Kind)
	})
	if !had && !p.Seen.IsZero() {
		m.agentWait.WithLabelValues(p.Campaign, string(p.Kind)).Observe(max(p.Since.Sub(p.Seen), 0).Seconds())
	}
}
