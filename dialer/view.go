package dialer

import (
	"time"

	"github.com/hasshin/hasshin/dialer/callback"
)

// The views are what people and programs see of the engine: snapshots, safe to keep, never changed after they are handed out.

// AgentView is an agent as seen from outside.
type AgentView struct {
	ID        string    `json:"id" doc:"agent's id, the one it signs in with"`
	Name      string    `json:"name" doc:"display name"`
	State     string    `json:"state" enum:"signed-out,not-ready,ready,offered,preview,on-call,wrap-up,supervising" doc:"what the agent is doing"`
	Reason    string    `json:"reason,omitempty" doc:"why not ready, one of the configured reasons"`
	Since     time.Time `json:"since" doc:"when this state began (RFC 3339, server's clock)"`
	Phone     PhoneView `json:"phone"`
	CallID    string    `json:"call_id,omitempty" doc:"the call being handled, if any"`
	Campaigns []string  `json:"campaigns" doc:"ids of the campaigns the agent works in"`
	Next      bool      `json:"next" doc:"whether done brings the next preview (false after done-and-stop, until Get Record)"`
	Node      string    `json:"node,omitempty" doc:"Asterisk node that has the agent's booth"`

	Supervision *SupervisionView `json:"supervision,omitempty" doc:"whom the agent listens to, in state supervising"`
}

// PhoneView is the agent's phone leg.
type PhoneView struct {
	State    string `json:"state" enum:"disconnected,ringing,connected" doc:"state of the leg into the agent's booth"`
	Kind     string `json:"kind" enum:"sip,page,endpoint,none" doc:"sip and page: endpoint pushed to Asterisk by hasshin; endpoint: an existing one; none: only watches"`
	Leg      string `json:"leg" enum:"nailed-up,per-call" doc:"nailed-up: connected once and kept between calls; per-call: rung when the agent accepts a call, released after it"`
	Endpoint string `json:"endpoint" doc:"dial string of the phone, for example PJSIP/agent-hanako"`
	Problem  string `json:"problem,omitempty" doc:"why the phone is not connected, if it failed"`
}

// PhoneCredentials let an agent's own phone register with Asterisk. They exist for phones that hasshin pushes (sip, page) and are
// shown to that agent only.
type PhoneCredentials struct {
	Username  string `json:"username" doc:"SIP user and authentication name"`
	Password  string `json:"password" doc:"SIP digest password; for phones without a configured one, new at each sign-in"`
	Registrar string `json:"registrar,omitempty" doc:"host:port to send REGISTER to over UDP (sip phones)"`
	WebSocket string `json:"websocket,omitempty" doc:"address of SIP over WebSocket, RFC 7118 (page phones); relative to the server"`
}

// CallView is a call as its agent sees it.
type CallView struct {
	ID           string            `json:"id"`
	Campaign     string            `json:"campaign" doc:"campaign's id"`
	Agent        string            `json:"agent" doc:"agent's id"`
	Origin       string            `json:"origin" enum:"campaign,callback,personal-callback,transfer,manual" doc:"where the call came from"`
	State        string            `json:"state" enum:"previewing,agent-ringing,returning,dialing,ringing,talking,held,consult-ringing,consulting,alternated,inviting,conference,transferring,referring,handing-over,parting,rescuing,ending,wrap-up,closing,closed,offered,joined" doc:"state of the call for its agent; agent-ringing while the phone of an agent without a nailed-up leg is rung after accept; offered, agent-ringing, joined and wrap-up for the parts of other agents"`
	Allowed      []string          `json:"allowed" doc:"commands that the state and the agent's privileges allow now; disposition and note, and with their privileges the business fields and do not call, are possible in any state until done"`
	Since        time.Time         `json:"since" doc:"when this state began"`
	Record       RecordView        `json:"record"`
	Number       string            `json:"number,omitempty" doc:"number being or last dialed, E.164"`
	CallerID     string            `json:"caller_id,omitempty" doc:"what the contact was shown at the last attempt"`
	Result       string            `json:"result,omitempty" doc:"call result of the attempt, once it ended"`
	Cause        string            `json:"cause,omitempty" doc:"what the network said: SIP status or Q.850 cause"`
	Disposition  string            `json:"disposition,omitempty" doc:"code of the chosen disposition"`
	Note         string            `json:"note,omitempty" doc:"what the agent wrote"`
	ReadOnly     bool              `json:"read_only,omitempty" doc:"note and fields can no longer be changed: the call was left alone in wrap-up for too long"`
	AnsweredAt   *time.Time        `json:"answered_at,omitempty"`
	EndedAt      *time.Time        `json:"ended_at,omitempty"`
	Problem      string            `json:"problem,omitempty" doc:"why the last target, or the agent's own phone, was not reached"`
	Digits       map[string]string `json:"digits,omitempty" doc:"DTMF digits of the case, by the configured keys"`
	Offer        string            `json:"offer,omitempty" enum:"consult,invite,transfer" doc:"for state offered: what the colleague wants"`
	From         string            `json:"from,omitempty" doc:"for offered and joined: the agent who has the call"`
	FromName     string            `json:"from_name,omitempty" doc:"name of the agent who has the call"`
	HandedTo     string            `json:"handed_to,omitempty" doc:"after a transfer to a colleague: who has the call now"`
	HandedToName string            `json:"handed_to_name,omitempty" doc:"name of who has the call now"`
	Parties      []PartyView       `json:"parties" doc:"legs of the call"`
	Callback     *callback.Verdict `json:"callback,omitempty" doc:"the callback drafted in this call, as last checked; done promises it"`
	Recording    *RecordingView    `json:"recording,omitempty" doc:"how the call is being recorded; left out when its campaign records nothing, or nobody is on the line"`
	Promise      *PromiseView      `json:"promise,omitempty" doc:"the callback that this call keeps"`
	AnswerBy     *time.Time        `json:"answer_by,omitempty" doc:"until when the preview, or the offer, can be answered; then it goes elsewhere. Left out without a limit, and where offer_countdown is off"`

	Undo  *UndoView          `json:"undo,omitempty" doc:"what can still be taken back on this call"`
	Rules *CampaignRulesView `json:"rules,omitempty" doc:"what to know of the call's campaign, for an agent who does not work in it; others have it in their campaigns"`
}

// UndoView is a command that can still be taken back.
type UndoView struct {
	What  string    `json:"what" enum:"done,cancel,do-not-call" doc:"the command"`
	Until time.Time `json:"until" doc:"until when, by the server's clock"`
}

// PartyView is one leg of a call.
type PartyView struct {
	ID    string `json:"id" doc:"contact, or t1, t2 … for targets, in the order in which they were reached"`
	Role  string `json:"role" enum:"contact,target" doc:"who this is"`
	State string `json:"state" enum:"offered,dialing,ringing,talking,on-hold,gone" doc:"state of the leg"`
	Name  string `json:"name,omitempty"`
	Agent string `json:"agent,omitempty" doc:"agent's id, if it is a colleague"`
	Muted bool   `json:"muted,omitempty" doc:"the others do not hear this party"`

	Allowed []string `json:"allowed,omitempty" doc:"commands on this party that the state and the agent's privileges allow now"`
}

// RecordView is the record of a calling list that a call handles.
type RecordView struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Numbers  []NumberView      `json:"numbers" doc:"the chain, in dialing order"`
	TimeZone string            `json:"time_zone,omitempty" doc:"IANA name"`
	Fields   map[string]string `json:"fields" doc:"business fields of the record"`
	History  []AttemptView     `json:"history" doc:"earlier attempts, newest last"`
}

// NumberView is one number of a chain.
type NumberView struct {
	Number string `json:"number" doc:"E.164"`
	Type   string `json:"type,omitempty" doc:"for example mobile, home, work"`

	DoNotCall bool `json:"do_not_call,omitempty" doc:"on the do-not-call list: cannot be dialed"`
}

// AttemptView is one past attempt at a record.
type AttemptView struct {
	At          time.Time `json:"at"`
	Number      string    `json:"number"`
	Agent       string    `json:"agent,omitempty"`
	Result      string    `json:"result"`
	Disposition string    `json:"disposition,omitempty"`
}

// CampaignView is a campaign as an agent sees it in "my campaigns".
type CampaignView struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	Mode         string            `json:"mode" enum:"preview,progressive,predictive,power,agentless" doc:"preview: an agent starts each call; the others call the contact first"`
	State        string            `json:"state" enum:"running,stopped,exhausted" doc:"exhausted: nothing left to dial, now or later"`
	Waiting      int64             `json:"waiting" doc:"records that wait to be dialed, now, when calling hours are open, or later"`
	Later        int64             `json:"later,omitempty" doc:"of them, those that are to be dialed again at a later time"`
	Out          int64             `json:"out" doc:"records being handled"`
	Finished     int64             `json:"finished" doc:"records closed for good"`
	Promised     int64             `json:"promised" doc:"records that wait for the time of a callback"`
	Dispositions []DispositionView `json:"dispositions"`
	Required     bool              `json:"disposition_required"`
	Privileges   []string          `json:"privileges" doc:"what the agent may do in this campaign's calls"`
	Fields       []FieldView       `json:"fields,omitempty" doc:"how business fields are shown, in this order; others follow by name and cannot be changed"`
	Callback     CallbackRulesView `json:"callback" doc:"which callbacks can be promised"`
}

// CampaignRulesView is what an agent has to know of a campaign to handle its calls. It comes with the calls that an agent gets from colleagues.
type CampaignRulesView struct {
	Name         string            `json:"name"`
	Dispositions []DispositionView `json:"dispositions"`
	Required     bool              `json:"disposition_required"`
	Privileges   []string          `json:"privileges" doc:"what the agent may do in this campaign's calls"`
	Fields       []FieldView       `json:"fields,omitempty" doc:"how business fields are shown, in this order; others follow by name and cannot be changed"`
	Callback     CallbackRulesView `json:"callback" doc:"which callbacks can be promised"`
}

// CallbackRulesView is what somebody who drafts a callback has to know of the campaign.
type CallbackRulesView struct {
	Kind       string      `json:"kind" enum:"personal,pool" doc:"what a callback is when its draft does not say and the agent may promise both kinds"`
	Absent     AbsenceView `json:"absent" doc:"what happens to a personal one when its owner is absent and its draft does not say"`
	Groups     []string    `json:"groups" doc:"groups of agents that the rule for an absent owner can name"`
	NextShift  bool        `json:"next_shift" doc:"whether the rule next-shift can be chosen: the campaign has working hours"`
	Horizon    int64       `json:"horizon_seconds" doc:"how far ahead a callback can be promised"`
	Slot       int         `json:"slot_minutes" doc:"grid of the times that are suggested, counted from the full hour"`
	SlotLimit  int         `json:"slot_limit" doc:"how many callbacks can be promised for one slot; 0 for as many as one likes"`
	NoteLength int         `json:"note_length" doc:"how many characters the note may have"`
	TimeZone   string      `json:"time_zone" doc:"IANA time zone in which the campaign's agents work"`
}

// FieldView says how a business field of a campaign's records is shown.
type FieldView struct {
	Name     string `json:"name" doc:"key in the record's fields"`
	Label    string `json:"label" doc:"what people read"`
	Editable bool   `json:"editable" doc:"the agent may change it in a call, until done"`
}

// DispositionView is one choice an agent has at the end of a call.
type DispositionView struct {
	Code   string   `json:"code"`
	Name   string   `json:"name"`
	Groups []string `json:"groups,omitempty" doc:"groups of the tree it is in, outermost first"`
}

// Kinds of notices.
const (
	NoticeAgent    = "agent"    // Data is an AgentView
	NoticeCall     = "call"     // Data is a CallView, State "closed" being the last of that call
	NoticeCampaign = "campaign" // Data is a CampaignView
	NoticeTone     = "tone"     // Data is a ToneView
)

// ToneView tells the page to play the tone that the agent's phone is playing too.
type ToneView struct {
	Event string `json:"event" doc:"what happened, a key of the tone table"`
}

// Notice is something that happened, addressed to one agent. It carries the whole new view, so a reader that keeps only the newest
// of each kind and id is always right.
type Notice struct {
	Agent string
	Kind  string
	At    time.Time
	Data  any
}
