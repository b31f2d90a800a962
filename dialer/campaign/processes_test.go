package campaign

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/treatment"
)

// dialing is what a process of TestProcessesShareAList does: its clients take records of one list, tell the exchange that they dial, and close or give back, until
// it is killed. Some forget what they have, as a process does that is stuck.
type dialing struct {
	Name     string
	Redis    string // host:port
	Exchange string // host:port of the test, which sees who dials whom
	Clients  int
	Lease    time.Duration
}

const dialingVariable = "HASSHIN_DIALING" // makes the test binary such a process

// said is what a client tells the exchange, which answers each with a line.
type said struct {
	What   string // dial, keep, hang, closed, lost
	Record string
	Token  Token
	From   time.Time // dial: when the lease began, by the clock of Redis
	Until  time.Time // dial, keep: when it ends
	Again  bool      // closed: to be dialed again
}

// dialings is how often each record is dialed until it is closed for good.
const dialings = 2

// runDialing is the process that is killed. It ends on an error only.
func runDialing(setting string) error {
	var d dialing
	if err := json.Unmarshal([]byte(setting), &d); err != nil {
		return err
	}
	rdb := redis.NewClient(&redis.Options{Addr: d.Redis})
	store := NewRedisStore(rdb)
	failed := make(chan error)
	for i := range d.Clients {
		line, err := net.Dial("tcp", d.Exchange)
		if err != nil {
			return err
		}
		c := dialingClient{d, store, fmt.Sprintf("%s.%d", d.Name, i), line, bufio.NewScanner(line)}
		if err := c.say(said{What: d.Name}); err != nil {
			return err
		}
		go func() {
			for {
				if err := c.dialOne(context.Background()); err != nil {
					failed <- err
				}
			}
		}()
	}
	go func() {
		for {
			if _, err := store.SweepExpired(context.Background(), demo); err != nil {
				failed <- err
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	return <-failed
}

type dialingClient struct {
	dialing
	store   *RedisStore
	agent   string
	line    net.Conn
	answers *bufio.Scanner
}

// say returns when the exchange has heard it.
func (c dialingClient) say(s said) error {
	if err := json.NewEncoder(c.line).Encode(s); err != nil {
		return err
	}
	if !c.answers.Scan() {
		return errors.New("the exchange has gone")
	}
	return nil
}

func (c dialingClient) dialOne(ctx context.Context) error {
	open := func(class string) bool { return class != "!left out" }
	r, token, err := c.store.TakeOpen(ctx, demo, c.agent, c.Lease, open)
	if errors.Is(err, ErrNoRecord) {
		time.Sleep(10 * time.Millisecond)
		return nil
	}
	if err != nil {
		return err
	}
	dial := said{What: "dial", Record: r.ID, Token: token, From: r.LeaseUntil.Add(-c.Lease), Until: r.LeaseUntil}
	if err := c.say(dial); err != nil {
		return err
	}
	time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond)
	switch chance := rand.IntN(100); {
	case chance < 2:
		return nil // forgotten: the lease runs out
	case chance < 10:
		until, err := c.store.Renew(ctx, demo, r.ID, token, c.Lease)
		if errors.Is(err, ErrLeaseLost) {
			return c.say(said{What: "lost", Record: r.ID, Token: token})
		}
		if err == nil {
			err = c.say(said{What: "keep", Record: r.ID, Token: token, Until: until})
		}
		if err != nil {
			return err
		}
	}
	if err := c.say(said{What: "hang", Record: r.ID, Token: token}); err != nil {
		return err
	}
	return c.put(ctx, r, token)
}

// put gives the record back in one of all ways.
func (c dialingClient) put(ctx context.Context, r *Record, token Token) error {
	tell := said{What: "closed", Record: r.ID, Token: token}
	now := time.Now()
	attempt := Attempt{Number: r.Numbers[0].E164, Result: call.Busy, Agent: c.agent, Call: fmt.Sprint(token), Dialed: now, Ended: now}
	outcome := Outcome{Attempts: []Attempt{attempt}}
	if tell.Again = len(r.Attempts())+1 < dialings; tell.Again {
		at := now.Add(time.Duration(rand.IntN(100)) * time.Millisecond)
		outcome.Next = &Place{Filing: treatment.Filing{Due: at, At: at, Class: []string{"", "*", "Asia/Tokyo"}[rand.IntN(3)]}, Rank: rand.IntN(3)}
	}
	var err error
	switch chance := rand.IntN(100); {
	case chance < 10:
		tell.What, err = "returned", c.store.Return(ctx, demo, r.ID, token, EndedReleased, "")
	case chance < 20:
		tell.What, err = "filed", c.store.File(ctx, demo, r.ID, token, Place{Filing: treatment.Filing{Due: now, At: now, Class: "*"}})
	default:
		err = c.store.Close(ctx, demo, r.ID, token, outcome)
	}
	if errors.Is(err, ErrLeaseLost) {
		tell.What = "lost"
	} else if err != nil {
		return err
	}
	return c.say(tell)
}
