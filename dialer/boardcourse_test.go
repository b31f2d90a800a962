package dialer

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/dialer/stats"
)

// Who keeps what is told of a course has what the course shows, though each word has only what changed.
func TestACourseIsToldStepByStep(t *testing.T) {
	t.Parallel()
	boardScene(t, nil, func(t *testing.T, r *rig, n *notebook) {
		r.arrive("hanako")
		for range 3 {
			c := r.hasCall(t, "hanako", 2*time.Minute)
			time.Sleep(100 * time.Second)
			if _, err := r.engine.End(t.Context(), "hanako", c.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := r.engine.Done(t.Context(), "hanako", c.ID, DoneOptions{Disposition: "sale"}); err != nil {
				t.Fatal(err)
			}
		}
		r.perform("hanako not-ready")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		var kept CourseView
		last, words := time.Time{}, 0
		for _, c := range n.since(0) {
			if c.Course == nil {
				continue
			}
			if words++; words > 1 && len(c.Course.Steps) > 2 {
				t.Errorf("a word has %d steps", len(c.Course.Steps))
			}
			for _, s := range c.Course.Steps {
				if s.empty() {
					t.Errorf("told of %s, in which nothing happened", s.From)
				}
			}
			if gap := c.when.Sub(last); gap < coursePause && c.when.Truncate(time.Minute).Equal(last.Truncate(time.Minute)) {
				t.Errorf("told again %s after", gap)
			}
			last = c.when
			kept = kept.With(*c.Course)
		}
		shown, err := r.engine.Course(t.Context(), "yuki", rigCampaign)
		if err != nil {
			t.Fatal(err)
		}
		shown = shown.told()
		if kept.Step != 60 || kept.Campaign != rigCampaign || len(kept.Steps) < 5 || !reflect.DeepEqual(kept.Steps, shown.Steps) {
			t.Errorf("what was told in %d words makes up %+v\nthe course is %+v", words, kept.Steps, shown.Steps)
		}
		attempts := 0
		for _, s := range kept.Steps {
			attempts += s.Attempts
		}
		if attempts < 3 {
			t.Errorf("%d attempts in %+v", attempts, kept.Steps)
		}
		before := len(n.since(0))
		time.Sleep(35 * time.Minute)
		synctest.Wait()
		for _, c := range n.since(before) {
			if c.Course != nil {
				t.Errorf("though nothing happened %+v was told", c.Course)
			}
		}
		if later := kept.With(CourseView{Campaign: rigCampaign, At: time.Now(), Step: 60}); len(later.Steps) != 0 {
			t.Errorf("half an hour later there is still %+v", later.Steps)
		}
	})
}

func TestACourseTakesStepsInThePlaceOfThoseOfTheSameTime(t *testing.T) {
	nine := time.Date(2026, 4, 1, 9, 0, 30, 0, time.UTC)
	step := func(minute, attempts int) CourseStep {
		return CourseStep{From: nine.Truncate(time.Minute).Add(time.Duration(minute) * time.Minute), Attempts: attempts}
	}
	v := CourseView{Campaign: "spring", At: nine, Step: 60, Steps: []CourseStep{step(-30, 1), step(-29, 2), step(-1, 3)}}
	now := v.With(CourseView{Campaign: "spring", At: nine.Add(time.Minute), Step: 60, Steps: []CourseStep{step(-1, 4), step(1, 5)}})
	if want := []CourseStep{step(-29, 2), step(-1, 4), step(1, 5)}; !reflect.DeepEqual(now.Steps, want) || !now.At.Equal(nine.Add(time.Minute)) {
		t.Errorf("%+v, want %+v", now, want)
	}
	if len(v.Steps) != 3 || v.Steps[2].Attempts != 3 {
		t.Errorf("the course before has become %+v", v.Steps)
	}
	if none := v.With(CourseView{At: nine.Add(stats.Window + time.Minute)}); len(none.Steps) != 0 {
		t.Errorf("after half an hour there is %+v", none.Steps)
	}
}
