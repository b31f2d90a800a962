package scheduler

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the scheduler's own figures.
type metrics struct {
	lateness prometheus.Histogram
	created  prometheus.Histogram
	settled  *prometheus.CounterVec // how
	shards   prometheus.Gauge
	running  prometheus.Gauge
}

func newMetrics(name string, registry prometheus.Registerer) (*metrics, error) {
	labels := prometheus.Labels{"scheduler": name}
	m := &metrics{
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hasshin_scheduler_lateness_seconds", Help: "From an entry's due time to its claim, by Redis's clock.", ConstLabels: labels,
			Buckets: []float64{.0005, .001, .002, .003, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}),
		created: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hasshin_scheduler_create_seconds", Help: "Until an entry was written and durable.", ConstLabels: labels,
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 1.5, 2, 3, 5},
		}),
		settled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_scheduler_settled_total", ConstLabels: labels,
			Help: "Claims that ended, by how: ack, cancel, snooze, retry, release, or lost and gone for those that were no longer ours.",
		}, []string{"how"}),
		shards: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hasshin_scheduler_shards", Help: "Shards that this process claims from.", ConstLabels: labels,
		}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hasshin_scheduler_jobs", Help: "Jobs in this process's handler now.", ConstLabels: labels,
		}),
	}
	if registry == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.lateness, m.created, m.settled, m.shards, m.running} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) settle(how string, err error) {
	switch {
	case errors.Is(err, ErrLost):
		how = "lost"
	case errors.Is(err, ErrGone):
		how = "gone"
	}
	m.settled.WithLabelValues(how).Inc()
}
