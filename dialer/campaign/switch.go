package campaign

import (
	"context"
	"time"
)

// Switch says whether a campaign is running: whether records of it are handed out and dialed.
type Switch struct {
	Running bool
	Held    bool      // stopped by somebody until somebody starts it: the calendar does not
	Since   time.Time // when it came to be so; zero for a campaign that nobody has started or stopped yet
	By      string    // agent, "" for the calendar
	Why     string
}

// Switching is an order to start or stop a campaign.
type Switching struct {
	Run  bool
	Hold bool      // with a stop by hand: not even the calendar starts it
	By   string    // agent, "" for the calendar
	Why  string    // for the log
	Due  time.Time // of the calendar: the time of the schedule that this is for; zero by hand
}

// Switches keeps whether campaigns are running, and who has started and stopped them. A campaign that nobody has switched is running. All methods
// are safe for concurrent use by any number of processes, and each is atomic.
type Switches interface {
	// Get reads whether a campaign is running.
	Get(ctx context.Context, campaign string) (Switch, error)
	// Set starts or stops a campaign, and tells how it is then and whether that is a change. What the calendar orders is passed over if
	// somebody has switched the campaign since the time it is for, if a later time of the calendar's has been seen to, or if the campaign is held.
	Set(ctx context.Context, campaign string, order Switching) (Switch, bool, error)
	// Log reads the latest changes, the newest first.
	Log(ctx context.Context, campaign string, limit int) ([]Switch, error)
}
