package api

import "github.com/hasshin/hasshin/dialer"

// Calendar is what is done at times of the calendar.
type Calendar struct {
	Works []dialer.WorkView `json:"works" doc:"by kind of work and campaign"`
}

// CampaignDays is the figures of a campaign's days.
type CampaignDays struct {
	Days []dialer.DayView `json:"days" doc:"the newest first"`
}

// CampaignStart starts a campaign.
type CampaignStart struct {
	Why string `json:"why,omitempty" maxLength:"1000" doc:"why; the campaign's log keeps it" example:"the trunk works again"`
}

// CampaignStop stops a campaign.
type CampaignStop struct {
	Why  string `json:"why,omitempty" maxLength:"1000" doc:"why; the campaign's log keeps it" example:"the trunk is down"`
	Hold bool   `json:"hold,omitempty" doc:"until somebody starts it: the calendar does not" example:"true"`
}

// ModeChoice changes how a campaign that dials by itself does so.
type ModeChoice struct {
	Mode string `json:"mode" enum:"progressive,predictive,power" doc:"the mode from now on" example:"progressive"`
	Why  string `json:"why,omitempty" maxLength:"1000" doc:"why; the campaign's log keeps it" example:"new agents"`
}
