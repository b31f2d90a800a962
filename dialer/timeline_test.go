package dialer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/recording"
)

// timelineRig is one whose agent hanako may see the history and whose agents write e-mails.
func timelineRig(t *testing.T, addr string) *rig {
	rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DisableIdentity: true})
	letters := letterbox(t, rdb)
	return newRigOn(t, addr, false, func(o *Options) {
		letters(o)
		o.Scheduler = silentAlarms{}
		hanako := o.Config.Agents["hanako"]
		hanako.Privileges.Add = append(hanako.Privileges.Add, agent.SeeHistory, agent.HearRecordings)
		o.Recordings, o.Config.Recordings.Directory = recording.NewStore(rdb), t.TempDir()
		k := o.Config.Campaigns[rigCampaign]
		k.Recording = recording.Policy{When: recording.Always, Channels: recording.Stereo}
		o.Config.Campaigns[rigCampaign] = k
		o.Config.Agents["hanako"] = hanako
		named("hanako", "山田 花子")(&o.Config)
	})
}

// silentAlarms is a scheduler whose times are far away: no callback comes due in these stories.
type silentAlarms struct{}

func (silentAlarms) Set(context.Context, string, time.Time) error { return nil }

func (silentAlarms) Run(ctx context.Context, _ func(context.Context, string) (time.Time, error)) error {
	<-ctx.Done()
	return nil
}

// told are the entries in short, the newest first.
func told(v TimelineView) (all []string) {
	for _, t := range v.Entries {
		switch {
		case t.Attempt != nil && t.Kind == TimelineAttempt:
			all = append(all, "attempt "+string(t.Attempt.Result))
		case t.Attempt != nil:
			all = append(all, "call "+string(t.Attempt.Ending))
		case t.Note != nil:
			all = append(all, "note "+t.Note.Text)
		case t.Callback != nil:
			all = append(all, "callback "+t.Callback.Event)
		case t.Recording != nil:
			all = append(all, fmt.Sprintf("recording %s %s %s", t.Recording.Kind, t.Recording.State, t.Agent))
		case t.Message != nil:
			all = append(all, t.Message.Kind+" "+t.Message.Title)
		}
	}
	return all
}

func TestWhatHappensWithAContactIsInOneTimeline(t *testing.T) {
	addr := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		r := timelineRig(t, addr)
		e := r.engine
		r.arrive(rigAgents[:2]...)
		defer r.stop()
		do := func(lines ...string) {
			t.Helper()
			for _, line := range lines {
				r.perform(line)
				synctest.Wait()
			}
		}
		do("hanako record", "wait 1s")
		refused, err := e.Agent(ctx, "hanako")
		if err != nil {
			t.Fatal(err)
		}
		rejected, err := e.Call(ctx, "hanako", refused.CallID)
		if err != nil {
			t.Fatal(err)
		}
		do("hanako reject", "wait 1s", "hanako record", "hanako accept", "wait 15s")
		a, err := e.Agent(ctx, "hanako")
		if err != nil {
			t.Fatal(err)
		}
		c, err := e.Call(ctx, "hanako", a.CallID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.SetField(ctx, "hanako", c.ID, "email", "taro@example.com"); err != nil {
			t.Fatal(err)
		}
		if _, err := e.SendEmail(ctx, "hanako", c.ID, Email{ID: "letter-1", Template: "offer", To: "taro@example.com", Subject: "Our offer", Text: "Dear customer"}); err != nil {
			t.Fatal(err)
		}
		do("wait 5s", "hanako end")
		if _, err := e.SetNote(ctx, "hanako", c.ID, "wants it by post"); err != nil {
			t.Fatal(err)
		}
		if _, err := e.SetCallback(ctx, "hanako", c.ID, in(24*time.Hour, callback.Pool)); err != nil {
			t.Fatal(err)
		}
		do("hanako done")
		v, err := e.Timeline(ctx, "hanako", rigCampaign, c.Record.ID, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"callback made", "note wants it by post", "email Our offer", "recording conversation stored hanako", "attempt answered"}
		got := told(v)
		for _, w := range want {
			if n := len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s != w })); n != 1 {
				t.Errorf("%q is there %d times, want once: %q", w, n, got)
			}
		}
		for _, entry := range v.Entries {
			if want := map[string]string{"hanako": "山田 花子"}[entry.Agent]; entry.AgentName != want {
				t.Errorf("%s is by %q, %q; want %q", entry.ID, entry.Agent, entry.AgentName, want)
			}
		}
		if v.More || !slices.IsSortedFunc(v.Entries, newestFirst) || v.Contact.Attempts != 1 || v.Contact.State != "promised" {
			t.Errorf("%+v", v)
		}
		if v, err := e.Timeline(ctx, "hanako", rigCampaign, rejected.Record.ID, "", 100); err != nil || !slices.Equal(told(v), []string{"call rejected"}) {
			t.Errorf("of one who was not called: %q, %v", told(v), err)
		}
		// Page by page it is the same.
		var paged []string
		after := ""
		for {
			page, err := e.Timeline(ctx, "hanako", rigCampaign, c.Record.ID, after, 1)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, told(page)...)
			if !page.More {
				break
			}
			after = page.Entries[0].ID
		}
		if !slices.Equal(paged, got) {
			t.Errorf("page by page %q, in one %q", paged, got)
		}
		// What the history of calls has forgotten is there still, once.
		if _, err := e.history.Trim(ctx, rigCampaign, time.Now().Add(time.Hour), 1000); err != nil {
			t.Fatal(err)
		}
		if v, err := e.Timeline(ctx, "hanako", rigCampaign, c.Record.ID, "", 100); err != nil || strings.Count(fmt.Sprint(told(v)), "attempt answered") != 1 {
			t.Errorf("without the history: %q, %v", told(v), err)
		}
		// And it is found.
		for _, text := range []string{c.Number, c.Record.ID} {
			if found, err := e.FindContacts(ctx, "hanako", "", text, 5); err != nil || len(found) != 1 || found[0].Record != c.Record.ID {
				t.Errorf("%q finds %+v, %v", text, found, err)
			}
		}
		for _, err := range []error{
			refusalOf(e.Timeline(ctx, "taro", rigCampaign, c.Record.ID, "", 5)), refusalOf(e.FindContacts(ctx, "taro", "", c.Number, 5)),
		} {
			if refused := (*Error)(nil); !errors.As(err, &refused) || refused.Code != CodeForbidden {
				t.Errorf("without the privilege: %v", err)
			}
		}
		if refused := (*Error)(nil); !errors.As(refusalOf(e.Timeline(ctx, "hanako", rigCampaign, "nobody", "", 5)), &refused) || refused.Code != CodeUnknownContact {
			t.Error("an unknown contact has a timeline")
		}
	})
}

func refusalOf[T any](_ T, err error) error { return err }
