package phone

import (
	"sync"
	"sync/atomic"
	"time"
)

// pacerSlots divides a 20 ms period into starting phases of 1 ms, so that streams keep the phase in which they began and
// hundreds of them do not all send in one burst.
const pacerSlots = 20

// pacer sends for all streams of the process from one goroutine, on a schedule of absolute times that does not drift, and takes what has come for
// them. It runs while there are streams.
type pacer struct {
	mu      sync.Mutex
	slots   [pacerSlots][]*stream
	streams int
	stop    chan struct{}
	done    chan struct{}

	packets  atomic.Uint64
	worst    atomic.Int64 // nanoseconds
	overdue  atomic.Uint64
	sendFail atomic.Uint64
}

// clock paces all phones of the process: being one is the point, since timers of their own would cost a wake-up for each packet.
var clock pacer

// PacerStats tells whether this process kept its sending schedule. A benchmark whose load generator was late measured itself.
type PacerStats struct {
	// Packets sent in all.
	Packets uint64
	// Overdue packets were sent more than 10 ms after their time.
	Overdue uint64
	// Failed packets were refused by the kernel.
	Failed uint64
	// Worst is the longest delay of a packet against its schedule since the last [ResetPacing].
	Worst time.Duration
}

// Pacing returns the figures of all phones in the process since the last [ResetPacing].
func Pacing() PacerStats {
	return PacerStats{
		Packets: clock.packets.Load(),
		Overdue: clock.overdue.Load(),
		Failed:  clock.sendFail.Load(),
		Worst:   time.Duration(clock.worst.Load()),
	}
}

// ResetPacing begins the figures of [Pacing] anew.
func ResetPacing() {
	clock.packets.Store(0)
	clock.overdue.Store(0)
	clock.sendFail.Store(0)
	clock.worst.Store(0)
}

// lateBy is a delay that a receiver's jitter buffer would notice.
const lateBy = 10 * time.Millisecond

func (p *pacer) add(s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.slot = int(time.Now().UnixMilli()+1) % pacerSlots
	p.slots[s.slot] = append(p.slots[s.slot], s)
	if p.streams++; p.streams == 1 {
		p.stop, p.done = make(chan struct{}), make(chan struct{})
		go p.run(p.stop, p.done)
	}
}

// remove returns when s will not be asked to send again; for the last stream, when the goroutine has ended.
func (p *pacer) remove(s *stream) {
	p.mu.Lock()
	slot := p.slots[s.slot]
	for i := range slot {
		if slot[i] == s {
			slot[i] = slot[len(slot)-1]
			slot[len(slot)-1] = nil
			p.slots[s.slot] = slot[:len(slot)-1]
			break
		}
	}
	p.streams--
	last, done := p.streams == 0, p.done
	if last {
		close(p.stop)
	}
	p.mu.Unlock()
	if last {
		<-done
	}
}

// run walks the milliseconds. Slots are numbered by wall time so that add can choose one without knowing where run is; the
// monotonic clock in time.Time keeps steps of the wall clock out of the schedule.
func (p *pacer) run(stop, done chan struct{}) {
	defer close(done)
	at := time.Now().Truncate(time.Millisecond)
	at = time.Now().Add(time.Until(at)) // Truncate strips the monotonic reading
	slot := int(at.UnixMilli()) % pacerSlots
	timer := time.NewTimer(0)
	defer timer.Stop()
	var due []*stream
	inbox := newInbox()
	for {
		select {
		case <-stop:
			return
		case <-timer.C:
		}
		now := time.Now()
		if now.Sub(at) > 5*frameTime {
			// The machine stood still. What was missed is lost, as on a real network; streams' timestamps go on.
			missed := now.Sub(at) / time.Millisecond
			at = at.Add(missed * time.Millisecond)
			slot = int((int64(slot) + int64(missed)) % pacerSlots)
		}
		for !at.After(now) {
			p.mu.Lock()
			due = append(due[:0], p.slots[slot]...)
			p.mu.Unlock()
			for _, s := range due {
				p.note(s.send(at), at)
			}
			for _, s := range due {
				s.take(inbox)
			}
			at = at.Add(time.Millisecond)
			slot = (slot + 1) % pacerSlots
		}
		timer.Reset(time.Until(p.nextDue(&at, &slot)))
	}
}

// nextDue skips empty slots: with few calls the goroutine sleeps for most of a period.
func (p *pacer) nextDue(at *time.Time, slot *int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range 5 { // a stream may be added to a slot ahead at any time: look no further than it can wait
		if len(p.slots[*slot]) > 0 {
			break
		}
		*at = at.Add(time.Millisecond)
		*slot = (*slot + 1) % pacerSlots
	}
	return *at
}

// note books one packet sent at sent (zero: none was due) against its schedule.
func (p *pacer) note(sent time.Time, due time.Time) {
	if sent.IsZero() {
		return
	}
	p.packets.Add(1)
	late := sent.Sub(due)
	if late > lateBy {
		p.overdue.Add(1)
	}
	if int64(late) > p.worst.Load() {
		p.worst.Store(int64(late))
	}
}
