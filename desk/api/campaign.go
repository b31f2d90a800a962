package api

// CampaignStart starts a campaign.
type CampaignStart struct {
	Why string `json:"why,omitempty" maxLength:"1000" doc:"why; the campaign's log keeps it" example:"the trunk works again"`
}

// CampaignStop stops a campaign.
type CampaignStop struct {
	Why  string `json:"why,omitempty" maxLength:"1000" doc:"why; the campaign's log keeps it" example:"the trunk is down"`
	Hold bool   `json:"hold,omitempty" doc:"until somebody starts it: the calendar does not" example:"true"`
}
