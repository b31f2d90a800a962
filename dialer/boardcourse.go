package dialer

import (
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/stats"
)

// What a wallboard tells of how a campaign's figures went: at first the half hour, then the steps that are others than before.

// coursePause is the least time between two words of a step that is still going on. One that is over is told soon after its end.
const coursePause = 5 * time.Second

// told is a course without the steps in which nothing happened.
func (v CourseView) told() CourseView {
	v.Steps = slices.DeleteFunc(v.Steps, CourseStep.empty)
	return v
}

// empty tells whether nothing happened in a step.
func (s CourseStep) empty() bool {
	return s.Utilisation == nil && s.AgentWait == nil && s.ContactWait == nil && s.Attempts == 0 && s.Answered == 0 && s.Abandoned == 0
}

// With is the course with the steps that were told since in the place of those of the same time, and without those before the half hour that ends then.
func (v CourseView) With(told CourseView) CourseView {
	first := told.At.Add(-stats.Window).Truncate(stats.CourseStep)
	steps := slices.Clone(told.Steps)
	for _, s := range v.Steps {
		if !slices.ContainsFunc(told.Steps, func(t CourseStep) bool { return t.From.Equal(s.From) }) {
			steps = append(steps, s)
		}
	}
	steps = slices.DeleteFunc(steps, func(s CourseStep) bool { return s.From.Before(first) })
	slices.SortFunc(steps, func(a, b CourseStep) int { return a.From.Compare(b.From) })
	told.Steps = steps
	return told
}

// boardCourse is a campaign's course, as told last.
type boardCourse struct {
	at    time.Time
	steps map[int64]CourseStep // by the second of From
}

func (o *onlooker) lookAtCourse(id string, now time.Time) {
	b := &o.boards[id].course
	if now.Sub(b.at) < coursePause && now.Truncate(stats.CourseStep).Equal(b.at.Truncate(stats.CourseStep)) {
		return
	}
	b.at = now
	v := o.e.courseView(id, now).told()
	// What is told of the oldest step is less each time, as the window leaves it behind.
	first, whole := b.steps == nil, now.Add(-stats.Window+stats.CourseStep)
	known := b.steps
	b.steps = make(map[int64]CourseStep, len(v.Steps))
	for _, s := range v.Steps {
		b.steps[s.From.Unix()] = s
	}
	if !first {
		v.Steps = slices.DeleteFunc(v.Steps, func(s CourseStep) bool {
			return s.From.Before(whole) || reflect.DeepEqual(known[s.From.Unix()], s)
		})
	}
	if len(v.Steps) > 0 {
		o.tell(BoardChange{At: now, Course: &v})
	}
}

// rounded is a figure to so many parts of one, no finer than can be seen.
func rounded(v, parts float64) *float64 {
	v = math.Round(v*parts) / parts
	return &v
}
