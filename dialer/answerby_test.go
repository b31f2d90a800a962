package dialer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// A preview with a limit says until when it can be answered; then its record is back in the list, and the agent is not handed the next one.
func TestAPreviewThatIsNotAnsweredGoesBack(t *testing.T) {
	redis := newRedis(t)
	for _, countdown := range []bool{true, false} {
		scene(t, redis, []string{"hanako record"}, func(r *rig, id string) {
			ctx := context.Background()
			c := r.engine.callOf(id)
			on(&c.actor, func() {
				c.cfg.PreviewTimeout, c.e.cfg.OfferCountdown = 45*time.Second, countdown
				c.awaitAnswer()
			})
			until := time.Now().Add(45 * time.Second)
			v, err := r.engine.Call(ctx, "hanako", id)
			switch {
			case err != nil:
				t.Fatal(err)
			case countdown && (v.AnswerBy == nil || !v.AnswerBy.Equal(until)):
				t.Errorf("can be answered until %v, want %v", v.AnswerBy, until)
			case !countdown && v.AnswerBy != nil:
				t.Errorf("can be answered until %v, which agents are not to see", v.AnswerBy)
			}
			time.Sleep(45*time.Second - time.Millisecond)
			synctest.Wait()
			if v, err := r.engine.Call(ctx, "hanako", id); err != nil || v.State != "previewing" {
				t.Fatalf("before its time: %s, %v", v.State, err)
			}
			time.Sleep(time.Millisecond)
			synctest.Wait()
			me, err := r.engine.Agent(ctx, "hanako")
			if err != nil || me.State != string(agent.NotReady) || me.Reason != reasonUnanswered || me.CallID != "" {
				t.Errorf("the agent is %s (%s) with call %q, %v", me.State, me.Reason, me.CallID, err)
			}
			record, err := r.engine.store.Get(ctx, rigCampaign, v.Record.ID)
			if err != nil || record.State != campaign.Ready {
				t.Errorf("the record is %s, %v", record.State, err)
			}
		})
	}
}

// A colleague's offer has a limit, too.
func TestAnOfferSaysUntilWhenItCanBeAnswered(t *testing.T) {
	scene(t, newRedis(t), []string{"hanako record", "hanako accept", "wait 5s", "hanako consult taro"}, func(r *rig, id string) {
		synctest.Wait()
		v, err := r.engine.Call(context.Background(), "taro", id)
		if err != nil || v.State != "offered" || v.AnswerBy == nil || time.Until(*v.AnswerBy) <= 0 || time.Until(*v.AnswerBy) > r.engine.cfg.OfferTimeout {
			t.Fatalf("offered: %s until %v, %v", v.State, v.AnswerBy, err)
		}
		if v.From != "hanako" || v.FromName != "hanako" { // without a name, the id
			t.Errorf("it is from %q, %q", v.From, v.FromName)
		}
		mine, err := r.engine.Call(context.Background(), "hanako", id)
		if err != nil || mine.AnswerBy != nil {
			t.Errorf("the one who asks sees %v, %v", mine.AnswerBy, err)
		}
		time.Sleep(time.Until(*v.AnswerBy))
		synctest.Wait()
		if me, err := r.engine.Agent(context.Background(), "taro"); err != nil || me.State == string(agent.Offered) {
			t.Errorf("afterwards the colleague is %s, %v", me.State, err)
		}
	})
}
