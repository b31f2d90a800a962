package trunk

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Run renews leases until ctx ends. Then the channels are left to the leases: the legs may still be there, for the next process.
func (l *Limiter) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer l.end()
	var renewed time.Time
	for {
		all := time.Since(renewed) >= renewEvery
		if all {
			renewed = time.Now()
			l.dropUnplaced()
		}
		for name, legs := range l.toKeep(all) {
			if err := l.keep(ctx, name, legs); err != nil && ctx.Err() == nil {
				l.failed(name, err)
			} else {
				l.well(name)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// end waits for what Redis is being told.
func (l *Limiter) end() {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.giving.Wait()
}

// toKeep are the legs of each trunk that is to be asked about now: all trunks, or those without a free channel.
func (l *Limiter) toKeep(all bool) map[string][]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	keep := map[string][]string{}
	for name, t := range l.trunks {
		if all || t.free == 0 {
			keep[name] = nil
		}
	}
	for leg, h := range l.legs {
		if _, asked := keep[h.trunk]; asked && all {
			keep[h.trunk] = append(keep[h.trunk], leg)
		}
	}
	return keep
}

func (l *Limiter) keep(ctx context.Context, name string, legs []string) error {
	for {
		some := legs[:min(len(legs), keepAtOnce)]
		legs = legs[len(some):]
		if _, err := l.ask(ctx, keepScript, name, 0, anys(l.still(some))...); err != nil {
			return err
		}
		if len(legs) == 0 {
			break
		}
	}
	return nil
}

// still are those that were not given back meanwhile.
func (l *Limiter) still(legs []string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(legs), func(leg string) bool { return l.legs[leg] == nil })
}

func (l *Limiter) dropUnplaced() {
	l.mu.Lock()
	var never []string
	for leg, h := range maps.All(l.legs) {
		if !h.confirmed && time.Since(h.taken) > unconfirmed {
			never = append(never, leg)
		}
	}
	l.mu.Unlock()
	for _, leg := range never {
		l.Give(leg, Unknown)
	}
}

// failed tells once that Redis does not answer.
func (l *Limiter) failed(name string, err error) {
	l.mu.Lock()
	first := !l.trunks[name].failing
	l.trunks[name].failing = true
	l.mu.Unlock()
	if first {
		l.opts.Logger.Warn().Err(err).Str("trunk", name).Msg("the channels of the trunk cannot be counted; it is tried again")
	}
}

func (l *Limiter) well(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trunks[name].failing = false
}
