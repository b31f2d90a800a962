package dialer

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/scheduler/calendar"
)

// occasion is a time that has come.
func occasion(at time.Time) calendar.Occasion { return calendar.Occasion{Due: at, Attempt: 1} }

// perform does a work of the shift's engine as the calendar does at a time.
func (s *shift) perform(name string, at time.Time) {
	s.t.Helper()
	works, err := s.engine.works()
	s.must(err)
	for _, w := range works {
		if w.Name == name {
			s.must(w.Do(s.ctx(), occasion(at)))
			return
		}
	}
	s.t.Fatalf("there is no work %s", name)
}

// openFor lets the rig's campaign be open at this moment, or not, by its calendar.
func openFor(open bool) func(*Config) {
	return func(c *Config) {
		k := c.Campaigns[rigCampaign]
		now := time.Now().UTC()
		before, after := now.Add(-6*time.Hour).Format("4 15 * * *"), now.Add(6*time.Hour).Format("4 15 * * *")
		k.Calendar.TimeZone, k.Calendar.Open, k.Calendar.Close = "UTC", before, after
		if !open {
			k.Calendar.Open, k.Calendar.Close = after, before
		}
		c.Campaigns[rigCampaign] = k
	}
}

func TestTheCalendarOpensAndClosesUnlessSomebodyDecidedSince(t *testing.T) {
	s := newShift(t, withBoss, openFor(true))
	if !s.engine.running(rigCampaign) {
		t.Error("it is open by its calendar, but stopped")
	}
	began := time.Now()
	s.perform("close/spring", began.Add(time.Second))
	if s.engine.running(rigCampaign) {
		t.Error("closed by its calendar, it runs")
	}
	s.perform("open/spring", began.Add(2*time.Second))
	s.perform("close/spring", began.Add(time.Second)) // once more, late
	if !s.engine.running(rigCampaign) {
		t.Error("a closing came after the opening that followed it, and closed it")
	}
	_, err := s.engine.StopCampaign(s.ctx(), "yuki", rigCampaign, "", true)
	s.must(err)
	s.perform("open/spring", began.Add(time.Hour))
	if s.engine.running(rigCampaign) {
		t.Error("the calendar started what is held")
	}
	v, err := s.engine.StartCampaign(s.ctx(), "yuki", rigCampaign, "")
	s.must(err)
	if len(v.Log) != 4 || v.Log[2].By != "" || v.Log[2].Why != byCalendar {
		t.Errorf("log %+v", v.Log)
	}
}

func TestACampaignBeginsAsItsCalendarHasIt(t *testing.T) {
	s := newShift(t, withBoss, openFor(false))
	s.arrive("hanako")
	if _, err := s.engine.GetRecord(s.ctx(), "hanako", rigCampaign); s.refusal(err) != CodeCampaignStopped {
		t.Errorf("a record out of hours: %v", err)
	}
	var works []WorkView
	s.eventually("the calendar is entered", func() bool {
		var err error
		works, err = s.engine.Calendar(s.ctx(), "yuki")
		s.must(err)
		for _, w := range works {
			if w.Next == nil {
				return false
			}
		}
		return len(works) == 4
	})
	for _, w := range works {
		if w.Campaign != rigCampaign || w.Zone != "UTC" || !w.Next.At.After(time.Now()) {
			t.Errorf("work %+v", w)
		}
	}
	if _, err := s.engine.Calendar(s.ctx(), "hanako"); s.refusal(err) != CodeForbidden {
		t.Errorf("an agent sees the calendar: %v", err)
	}
}

func TestTheDaysFiguresAreKeptOnce(t *testing.T) {
	s := newShift(t, withBoss)
	s.arrive("hanako")
	v := s.talk("hanako")
	_, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale", Stop: true})
	s.must(err)
	midnight := time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	s.perform("day/spring", midnight)
	s.perform("day/spring", midnight)
	s.perform("day/spring", midnight.Add(24*time.Hour))
	days, err := s.engine.CampaignDays(s.ctx(), "yuki", rigCampaign, 10)
	s.must(err)
	if len(days) != 2 || days[1].Date != "2026-04-01" || days[1].Results[string(call.Answered)] != 1 || days[1].Dispositions["sale"] != 1 {
		t.Fatalf("days %+v", days)
	}
	if days[0].Date != "2026-04-02" || days[0].Since != "2026-04-01" || len(days[0].Results) != 0 {
		t.Errorf("a day on which nothing was done: %+v", days[0])
	}
}

func TestCallbacksThatEndedLongAgoAreForgotten(t *testing.T) {
	s := newShift(t, func(c *Config) { c.inRig(func(k *callback.Config) { k.Keep = 24 * time.Hour }) })
	s.arrive("hanako")
	for range 2 {
		s.promised("hanako", in(time.Hour, callback.Personal))
	}
	open, err := s.store.Promises().List(s.ctx(), rigCampaign, campaign.Filter{})
	s.must(err)
	_, err = s.engine.CancelCallback(s.ctx(), "hanako", rigCampaign, open[0].ID, "")
	s.must(err)
	s.perform("forget/spring", time.Now().Add(23*time.Hour))
	s.ledger(open[0].ID, callback.Cancelled)
	s.perform("forget/spring", time.Now().Add(25*time.Hour))
	if _, err := s.engine.Callback(s.ctx(), "hanako", rigCampaign, open[0].ID); s.refusal(err) != CodeUnknownCallback {
		t.Errorf("after a day: %v", err)
	}
	s.ledger(open[1].ID, callback.Waiting)
	if left := s.rdb.Exists(s.ctx(), "hs:{c:spring}:cblog:"+open[0].ID).Val(); left != 0 {
		t.Error("its ledger is still there")
	}
}

func TestThePacingIsToldOfCallbacksThatAreDueSoon(t *testing.T) {
	s := newShift(t, withBoss)
	s.arrive("hanako")
	s.promised("hanako", in(30*time.Minute, callback.Pool))
	count := func(within time.Duration) int64 {
		t.Helper()
		n, err := s.engine.callbacksDue(s.ctx(), rigCampaign, within)
		s.must(err)
		return n
	}
	if soon, later := count(time.Minute), count(time.Hour); soon != 0 || later != 1 {
		t.Errorf("%d within a minute, %d within an hour; want 0 and 1", soon, later)
	}
	s.switchTo(false)
	if n := count(time.Hour); n != 0 {
		t.Errorf("%d in a stopped campaign, whose callbacks wait", n)
	}
}

// recycled is how often a record began anew.
func (s *shift) recycled(record string) (n int, state campaign.State) {
	s.t.Helper()
	r, err := s.store.Get(s.ctx(), rigCampaign, record)
	s.must(err)
	for _, h := range r.History {
		if h.Ending == campaign.EndedRecycled {
			n++
		}
	}
	return n, r.State
}

// recycles lets the rig's campaign recycle by its calendar.
func recycles(c campaign.RecycleConfig) func(*Config) {
	return func(cfg *Config) {
		k := cfg.Campaigns[rigCampaign]
		k.Calendar.Recycle = c
		cfg.Campaigns[rigCampaign] = k
	}
}

func TestRecordsBeginAnewAtTimesOfTheCalendar(t *testing.T) {
	s := newShift(t, recycles(campaign.RecycleConfig{At: "0 3 * * sun", Dispositions: []string{"sale"}, Older: time.Hour}))
	s.arrive("hanako")
	sold := s.talk("hanako")
	_, err := s.engine.Done(s.ctx(), "hanako", sold.ID, DoneOptions{Disposition: "sale", Stop: true})
	s.must(err)
	other := s.talk("hanako")
	_, err = s.engine.Done(s.ctx(), "hanako", other.ID, DoneOptions{Disposition: "never", Stop: true})
	s.must(err)
	now := time.Now()
	s.perform("recycle/spring", now.Add(59*time.Minute))
	if n, state := s.recycled(sold.Record.ID); n != 0 || state != campaign.Closed {
		t.Errorf("closed less than an hour before, it began anew %d times and is %s", n, state)
	}
	for range 2 { // the second time after a process died in the middle of the first
		s.perform("recycle/spring", now.Add(2*time.Hour))
	}
	if n, state := s.recycled(sold.Record.ID); n != 1 || state != campaign.Ready {
		t.Errorf("it began anew %d times and is %s; want once, and ready", n, state)
	}
	if n, state := s.recycled(other.Record.ID); n != 0 || state != campaign.Closed {
		t.Errorf("one that was not sold began anew %d times and is %s", n, state)
	}
}

// Both processes have it in their calendars; the time of the calendar comes once.
func TestRecordsBeginAnewOnceWhateverTheNumberOfProcesses(t *testing.T) {
	first, second := newProcesses(t, withBoss, recycles(campaign.RecycleConfig{At: "@every 1s", Dispositions: []string{"sale"}}))
	second.arrive("hanako")
	v := second.talk("hanako")
	_, err := second.engine.Done(second.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale", Stop: true})
	second.must(err)
	runs := func() (last time.Time) {
		works, err := first.engine.Calendar(first.ctx(), "yuki")
		first.must(err)
		for _, w := range works {
			if w.Work == workRecycle && w.Last != nil && w.Last.Error == "" {
				last = w.Last.Due
			}
		}
		return last
	}
	first.eventually("it began anew", func() bool {
		n, state := first.recycled(v.Record.ID)
		return n == 1 && state == campaign.Ready
	})
	began := runs()
	first.eventually("it was gone through again", func() bool { return runs().After(began) })
	if n, _ := first.recycled(v.Record.ID); n != 1 {
		t.Errorf("it began anew %d times, want once", n)
	}
}
