package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

func campaignPath(campaign, more string) string {
	return "/api/v1/campaigns/" + url.PathEscape(campaign) + more
}

// CampaignRun tells whether a campaign is running, and who started and stopped it. It needs the privilege campaigns.run, as StartCampaign and
// StopCampaign do.
func (c *Client) CampaignRun(ctx context.Context, campaign string) (v dialer.RunView, err error) {
	return v, c.get(ctx, campaignPath(campaign, "/run"), &v)
}

// Wallboard shows the live figures of campaigns and agents. It needs the privilege agents.see.
func (c *Client) Wallboard(ctx context.Context) (v dialer.WallboardView, err error) {
	return v, c.get(ctx, "/api/v1/wallboard", &v)
}

// CampaignCourse shows a campaign's figures of the last half hour, minute by minute. It needs the privilege agents.see.
func (c *Client) CampaignCourse(ctx context.Context, campaign string) (v dialer.CourseView, err error) {
	return v, c.get(ctx, campaignPath(campaign, "/course"), &v)
}

// Calendar shows what is done at times of the calendar, and what was missed. It needs the privilege campaigns.run, as CampaignDays does.
func (c *Client) Calendar(ctx context.Context) (v api.Calendar, err error) {
	return v, c.get(ctx, "/api/v1/calendar", &v)
}

// CampaignDays shows the figures of a campaign's latest days, at most 1100.
func (c *Client) CampaignDays(ctx context.Context, campaign string, limit int) (v api.CampaignDays, err error) {
	return v, c.get(ctx, campaignPath(campaign, "/days?limit="+strconv.Itoa(limit)), &v)
}

// DayFigures shows what was counted on days of a campaign, agent by agent; from and to are dates of its calendar, "" for the last 31 days. It needs the
// privilege history.see.
func (c *Client) DayFigures(ctx context.Context, campaign, from, to string) (v api.CampaignFigures, err error) {
	q := url.Values{}
	for name, date := range map[string]string{"from": from, "to": to} {
		if date != "" {
			q.Set(name, date)
		}
	}
	return v, c.get(ctx, campaignPath(campaign, "/figures?"+q.Encode()), &v)
}

// FindContacts finds contacts by number, name or record, in one campaign or, with "", in all. It needs the privilege history.see.
func (c *Client) FindContacts(ctx context.Context, campaign, text string) (v api.Contacts, err error) {
	return v, c.get(ctx, "/api/v1/contacts?"+url.Values{"campaign": {campaign}, "q": {text}}.Encode(), &v)
}

// ContactTimeline shows what happened with a contact, the newest first; after is the id of the last entry of the page before, "" for the first. It needs
// the privilege history.see.
func (c *Client) ContactTimeline(ctx context.Context, campaign, record, after string, limit int) (v dialer.TimelineView, err error) {
	q := url.Values{"after": {after}, "limit": {strconv.Itoa(limit)}}
	return v, c.get(ctx, "/api/v1/contacts/"+url.PathEscape(campaign)+"/"+url.PathEscape(record)+"/timeline?"+q.Encode(), &v)
}

// StartCampaign lets a campaign hand out and dial records.
func (c *Client) StartCampaign(ctx context.Context, campaign, why string) (v dialer.RunView, err error) {
	return v, c.post(ctx, campaignPath(campaign, "/start"), api.CampaignStart{Why: why}, &v)
}

// StopCampaign lets a campaign hand out and dial nothing, with hold until somebody starts it, else until its calendar does.
func (c *Client) StopCampaign(ctx context.Context, campaign, why string, hold bool) (v dialer.RunView, err error) {
	return v, c.post(ctx, campaignPath(campaign, "/stop"), api.CampaignStop{Why: why, Hold: hold}, &v)
}

// Dialing tells how a campaign dials that does so by itself. It needs the privilege campaigns.run, as the next does.
func (c *Client) Dialing(ctx context.Context, campaign string) (v dialer.DialingView, err error) {
	return v, c.get(ctx, campaignPath(campaign, "/dialing"), &v)
}

// SetDialingMode changes the mode of a campaign while it dials: progressive, predictive or power.
func (c *Client) SetDialingMode(ctx context.Context, campaign, mode, why string) (v dialer.DialingView, err error) {
	return v, c.do(ctx, call{method: http.MethodPut, path: campaignPath(campaign, "/mode"), in: api.ModeChoice{Mode: mode, Why: why}, out: &v})
}
