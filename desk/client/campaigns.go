package client

import (
	"context"
	"net/url"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

func campaignPath(campaign, more string) string {
	return "/api/v1/campaigns/" + url.PathEscape(campaign) + more
}

// CampaignRun tells whether a campaign is running, and who started and stopped it. It needs the privilege campaigns.run, as the next two do.
func (c *Client) CampaignRun(ctx context.Context, campaign string) (v dialer.RunView, err error) {
	return v, c.get(ctx, campaignPath(campaign, "/run"), &v)
}

// StartCampaign lets a campaign hand out and dial records.
func (c *Client) StartCampaign(ctx context.Context, campaign, why string) (v dialer.RunView, err error) {
	return v, c.post(ctx, campaignPath(campaign, "/start"), api.CampaignStart{Why: why}, &v)
}

// StopCampaign lets a campaign hand out and dial nothing, with hold until somebody starts it, else until its calendar does.
func (c *Client) StopCampaign(ctx context.Context, campaign, why string, hold bool) (v dialer.RunView, err error) {
	return v, c.post(ctx, campaignPath(campaign, "/stop"), api.CampaignStop{Why: why, Hold: hold}, &v)
}
