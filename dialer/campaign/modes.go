package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// ModeChange is a change of a campaign's mode while it dials. It holds for all processes and beyond restarts, until the next one or until another
// mode is configured.
type ModeChange struct {
	Mode       Mode      `json:"mode"`
	Configured Mode      `json:"configured"` // the mode of the configuration when it was changed
	At         time.Time `json:"at"`
	By         string    `json:"by"` // agent
	Why        string    `json:"why,omitempty"`
}

// modesKept is how many changes the log of a campaign keeps.
const modesKept = 1000

// ChangeMode implements Store.
func (s *RedisStore) ChangeMode(ctx context.Context, campaign string, change ModeChange) error {
	text, err := json.Marshal(change)
	if err == nil {
		k := keysOf(campaign)
		_, err = s.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.LPush(ctx, k.modes(), text)
			p.LTrim(ctx, k.modes(), 0, modesKept-1)
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("change the mode of campaign %s: %w", campaign, err)
	}
	return nil
}

// ModeChanges implements Store.
func (s *RedisStore) ModeChanges(ctx context.Context, campaign string, limit int) ([]ModeChange, error) {
	lines, err := s.rdb.LRange(ctx, keysOf(campaign).modes(), 0, int64(limit)-1).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read the mode of campaign %s: %w", campaign, err)
	}
	changes := make([]ModeChange, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &changes[i]); err != nil {
			return nil, fmt.Errorf("read the mode of campaign %s: %w", campaign, err)
		}
	}
	return changes, nil
}

// InEffect is the mode that a campaign has after a change, given what is configured now. A change counts only as long as the configuration is what
// it was then.
func (m ModeChange) InEffect(configured Mode) Mode {
	if m.Mode != "" && m.Configured == configured && m.Mode.Paced() && configured.Paced() {
		return m.Mode
	}
	return configured
}
