package desk

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/imports"
	"github.com/hasshin/hasshin/dialer/recording"
)

// Engine is what the desk needs of the dialer; [dialer.Engine] is one. A refused command is a *dialer.Error. Each command returns when
// Asterisk confirmed it, or earlier with the error of its context.
type Engine interface {
	// Available is nil when calls can be handled.
	Available() error

	SignIn(ctx context.Context, agent string) (dialer.AgentView, error)
	SignOut(ctx context.Context, agent string) error
	Agent(ctx context.Context, agent string) (dialer.AgentView, error)
	Agents(ctx context.Context) ([]dialer.AgentView, error)

	PhoneCredentials(ctx context.Context, agent string) (dialer.PhoneCredentials, error)
	ConnectPhone(ctx context.Context, agent string) (dialer.AgentView, error)
	ReconnectPhone(ctx context.Context, agent string) (dialer.AgentView, error)
	DisconnectPhone(ctx context.Context, agent string) (dialer.AgentView, error)

	SetReady(ctx context.Context, agent string) (dialer.AgentView, error)
	SetNotReady(ctx context.Context, agent, reason string) (dialer.AgentView, error)
	NotReadyReasons() []string

	Campaigns(ctx context.Context, agent string) ([]dialer.CampaignView, error)
	GetRecord(ctx context.Context, agent, campaign string) (dialer.CallView, error)

	Call(ctx context.Context, agent, call string) (dialer.CallView, error)
	Accept(ctx context.Context, agent, call, number string) (dialer.CallView, error)
	Reject(ctx context.Context, agent, call, reason string) (dialer.CallView, error)
	Cancel(ctx context.Context, agent, call string) (dialer.CallView, error)
	CancelUndoable(ctx context.Context, agent, call string) (dialer.CallView, error)
	Undo(ctx context.Context, agent, call string) (dialer.CallView, error)

	Hold(ctx context.Context, agent, call string) (dialer.CallView, error)
	Resume(ctx context.Context, agent, call string) (dialer.CallView, error)
	StartConsultation(ctx context.Context, agent, call string, to dialer.Target) (dialer.CallView, error)
	EndConsultation(ctx context.Context, agent, call string) (dialer.CallView, error)
	Swap(ctx context.Context, agent, call string) (dialer.CallView, error)
	Merge(ctx context.Context, agent, call string) (dialer.CallView, error)
	CompleteTransfer(ctx context.Context, agent, call string) (dialer.CallView, error)
	StartConference(ctx context.Context, agent, call string, to dialer.Target) (dialer.CallView, error)
	TransferTo(ctx context.Context, agent, call string, to dialer.Target) (dialer.CallView, error)
	Retrieve(ctx context.Context, agent, call string) (dialer.CallView, error)
	Leave(ctx context.Context, agent, call string) (dialer.CallView, error)
	Drop(ctx context.Context, agent, call, party string) (dialer.CallView, error)
	Mute(ctx context.Context, agent, call, party string, mute bool) (dialer.CallView, error)
	SendDTMF(ctx context.Context, agent, call, party, digits string) (dialer.CallView, error)

	SetField(ctx context.Context, agent, call, key, value string) (dialer.CallView, error)
	DoNotCall(ctx context.Context, agent, call string, scope dialer.DoNotCallScope) (dialer.CallView, error)

	Script(ctx context.Context, agent, call string) (dialer.ScriptView, error)
	AnswerScript(ctx context.Context, agent, call, step, value string) (dialer.ScriptView, error)

	Channels(ctx context.Context, agent, call string) (dialer.ChannelsView, error)
	DraftEmail(ctx context.Context, agent, call, template, to string) (dialer.EmailDraftView, error)
	SendEmail(ctx context.Context, agent, call string, e dialer.Email) (dialer.MessageView, error)
	SendWebhook(ctx context.Context, agent, call, webhook, id string) (dialer.MessageView, error)
	Messages(ctx context.Context, agent, call string) ([]dialer.MessageView, error)

	SuperviseAgent(ctx context.Context, supervisor, agent string, mode dialer.SuperviseMode) (dialer.AgentView, error)
	SuperviseCall(ctx context.Context, supervisor, call string, mode dialer.SuperviseMode) (dialer.AgentView, error)
	StopSupervising(ctx context.Context, supervisor string) (dialer.AgentView, error)
	TakeOver(ctx context.Context, supervisor string) (dialer.CallView, error)
	EndSupervised(ctx context.Context, supervisor, call string) (dialer.LiveCallView, error)
	LiveCalls(ctx context.Context, supervisor string) ([]dialer.LiveCallView, error)
	StartRecording(ctx context.Context, agent, call string) (dialer.CallView, error)
	StopRecording(ctx context.Context, agent, call string) (dialer.CallView, error)
	PauseRecording(ctx context.Context, agent, call string) (dialer.CallView, error)
	ResumeRecording(ctx context.Context, agent, call string) (dialer.CallView, error)

	Recordings(ctx context.Context, by string, q recording.Query) ([]recording.Meta, error)
	Recording(ctx context.Context, by, id string) (recording.Meta, error)
	OpenRecording(ctx context.Context, by, id string, note bool) (recording.Meta, io.ReadSeekCloser, error)
	DeleteRecording(ctx context.Context, by, id string) error

	AuditLog(ctx context.Context, by string, q audit.Query) ([]dialer.AuditEntryView, error)

	SearchTargets(ctx context.Context, agent, call, query string, limit int) ([]dialer.TargetView, error)
	SetFavouriteTarget(ctx context.Context, agent string, target dialer.Target, favourite bool) error

	CheckCallback(ctx context.Context, agent, call string, d callback.Draft) (callback.Verdict, error)
	SetCallback(ctx context.Context, agent, call string, d callback.Draft) (dialer.CallView, error)
	ClearCallback(ctx context.Context, agent, call string) (dialer.CallView, error)

	Callbacks(ctx context.Context, agent string, q dialer.CallbackQuery) ([]dialer.PromiseView, error)
	Callback(ctx context.Context, agent, campaign, id string) (dialer.PromiseView, error)
	MoveCallback(ctx context.Context, agent, campaign, id string, when callback.LocalTime, why string) (dialer.PromiseView, error)
	HandOverCallback(ctx context.Context, agent, campaign, id, to string) (dialer.PromiseView, error)
	CancelCallback(ctx context.Context, agent, campaign, id, why string) (dialer.PromiseView, error)
	ReleaseCallback(ctx context.Context, agent, campaign, id string) (dialer.PromiseView, error)
	CallbackLedger(ctx context.Context, agent, campaign string, from, before time.Time) (iter.Seq2[dialer.PromiseView, error], error)

	CampaignRun(ctx context.Context, agent, campaign string) (dialer.RunView, error)
	StartCampaign(ctx context.Context, agent, campaign, why string) (dialer.RunView, error)
	StopCampaign(ctx context.Context, agent, campaign, why string, hold bool) (dialer.RunView, error)

	ContactReached(ctx context.Context, agent, number, how string) ([]dialer.PromiseView, error)
	PastCalls(ctx context.Context, agent string, q history.Query) ([]history.PastCall, error)
	FindContacts(ctx context.Context, agent, campaign, text string, limit int) ([]dialer.ContactView, error)
	Timeline(ctx context.Context, agent, campaign, record, after string, limit int) (dialer.TimelineView, error)
	CallTimeline(ctx context.Context, agent, call, after string, limit int) (dialer.TimelineView, error)
	DayFigures(ctx context.Context, agent, campaign, from, to string) ([]history.DayFigures, error)
	Wallboard(ctx context.Context, agent string) (dialer.WallboardView, error)
	WatchWallboard(tell func(dialer.BoardChange)) (stop func())
	BoardCalls(ctx context.Context) ([]dialer.LiveCallView, error)
	BoardRuns(ctx context.Context) ([]dialer.RunView, []dialer.DialingView, error)
	MayRun(agent, campaign string) bool
	SeenBy(supervisor string, v dialer.LiveCallView) (dialer.LiveCallView, bool)
	Course(ctx context.Context, agent, campaign string) (dialer.CourseView, error)
	SignOutOther(ctx context.Context, supervisor, agent string) error

	Dialing(ctx context.Context, agent, campaign string) (dialer.DialingView, error)
	SetDialingMode(ctx context.Context, agent, campaign string, mode campaign.Mode, why string) (dialer.DialingView, error)

	StartImport(ctx context.Context, agent string, o dialer.ImportOrder) (imports.Import, error)
	Imports(ctx context.Context, agent string, before time.Time, limit int) ([]imports.Import, error)
	Import(ctx context.Context, agent, id string) (imports.Import, error)
	CancelImport(ctx context.Context, agent, id string) (imports.Import, error)
	WriteImportRejects(ctx context.Context, agent, id string, w io.Writer) error

	Calendar(ctx context.Context, agent string) ([]dialer.WorkView, error)
	CampaignDays(ctx context.Context, agent, campaign string, limit int) ([]dialer.DayView, error)

	End(ctx context.Context, agent, call string) (dialer.CallView, error)
	SetDisposition(ctx context.Context, agent, call, code string) (dialer.CallView, error)
	SetNote(ctx context.Context, agent, call, text string) (dialer.CallView, error)
	Done(ctx context.Context, agent, call string, opt dialer.DoneOptions) (dialer.CallView, error)
}

var _ Engine = (*dialer.Engine)(nil)
