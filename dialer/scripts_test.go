package dialer

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hasshin/hasshin/internal/textfile"
)

const rigScriptText = `## Who is it? {#who}

Am I speaking to {{contact.name}} at {{contact.number}}?

- [Yes](#offer "yes")
- [No](#bye "no")

## The offer {#offer key=interested}

- [Yes](#bye "yes")

## Goodbye {#bye}

You said {{interested|nothing}}.
`

// What the contact answers stays with the call when the process is replaced, and is in the record after done.
func TestAnswersToTheScriptAreKeptInTheRecord(t *testing.T) {
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		r := newRigWith(t, redis, true, func(c *Config) {
			k := c.Campaigns[rigCampaign]
			k.Script = textfile.File{Name: "spring.md", Path: "spring.md", Text: rigScriptText}
			c.Campaigns[rigCampaign] = k
		})
		r.arrive(rigAgents[:2]...)
		r.perform("hanako record")
		synctest.Wait()
		a, err := r.engine.Agent(ctx, "hanako")
		if err != nil {
			t.Fatal(err)
		}
		id := a.CallID
		v, err := r.engine.Script(ctx, "hanako", id)
		c, callErr := r.engine.Call(ctx, "hanako", id)
		if err != nil || callErr != nil || len(v.Steps) != 3 || !strings.Contains(v.Steps[0].HTML, c.Record.Numbers[0].Number) || !slices.Equal(v.Path, []string{"who"}) {
			t.Fatalf("script = %+v, %v, %v", v, err, callErr)
		}
		for _, wrong := range []struct {
			step, value string
			want        Code
		}{{"whom", "yes", CodeUnknownStep}, {"who", "perhaps", CodeUnknownAnswer}, {"bye", "yes", CodeUnknownAnswer}} {
			if _, err := r.engine.AnswerScript(ctx, "hanako", id, wrong.step, wrong.value); codeOf(err) != wrong.want {
				t.Errorf("%v: %v", wrong, err)
			}
		}
		if _, err := r.engine.AnswerScript(ctx, "taro", id, "who", "yes"); codeOf(err) != CodeNotYourCall {
			t.Errorf("somebody else answers: %v", err)
		}
		for _, line := range []string{"hanako accept", "wait 3s"} {
			r.perform(line)
		}
		answer := func(step, value string, path ...string) {
			t.Helper()
			v, err := r.engine.AnswerScript(ctx, "hanako", id, step, value)
			if err != nil || !slices.Equal(v.Path, path) {
				t.Errorf("after %s the path is %v, %v; want %v", value, v.Path, err, path)
			}
		}
		answer("who", "no", "who", "bye")
		answer("who", "", "who")
		answer("who", "yes", "who", "offer")
		synctest.Wait()
		r.perform("restart")
		synctest.Wait()
		answer("offer", "yes", "who", "offer", "bye")
		if v, err := r.engine.Script(ctx, "hanako", id); err != nil || v.Steps[2].HTML != "<p>You said yes.</p>" {
			t.Errorf("%+v, %v", v, err)
		}
		if _, err := r.engine.Done(ctx, "hanako", id, DoneOptions{Disposition: "sale", Stop: true}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		record, err := r.engine.store.Get(ctx, rigCampaign, c.Record.ID)
		if err != nil || record.Fields["script.who"] != "yes" || record.Fields["interested"] != "yes" {
			t.Errorf("the record has %v, %v", record, err)
		}
		r.finish()
		for _, w := range r.wrong {
			t.Error(w)
		}
	})
}
