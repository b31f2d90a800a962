package trunk

import "github.com/prometheus/client_golang/prometheus"

// figures are those of docs/metrics.md.
type figures struct {
	inUse, limit, backedOff *prometheus.GaugeVec
	congestion, refusals    *prometheus.CounterVec
}

func newFigures(registry prometheus.Registerer) (*figures, error) {
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"trunk"})
	}
	f := &figures{
		inUse:     gauge("hasshin_trunk_channels", "Channels of the trunk in use, by all processes."),
		limit:     gauge("hasshin_trunk_channels_limit", "How many channels calls that are placed without an agent may use; -1 for any number."),
		backedOff: gauge("hasshin_trunk_backed_off", "1 while fewer calls are placed because the network had no room."),
		congestion: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_trunk_congestion_total", Help: "Calls of this process that the network had no room for.",
		}, []string{"trunk"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_trunk_refused_total", Help: "Times that this process got no channel, by why and for whom.",
		}, []string{"trunk", "why", "kind"}),
	}
	if registry == nil {
		return f, nil
	}
	for _, c := range []prometheus.Collector{f.inUse, f.limit, f.backedOff, f.congestion, f.refusals} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *figures) state(trunk string, used, most int, backed bool) {
	f.inUse.WithLabelValues(trunk).Set(float64(used))
	f.limit.WithLabelValues(trunk).Set(float64(most))
	on := 0.0
	if backed {
		on = 1
	}
	f.backedOff.WithLabelValues(trunk).Set(on)
}

func (f *figures) congested(trunk string) { f.congestion.WithLabelValues(trunk).Inc() }

func (f *figures) refused(trunk string, why Reason, kind string) {
	f.refusals.WithLabelValues(trunk, string(why), kind).Inc()
}
