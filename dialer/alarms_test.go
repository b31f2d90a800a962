package dialer

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
)

// slowClock is a scheduler to whom an alarm is not given before so many were begun together: as if each took the disk a second.
type slowClock struct {
	Scheduler

	mu       sync.Mutex
	together int
	begun    []time.Time
	open     chan struct{}
	refuse   func(id string) error
}

func (c *slowClock) Set(ctx context.Context, id string, at time.Time) error {
	c.mu.Lock()
	c.begun = append(c.begun, at)
	if len(c.begun) == c.together {
		close(c.open)
	}
	c.mu.Unlock()
	select {
	case <-c.open:
		return c.refuse(id)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// After an outage of the scheduler, or a death between a promise and its alarm, many alarms are to be set; were it done one by one, and each takes
// up to a second on a Redis that writes to its disk every second, callbacks would come late by minutes.
func TestAlarmsThatWereNotSetAreSetTogetherTheSoonestFirst(t *testing.T) {
	const many = alarmsAtOnce + 40
	rdb := aRedis(t)
	store := campaign.NewRedisStore(rdb)
	w := chaos{Promises: many, Agents: 1}
	importChaos(t, store, w)
	begin := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	for i := range many {
		if err := seedPromise(t.Context(), store, w, i, begin.Add(time.Duration(many-i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	clock := &slowClock{together: alarmsAtOnce, open: make(chan struct{}), refuse: func(id string) error {
		if id == alarmID(rigCampaign, "seed0") {
			return errors.New("no room")
		}
		return nil
	}}
	e := &Engine{store: store, scheduler: clock}
	if err := e.setAlarms(t.Context(), rigCampaign); err == nil || err.Error() != "set the alarm of callback seed0: no room" {
		t.Errorf("it says %v", err)
	}
	if len(clock.begun) != many {
		t.Errorf("the scheduler was given %d alarms, want %d", len(clock.begun), many)
	}
	soon := begin.Add(alarmsAtOnce * time.Second)
	for _, at := range clock.begun[:min(alarmsAtOnce, len(clock.begun))] {
		if at.After(soon) {
			t.Errorf("one of %v is among the first %d, which end at %v", at, alarmsAtOnce, soon)
		}
	}
	left, err := store.Promises().Alarms(t.Context(), rigCampaign, many)
	if err != nil || len(left) != 1 || left[0].Promise != "seed0" {
		t.Errorf("left to be set: %v, %v; want the one that was refused", left, err)
	}
}
