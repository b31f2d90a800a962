//go:build integration

package dialer

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

// TestAThousandKillsLoseNoCallback is for `make chaos`: as many kills as HASSHIN_KILLS says, with two callbacks for each, on a real Redis.
func TestAThousandKillsLoseNoCallback(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv("HASSHIN_KILLS"))
	if err != nil {
		t.Skip("HASSHIN_KILLS does not say how many")
	}
	playChaos(t, redistest.Run(t), chaos{Promises: 2 * kills, Kills: kills, Agents: 8, Spread: time.Duration(kills) * 700 * time.Millisecond})
}
