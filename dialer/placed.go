package dialer

import (
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// placed is a call that was placed before there was an agent for it. It belongs to the campaign's dialing until an agent has it; then it is a call
// like any other, under the same id.
type placed struct {
	id      string
	node    *node
	record  *campaign.Record
	token   campaign.Token
	attempt campaign.Attempt
	stage   stage
	sought  time.Time // when a record was looked for; zero if that was the last process
	made    time.Time // when Asterisk answered that it has made the channel; zero before
	log     zerolog.Logger

	mode    string               // of the campaign when it was placed
	tried   tried                // for the history
	verdict call.Result          // what it is when we, not the contact or the network, end it
	asked   *agentActor          // stage putting: who is to take it
	refused map[*agentActor]bool // who could not
	early   []leg                // stage putting: what happened meanwhile, for whoever has the call then
	late    bool                 // stage putting: the connect limit has passed meanwhile
	limit   *time.Timer          // the connect limit, or how long it may ring or be told the message
	lease   *time.Timer
	silence *time.Timer // stage machine: it has said nothing for long enough
	hanging bool        // it is being hung up
	playing bool        // stage announcing: the announcement is not over
	pressed string      // in answer to the announcement
	wanted  time.Time   // when it wanted an agent, if not from its answer
	revived bool        // of the last process, and not yet compared with what Asterisk has
}

// stage is how far a placed call has come. Stages only go forward, but between waiting and putting.
type stage string

const (
	stageDialed     stage = "dialed"     // asked for, or ringing
	stageAnalysing  stage = "analysing"  // answered: AMD() listens whether by a machine
	stageAnnouncing stage = "announcing" // a person hears the announcement, and may press a digit
	stageWaiting    stage = "waiting"    // a person is there, and no agent
	stagePutting    stage = "putting"    // an agent's goroutine has been asked to take it
	stageTelling    stage = "telling"    // abandoned: the message is being played
	stageMachine    stage = "machine"    // a machine is there: its greeting is waited out, or it is being hung up on
	stageLeaving    stage = "leaving"    // the message for the machine is being played
	stageEnded      stage = "ended"      // the channel is gone; the calling list is being told
)

func (p *placed) channel() string { return callChannel(p.id, legContact) }

// messagePlayback names the playback of the message to an abandoned contact.
func messagePlayback(call string) string { return callChannel(call, "message") }

func (p *placed) stopTimers() {
	for _, t := range []*time.Timer{p.limit, p.lease, p.silence} {
		if t != nil {
			t.Stop()
		}
	}
}

// after sets what happens when the present stage has lasted so long.
func (d *pacer) after(p *placed, limit time.Duration, then func()) {
	if p.limit != nil {
		p.limit.Stop()
	}
	p.limit = time.AfterFunc(max(limit, 0), func() {
		d.post(func() {
			if d.calls[p.id] == p {
				then()
			}
		})
	})
}

// keep keeps the record's lease alive as long as the call is.
func (d *pacer) keep(p *placed) {
	p.lease = time.AfterFunc(d.e.cfg.RecordLease/3, func() {
		d.post(func() {
			if d.calls[p.id] != p {
				return
			}
			d.e.aside(func() { d.renew(p) })
			d.keep(p)
		})
	})
}

func (d *pacer) enter(p *placed, s stage) {
	p.log.Info().Str("from", string(p.stage)).Str("to", string(s)).Msg("placed call")
	p.stage = s
	d.e.figuresChanged(d.id)
	d.save(p)
}
