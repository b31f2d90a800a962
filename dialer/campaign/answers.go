package campaign

import (
	"context"
	"fmt"
	"time"
)

// Answers are people who answered calls that were placed without an agent, in one measuring period of the abandon limit.
type Answers struct {
	Live      int64 // people who answered
	Abandoned int64 // of these, those who got no agent within the connect limit
}

// Period is a measuring period of the abandon limit: successive, as 47 CFR 64.1200(a)(7) has it, counted in days by the wall clock of the campaign.
type Period struct {
	Name string // sorts and compares; goes into Redis
	Last string // name of the one before

	Begins, Ends time.Time
}

// PeriodAt is the measuring period of so many days in which a moment lies.
func PeriodAt(at time.Time, length time.Duration, zone *time.Location) Period {
	days := max(int64(length/(24*time.Hour)), 1)
	year, month, day := at.In(zone).Date()
	number := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400 // of the day, by the calendar
	first := number - number%days
	name := func(day int64) string {
		return fmt.Sprintf("%s/%d", time.Unix(day*86400, 0).UTC().Format(time.DateOnly), days)
	}
	midnight := func(day int64) time.Time {
		y, m, d := time.Unix(day*86400, 0).UTC().Date()
		return time.Date(y, m, d, 0, 0, 0, 0, zone)
	}
	return Period{Name: name(first), Last: name(first - days), Begins: midnight(first), Ends: midnight(first + days)}
}

// AnswerPeriod is the measuring period of the campaign's abandon limit in which a moment lies.
func (c Config) AnswerPeriod(at time.Time) Period {
	return PeriodAt(at, c.Limits().AbandonPeriod, c.AgentZone())
}

// CountAnswers implements Store.
func (s *RedisStore) CountAnswers(ctx context.Context, campaign string, period Period, add Answers) (Answers, error) {
	sums, err := answersScript.Run(ctx, s.rdb, []string{keysOf(campaign).answers()}, period.Name, period.Last, add.Live, add.Abandoned).Int64Slice()
	if err != nil {
		return Answers{}, fmt.Errorf("count answers of campaign %s: %w", campaign, err)
	}
	if len(sums) != 2 {
		return Answers{}, fmt.Errorf("count answers of campaign %s: %d sums, want 2", campaign, len(sums))
	}
	return Answers{Live: sums[0], Abandoned: sums[1]}, nil
}
