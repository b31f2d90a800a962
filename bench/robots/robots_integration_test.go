//go:build integration

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/internal/phone"
)

// Several robots at once share a list: each contact is called once, whoever rejects it first.
func TestRobotsShareAList(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	contact, err := phone.New(phone.Config{User: "contact", Behave: phone.Always(phone.Answer())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := contact.Close(); err != nil {
			t.Error(err)
		}
	})
	agents := []string{"robot1", "robot2", "robot3"}
	s, err := stack.Start(ctx, stack.Options{Trunk: contact.Addr().String(), Agents: agents})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closing, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Close(closing); err != nil {
			t.Error(err)
		}
	})
	const n = 30
	var list []stack.Contact
	for i := range n {
		list = append(list, stack.Contact{ID: fmt.Sprint(i), Number: fmt.Sprintf("+442079460%03d", i)})
	}
	if err := s.Import(ctx, list); err != nil {
		t.Fatal(err)
	}

	t.Setenv("ROBOT_PASSWORD", stack.Password)
	var out bytes.Buffer
	if err := run(ctx, append([]string{"-url", s.URL(), "-campaign", stack.Campaign, "-talk", "200ms"}, agents...), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	called, worked := map[string]int{}, map[string]int{}
	for lines := json.NewDecoder(&out); lines.More(); {
		var l line
		if err := lines.Decode(&l); err != nil {
			t.Fatal(err)
		}
		if l.Result != "answered" || l.Talked < 0.2 {
			t.Errorf("call to %s: %s, talked %.2f s", l.Number, l.Result, l.Talked)
		}
		called[l.Record]++
		worked[l.Agent]++
	}
	for _, c := range list {
		if called[c.ID] != 1 {
			t.Errorf("contact %s was called %d times", c.ID, called[c.ID])
		}
	}
	for _, id := range agents {
		if worked[id] == 0 {
			t.Errorf("%s had nothing to do: %v", id, worked)
		}
	}
}

func TestRobotsSayWhatIsMissing(t *testing.T) {
	t.Setenv("ROBOT_PASSWORD", "")
	if err := run(t.Context(), []string{"robot1"}, io.Discard, io.Discard); err == nil {
		t.Error("robots without a password begin to work")
	}
	t.Setenv("ROBOT_PASSWORD", "wrong")
	if err := run(t.Context(), nil, io.Discard, io.Discard); err == nil {
		t.Error("no robots at all are taken for a success")
	}
}
