package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/bench/crowd"
	"github.com/hasshin/hasshin/bench/report"
)

// measure runs one way after the other.
type measure struct {
	o       options
	rdb     *redis.Client
	addr    string
	seen    map[string]bool // records that are out of the question for an hour
	figures []report.Figure
}

// limit is what was promised of the choice of a record.
const limit = "≤ 1 ms"

func (m *measure) all(ctx context.Context) error {
	if err := m.settle(ctx); err != nil {
		return err
	}
	alone := func(id string) (done, error) {
		return m.play(ctx, 1, job{Campaign: id, Clients: 1, Every: 5 * time.Millisecond}, m.o.span/3)
	}
	paced := func(id string) (done, error) { return m.play(ctx, m.o.processes, m.paced(id), m.o.span) }
	if err := m.inside(ctx); err != nil {
		return err
	}
	if err := m.both("one client alone", alone); err != nil {
		return err
	}
	if err := m.both(fmt.Sprintf("%d clients, %d/s", m.o.processes*m.o.clients, m.o.rate), paced); err != nil {
		return err
	}
	if err := m.flatOut(ctx); err != nil {
		return err
	}
	return m.comeDue(ctx)
}

func (m *measure) paced(id string) job {
	clients := m.o.processes * m.o.clients
	return job{Campaign: id, Clients: m.o.clients, Every: time.Duration(clients) * time.Second / time.Duration(m.o.rate)}
}

// both measures the small list and the large one in turns, twice, so that what else the machine does meets both.
func (m *measure) both(name string, play func(id string) (done, error)) error {
	all := map[string]done{}
	for range 2 {
		for _, id := range []string{"small", "large"} {
			d, err := play(id)
			if err != nil {
				return err
			}
			sum := all[id]
			sum.Chosen, sum.Closed = append(sum.Chosen, d.Chosen...), append(sum.Closed, d.Closed...)
			all[id] = sum
		}
	}
	small, large := all["small"], all["large"]
	for _, q := range []struct {
		name   string
		share  float64
		target string
	}{{"p50", 0.5, limit}, {"p99", 0.99, limit}, {"max", 1, ""}} {
		m.add(name+": choice and lease, "+q.name, crowd.Quantile(large.Chosen, q.share), "ms", report.Than(crowd.Quantile(small.Chosen, q.share)), q.target)
	}
	m.add(name+": given back for later, p50", crowd.Quantile(large.Closed, 0.5), "ms", report.Than(crowd.Quantile(small.Closed, 0.5)), "")
	m.add(name+": given back for later, p99", crowd.Quantile(large.Closed, 0.99), "ms", report.Than(crowd.Quantile(small.Closed, 0.99)), "")
	return nil
}

// inside measures what choices take within Redis, where how busy the processes are does not matter.
func (m *measure) inside(ctx context.Context) error {
	took := map[string]inside{}
	for _, id := range []string{"small", "large"} {
		d, err := m.play(ctx, 1, job{Campaign: id, Inside: true}, m.o.span/3)
		if err != nil {
			return err
		}
		took[id] = d.Inside
	}
	for _, q := range []string{"p50", "p99", "p99.9"} {
		m.add("within Redis: choice and lease, "+q, took["large"][q]/1000, "ms", report.Than(took["small"][q]/1000), limit)
	}
	return nil
}

// flatOut lets all processes choose and give back as fast as they can.
func (m *measure) flatOut(ctx context.Context) error {
	d, err := m.play(ctx, m.o.processes, job{Campaign: "large", Clients: m.o.clients}, m.o.span/3)
	if err != nil {
		return err
	}
	m.add("as fast as they can: chosen and given back", float64(len(d.Chosen))/(m.o.span/3).Seconds(), "/s", nil, "")
	return nil
}

// comeDue measures while many records come due in the same moment.
func (m *measure) comeDue(ctx context.Context) error {
	due := time.Now().Add(5*time.Second + time.Duration(m.o.herd)*time.Millisecond/2)
	for left := m.o.herd; left > 0; {
		d, err := m.play(ctx, m.o.processes, job{Campaign: "large", Clients: m.o.clients, Again: due}, time.Second)
		if err != nil {
			return err
		}
		for _, id := range d.Records {
			delete(m.seen, "large "+id) // it comes again
		}
		left -= len(d.Records)
		if time.Now().Add(2 * time.Second).After(due) {
			fmt.Fprintf(os.Stderr, "%d records fewer come due: this machine is too slow for more\n", left)
			m.o.herd -= left
			break
		}
	}
	time.Sleep(time.Until(due))
	d, err := m.play(ctx, m.o.processes, m.paced("large"), m.o.span)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%d come due at once: choice and lease, ", m.o.herd)
	m.add(name+"p50", crowd.Quantile(d.Chosen, 0.5), "ms", nil, limit)
	m.add(name+"p99", crowd.Quantile(d.Chosen, 0.99), "ms", nil, "")
	m.add(name+"max", crowd.Quantile(d.Chosen, 1), "ms", nil, "")
	return nil
}

func (m *measure) add(name string, value float64, unit string, baseline *float64, target string) {
	m.figures = append(m.figures, report.Figure{Bench: "records", Name: name, Value: value, Unit: unit, Baseline: baseline, Target: target})
}

// play lets so many processes work at the same time, and refuses a record that comes twice.
func (m *measure) play(ctx context.Context, processes int, j job, span time.Duration) (done, error) {
	j.Addr = m.addr
	j.Begin = time.Now().Add(500 * time.Millisecond)
	j.End = j.Begin.Add(span)
	self, err := os.Executable()
	if err != nil {
		return done{}, err
	}
	outs := make([]strings.Builder, processes)
	var started []*exec.Cmd
	for i := range processes {
		if j.Every > 0 && i > 0 { // each process a little after the one before
			j.Begin = j.Begin.Add(j.Every / time.Duration(j.Clients*processes))
		}
		j.Name = fmt.Sprintf("p%d", i)
		text, err := json.Marshal(j)
		if err != nil {
			return done{}, err
		}
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), childVariable+"="+string(text))
		cmd.Stdout, cmd.Stderr = &outs[i], os.Stderr
		if err = cmd.Start(); err != nil {
			return done{}, errors.Join(err, end(started))
		}
		started = append(started, cmd)
	}
	if err := end(started); err != nil {
		return done{}, err
	}
	var sum done
	for i := range outs {
		var d done
		if err := json.Unmarshal([]byte(outs[i].String()), &d); err != nil {
			return sum, fmt.Errorf("process %d: %w", i, err)
		}
		sum.Chosen, sum.Closed, sum.Records = slices.Concat(sum.Chosen, d.Chosen), slices.Concat(sum.Closed, d.Closed), slices.Concat(sum.Records, d.Records)
		sum.Inside = d.Inside
	}
	for _, id := range sum.Records {
		if m.seen[j.Campaign+" "+id] {
			return sum, fmt.Errorf("record %s was handed out twice", id)
		}
		m.seen[j.Campaign+" "+id] = true
	}
	return sum, nil
}

func end(started []*exec.Cmd) error {
	var err error
	for _, cmd := range started {
		err = errors.Join(err, cmd.Wait())
	}
	return err
}

// settle waits until Redis does not write its file anew any more, which it does after so much was imported.
func (m *measure) settle(ctx context.Context) error {
	fmt.Fprintln(os.Stderr, "waiting until Redis has written its file anew …")
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		info, err := m.rdb.Info(ctx, "persistence").Result()
		if err != nil {
			return err
		}
		if strings.Contains(info, "aof_rewrite_in_progress:0") && strings.Contains(info, "aof_rewrite_scheduled:0") {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
