package api

import (
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/history"
)

// PastCalls is a page of a campaign's history.
type PastCalls struct {
	Calls []history.PastCall `json:"calls" doc:"attempts, and calls that dialed nobody; the newest first"`
	More  bool               `json:"more" doc:"there are older ones"`
}

// CampaignFigures is what was counted on days of a campaign.
type CampaignFigures struct {
	Days []history.DayFigures `json:"days" doc:"the earliest first; days on which nothing ended are left out"`

	Percentiles *history.WaitPercentiles `json:"percentiles,omitempty" doc:"of the waits of all these days together; left out when nobody waited"`
}

// Contacts is what a search for contacts has found.
type Contacts struct {
	Contacts []dialer.ContactView `json:"contacts"`
}
