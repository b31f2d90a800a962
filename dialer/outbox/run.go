package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/scheduler"
)

// Run delivers what is due until ctx ends. It outlives outages of Redis and of who is to take the messages.
func (o *Outbox) Run(ctx context.Context) error { return o.Scheduler.Run(ctx, o.handle) }

// unwritten is how often a time may be found without its message before it is taken away: whoever writes the one has just written the other.
const unwritten = 8

// handle delivers one message.
func (o *Outbox) handle(ctx context.Context, job *scheduler.Job) error {
	reply, err := beginScript.Run(ctx, o.Redis, []string{key(job.ID)}, job.Token, o.Now().UnixMilli()).Slice()
	switch {
	case errors.Is(err, redis.Nil):
		if job.Attempt < unwritten {
			return job.Retry(ctx, time.Second)
		}
		o.Logger.Info().Str("message", job.ID).Msg("a message was announced and never written; who wanted to send it was told so")
		return nil
	case err != nil:
		return err
	}
	text, _ := reply[0].(string)
	if text == "" {
		return nil // settled before: the acknowledgement was lost
	}
	var m Message
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return o.settle(ctx, job, Failed, "the message cannot be read: "+err.Error(), false)
	}
	handed := false
	err = o.deliver(ctx, m, func() error {
		ok, err := handScript.Run(ctx, o.Redis, []string{key(m.ID)}, job.Token).Int()
		if err == nil && ok == 0 {
			err = ErrStale
		}
		handed = err == nil
		return err
	})
	return o.settled(ctx, job, m, handed, err)
}

func (o *Outbox) deliver(ctx context.Context, m Message, handOver func() error) error {
	deliver := o.Deliver[m.Kind]
	if deliver == nil {
		return fmt.Errorf("nobody delivers messages of kind %s", m.Kind)
	}
	return deliver(ctx, m, handOver)
}

// settled notes how a try ended. An error returned lets the message be tried again later.
func (o *Outbox) settled(ctx context.Context, job *scheduler.Job, m Message, handed bool, err error) error {
	log := o.Logger.With().Str("message", m.ID).Str("kind", string(m.Kind)).Str("campaign", m.Campaign).Str("agent", m.Agent).Logger()
	if err == nil {
		log.Info().Msg("message delivered")
		return o.settle(ctx, job, Sent, "", false)
	}
	if errors.Is(err, ErrStale) {
		return err
	}
	var refusal *Refusal
	said := errors.As(err, &refusal)
	inDoubt := handed && !said // nobody has said whether it was taken
	switch {
	case said && refusal.Final:
		log.Warn().Err(err).Msg("message refused")
		if refusal.Address {
			if err := o.refuses(ctx, m.To, refusal.Text); err != nil {
				return err
			}
		}
		return o.settle(ctx, job, Failed, refusal.Text, false)
	case o.Now().Sub(m.Queued) >= o.GiveUp:
		log.Error().Err(err).Msg("message given up")
		return o.settle(ctx, job, Failed, fmt.Sprintf("given up after %s: %s", o.GiveUp, err), inDoubt)
	}
	log.Warn().Err(err).Int("attempt", job.Attempt).Msg("message not delivered; it is tried again")
	if settling := o.settle(ctx, job, Queued, err.Error(), inDoubt); settling != nil {
		return settling
	}
	return err
}

// settleFor is how long the end of a try is tried to be written, in spite of an end of the process or an outage of Redis: what is known now would be
// a doubt later.
const settleFor = 5 * time.Second

func (o *Outbox) settle(ctx context.Context, job *scheduler.Job, to State, problem string, inDoubt bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleFor)
	defer cancel()
	doubt := 0
	if inDoubt {
		doubt = 1
	}
	for {
		ok, err := settleScript.Run(ctx, o.Redis, []string{key(job.ID)}, job.Token, string(to), o.Now().UnixMilli(), problem, o.Keep.Milliseconds(), doubt).Int()
		switch {
		case err == nil && ok == 0:
			return ErrStale
		case err == nil:
			return nil
		case ctx.Err() != nil || errors.Is(err, redis.ErrClosed):
			return fmt.Errorf("write what became of message %s: %w", job.ID, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}
