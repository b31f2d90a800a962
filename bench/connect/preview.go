package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// preview makes preview calls through hasshin, one whenever it is asked to.
type preview struct {
	robot   *robot.Robot
	turn    chan struct{}     // the robot may accept the preview it has
	reports chan robot.Report // of finished calls
	stop    context.CancelFunc
	work    sync.WaitGroup
	ended   chan error // the robot's
}

// longTalk is longer than a measurement takes: the contact hangs up.
const longTalk = time.Minute

// newPreview returns when the robot's phone is in its booth.
func newPreview(ctx context.Context, s *stack.Stack, log zerolog.Logger) (*preview, error) {
	p := &preview{turn: make(chan struct{}), reports: make(chan robot.Report, 1), ended: make(chan error, 1)}
	life, stop := context.WithCancel(ctx)
	p.stop = stop
	connected := make(chan struct{})
	var err error
	p.robot, err = robot.New(robot.Config{
		URL: s.URL(), Agent: "robot", Password: stack.Password, Campaign: stack.Campaign, Logger: log,
		Voice: previewVoice, Listen: []phone.Voice{contactVoice},
		Act: func(dialer.CallView) robot.Plan {
			select {
			case <-p.turn:
			case <-life.Done():
			}
			return robot.Plan{Talk: longTalk}
		},
		Observe: func(m robot.Moment) {
			if m.Kind == robot.PhoneConnected {
				close(connected)
			}
		},
		Report: func(r robot.Report) { p.reports <- r },
	})
	if err != nil {
		stop()
		return nil, err
	}
	p.work.Go(func() { p.ended <- p.robot.Run(life) })
	select {
	case <-connected:
		return p, nil
	case err := <-p.ended:
		p.ended <- err
		return nil, errors.Join(errors.New("the robot did not get to work"), p.close())
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), p.close())
	}
}

// call lets the robot dial its next preview.
func (p *preview) call(ctx context.Context, contact *phone.Phone) (latency, error) {
	select {
	case p.turn <- struct{}{}:
	case err := <-p.ended:
		p.ended <- err
		return latency{}, errors.Join(errors.New("the robot has stopped working"), err)
	case <-ctx.Done():
		return latency{}, context.Cause(ctx)
	}
	measured, err := measure(ctx, contact, p.robot.Leg(), previewVoice)
	if err != nil {
		return latency{}, err
	}
	select {
	case r := <-p.reports:
		if r.Result != "answered" {
			return latency{}, fmt.Errorf("the call's result is %s", r.Result)
		}
		return measured, nil
	case err := <-p.ended:
		p.ended <- err
		return latency{}, errors.Join(errors.New("the robot has stopped working"), err)
	case <-ctx.Done():
		return latency{}, context.Cause(ctx)
	}
}

func (p *preview) close() error {
	p.stop()
	p.work.Wait()
	return <-p.ended
}
