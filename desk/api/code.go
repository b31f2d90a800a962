package api

import (
	"net/http"
	"slices"

	"github.com/hasshin/hasshin/dialer"
)

// Code is the stable name of a reason why a request was refused: one of the desk's own, below, or one of the engine's, see
// [dialer.Code]. A code always has the same HTTP status, and its meaning never changes.
type Code string

// The desk's own codes.
const (
	CodeBadRequest          Code = "bad_request"
	CodeBadCredentials      Code = "bad_credentials"
	CodeUnauthenticated     Code = "unauthenticated"
	CodeCrossOrigin         Code = "cross_origin"
	CodeNotFound            Code = "not_found"
	CodeMethodNotAllowed    Code = "method_not_allowed"
	CodeRequestTimeout      Code = "request_timeout"
	CodeTooLarge            Code = "too_large"
	CodeUnsupportedMedia    Code = "unsupported_media_type"
	CodeRangeNotSatisfiable Code = "range_not_satisfiable"
	CodeIdempotencyConflict Code = "idempotency_conflict"
	CodeIdempotencyInFlight Code = "idempotency_in_flight"
	CodeUpgradeRequired     Code = "upgrade_required"
	CodeRateLimited         Code = "rate_limited"
	CodeBusy                Code = "busy"
	CodeNotReady            Code = "not_ready"
	CodeInternal            Code = "internal"
)

// CodeForbidden is both the desk's and the engine's: whoever misses the privilege first says so.
const CodeForbidden = Code(dialer.CodeForbidden)

// CodeInfo documents a code.
type CodeInfo struct {
	Code   Code
	Status int    // HTTP status
	Title  string // what it means, in a few words; the problem's title
	Help   string // what to do about it
	Retry  int    // seconds after which to try again, 0 where repeating the same request is pointless
}

// Codes is the table of all codes, in the order of the documentation.
func Codes() []CodeInfo { return slices.Clone(codes) }

// Info finds the documentation of a code. One that the table does not have is documented as internal.
func Info(code Code) (CodeInfo, bool) {
	for _, c := range codes {
		if c.Code == code {
			return c, true
		}
	}
	return codes[slices.IndexFunc(codes, func(c CodeInfo) bool { return c.Code == CodeInternal })], false
}

// NewProblem returns a problem with the code's own status and title.
func NewProblem(code Code, detail string) *Problem {
	info, _ := Info(code)
	return &Problem{Type: "/docs#error-" + string(info.Code), Title: info.Title, Status: info.Status, Code: info.Code, Detail: detail, Retry: info.Retry}
}

func engine(code dialer.Code) Code { return Code(code) }

var codes = []CodeInfo{
	// The request itself.
	{CodeBadRequest, http.StatusBadRequest, "the request is malformed",
		"errors says what is wrong and where. Mend the request.", 0},
	{CodeNotFound, http.StatusNotFound, "there is nothing at this address",
		"Compare the address with the documentation.", 0},
	{CodeMethodNotAllowed, http.StatusMethodNotAllowed, "the address does not know this method",
		"The Allow header, and allowed, say which methods it knows.", 0},
	{CodeRequestTimeout, http.StatusRequestTimeout, "the request did not arrive in time",
		"Send the whole request at once.", 0},
	{CodeTooLarge, http.StatusRequestEntityTooLarge, "the request's body is too large",
		"The server's max_body is the limit.", 0},
	{CodeUnsupportedMedia, http.StatusUnsupportedMediaType, "the request's body is not JSON",
		"Send Content-Type: application/json.", 0},
	{CodeRangeNotSatisfiable, http.StatusRequestedRangeNotSatisfiable, "the file has no such part",
		"The Content-Range header says how long it is.", 0},
	{CodeUpgradeRequired, http.StatusUpgradeRequired, "this address speaks WebSocket only",
		"Connect with a WebSocket client, version 13.", 0},

	// Who is asking.
	{CodeBadCredentials, http.StatusUnauthorized, "agent and password do not belong together",
		"Whether the agent exists is not told. After some wrong attempts the next ones are delayed (rate_limited).", 0},
	{CodeUnauthenticated, http.StatusUnauthorized, "no valid session",
		"Sign in. A session ends by signing out, by not being used for a while, or at its appointed end.", 0},
	{CodeForbidden, http.StatusForbidden, "a privilege is missing",
		"privilege names it. Roles, agents and campaigns have their privileges from the configuration.", 0},
	{CodeCrossOrigin, http.StatusForbidden, "the request comes from another site's page",
		"A page must be served by hasshin itself, or from its public_url. Programs should send a bearer token instead of a cookie.", 0},
	{CodeRateLimited, http.StatusTooManyRequests, "too many wrong passwords",
		"Wait as long as Retry-After says. The wait doubles with each wrong attempt.", 1},
	{CodeBusy, http.StatusServiceUnavailable, "too many people are signing in at this moment",
		"Try again after Retry-After.", 2},

	// Repeating a command.
	{CodeIdempotencyConflict, http.StatusUnprocessableEntity, "the idempotency key was used for a different request",
		"Make a new key for each new command; use one again only to repeat the very same request.", 0},
	{CodeIdempotencyInFlight, http.StatusConflict, "the first request with this idempotency key is still being worked on",
		"Repeat the request with the same key after Retry-After.", 1},

	// What the engine says.
	{engine(dialer.CodeUnknownAgent), http.StatusNotFound, "no such agent", "The configuration has no agent of that id.", 0},
	{engine(dialer.CodeUnknownCampaign), http.StatusNotFound, "no such campaign", "The configuration has no campaign of that id; allowed has those it has.", 0},
	{engine(dialer.CodeUnknownCall), http.StatusNotFound, "no such call, or it is closed", "A call is gone once it is done. Look at the agent to see its call.", 0},
	{engine(dialer.CodeUnknownDisposition), http.StatusUnprocessableEntity, "the campaign has no such disposition", "allowed has the campaign's dispositions.", 0},
	{engine(dialer.CodeUnknownReason), http.StatusUnprocessableEntity, "no such not-ready reason", "allowed has the configured reasons.", 0},
	{engine(dialer.CodeUnknownNumber), http.StatusUnprocessableEntity, "the record has no such number", "allowed has the numbers of the record's chain.", 0},
	{engine(dialer.CodeDoNotCall), http.StatusForbidden, "the number is on the do-not-call list", "allowed has the numbers of the record that can be dialed, if there are any.", 0},
	{engine(dialer.CodeNotNow), http.StatusConflict, "the number may not be dialed at this time", "detail says why, and when it may: calling hours, or dialed too often lately. Cancel or reject the record; it comes back at its time.", 0},
	{engine(dialer.CodeNumberNotAllowed), http.StatusForbidden, "an outside number that is not to be dialed", "detail says why: a country, prefix or premium rate that `directory.outside` does not allow.", 0},
	{engine(dialer.CodeTooManyOutsideCalls), http.StatusTooManyRequests, "too many outside numbers lately", "detail says when the next one may be dialed.", 0},
	{engine(dialer.CodeTooManyFavourites), http.StatusConflict, "no room for another favourite", "Remove one first.", 0},
	{engine(dialer.CodeFieldNotEditable), http.StatusForbidden, "agents cannot change that field", "allowed has the fields that can be changed in this campaign.", 0},
	{engine(dialer.CodeReadOnly), http.StatusConflict, "note and fields can no longer be changed", "The call was left alone in wrap-up for longer than the campaign's read_only_after. Choose a disposition and be done.", 0},
	{engine(dialer.CodeBadFieldValue), http.StatusUnprocessableEntity, "no value for a field", "A value is at most 4,096 bytes of UTF-8 without control characters.", 0},
	{engine(dialer.CodeUnknownRecording), http.StatusNotFound, "there is no such recording", "It was deleted, or never was; list the recordings.", 0},
	{engine(dialer.CodeNotRecorded), http.StatusConflict, "the call is not recorded", "detail says why: the campaign records nothing, or Asterisk cannot.", 0},
	{engine(dialer.CodeNoScript), http.StatusNotFound, "the campaign has no script", "The configuration names a file for it: campaigns.….script.", 0},
	{engine(dialer.CodeUnknownStep), http.StatusNotFound, "the script has no such step", "allowed has the ids of its steps.", 0},
	{engine(dialer.CodeUnknownAnswer), http.StatusUnprocessableEntity, "the step of the script has no such answer", "allowed has the values of its answers.", 0},
	{engine(dialer.CodeUnknownTemplate), http.StatusUnprocessableEntity, "the campaign has no such letter", "allowed has the ids of its letters.", 0},
	{engine(dialer.CodeUnknownAddress), http.StatusUnprocessableEntity, "the record has no such e-mail address", "allowed has those it has. Change the record's field first, where the campaign lets agents do so.", 0},
	{engine(dialer.CodeUnknownContact), http.StatusNotFound, "no such contact", "The campaign's list has no record of that id.", 0},
	{engine(dialer.CodeUnfitMessage), http.StatusUnprocessableEntity, "the message cannot be sent as it is", "detail says what is wrong with it.", 0},
	{engine(dialer.CodeUnknownWebhook), http.StatusUnprocessableEntity, "the campaign has no such webhook", "allowed has the ids of its webhooks.", 0},
	{engine(dialer.CodeMessageExists), http.StatusConflict, "another message with that id was sent", "Draft a new one, and send it under the id that the draft has.", 0},
	{engine(dialer.CodeUnknownTarget), http.StatusUnprocessableEntity, "nobody and nothing that can be reached", "detail says what is wrong with the target; allowed has the groups, queues or kinds there are.", 0},
	{engine(dialer.CodeUnknownParty), http.StatusUnprocessableEntity, "the call has no such party on the line", "allowed has the parties that are there.", 0},
	{engine(dialer.CodeBadDigits), http.StatusUnprocessableEntity, "not something that DTMF can carry", "Send up to 64 of 0-9, *, #, A to D, and w or W for a pause of half a second or a second.", 0},
	{engine(dialer.CodeConferenceFull), http.StatusConflict, "the conference has no room for another party", "Drop a party first. The configuration's conference_limit is the most parties of one.", 0},
	{engine(dialer.CodeNotYourCall), http.StatusForbidden, "the call belongs to another agent", "Only the agent who handles a call can see and command it.", 0},
	{engine(dialer.CodeNotInCampaign), http.StatusForbidden, "the agent does not work in that campaign", "The agent's campaigns are set in the configuration.", 0},
	{engine(dialer.CodeNotSignedIn), http.StatusConflict, "the agent has not signed in", "Sign in again.", 0},
	{engine(dialer.CodeWrongState), http.StatusConflict, "not possible in the present state", "state says what the call or agent is doing, allowed what is possible now.", 0},
	{engine(dialer.CodePhonePerCall), http.StatusConflict, "the agent's phone is rung at each call", "Nothing: accepting a call rings it.", 0},
	{engine(dialer.CodePhoneNotConnected), http.StatusConflict, "the agent's phone is not connected", "Connect the phone first.", 0},
	{engine(dialer.CodePhoneUnreachable), http.StatusConflict, "the agent's phone could not be rung or did not answer", "Check that the phone is registered, then connect it again.", 0},
	{engine(dialer.CodeNoRecord), http.StatusConflict, "the calling list has nothing to dial now", "Try again later, or work in another campaign.", 0},
	{engine(dialer.CodeUnknownMode), http.StatusConflict, "the campaign cannot have that mode now", "`allowed` lists the modes it can have. Between preview and the modes that dial by themselves only the configuration changes.", 0},
	{engine(dialer.CodeCampaignStopped), http.StatusConflict, "the campaign is stopped", "Wait until it is started: by its calendar, or by somebody with the privilege campaigns.run.", 0},
	{engine(dialer.CodeDispositionRequired), http.StatusConflict, "the campaign wants a disposition before done", "allowed has the campaign's dispositions.", 0},
	{engine(dialer.CodeInvalidCallback), http.StatusUnprocessableEntity, "the callback cannot be promised", "verdict says what is wrong with it, and which times nearby would do.", 0},
	{engine(dialer.CodeCallbackRequired), http.StatusConflict, "the disposition wants a callback before done", "Draft a callback on the call, or choose another disposition.", 0},
	{engine(dialer.CodeUnknownCallback), http.StatusNotFound, "the campaign has no such callback", "List the callbacks to see those there are.", 0},
	{engine(dialer.CodeUnfitFile), http.StatusUnprocessableEntity, "the file cannot be imported", "Nothing of it was imported; file says what is wrong with it, and where.", 0},
	{engine(dialer.CodeUnknownImport), http.StatusNotFound, "no such import", "It was forgotten, or never was; list the imports.", 0},
	{engine(dialer.CodeNoRejects), http.StatusNotFound, "the import has no rejects", "No row was rejected, or they were forgotten, or they are in a file of the command's.", 0},
	{engine(dialer.CodeTooManyImports), http.StatusServiceUnavailable, "too many imports are running", "Nothing was changed; try again when one has ended.", 5},
	{engine(dialer.CodeRequestRefused), http.StatusBadGateway, "Asterisk refused a request", "detail has Asterisk's own words.", 0},
	{engine(dialer.CodeNodeUnavailable), http.StatusServiceUnavailable, "no Asterisk node is connected", "hasshin keeps trying to connect. Nothing was changed.", 2},
	{engine(dialer.CodeTrunkFull), http.StatusServiceUnavailable, "the trunk has no channel for the call now", "detail says why. Nothing was changed; try again.", 2},
	{engine(dialer.CodeStoreUnavailable), http.StatusServiceUnavailable, "Redis does not answer", "Nothing was changed.", 2},
	{engine(dialer.CodeShuttingDown), http.StatusServiceUnavailable, "the process is stopping", "Another process, or this one after its restart, takes over.", 2},
	{engine(dialer.CodeTimeout), http.StatusGatewayTimeout, "Asterisk did not confirm in time", "What became of the command is not known: look at the call or agent before trying again.", 0},

	// The server.
	{CodeNotReady, http.StatusServiceUnavailable, "the process cannot handle calls at this moment", "errors says what is missing.", 2},
	{CodeInternal, http.StatusInternalServerError, "a defect of hasshin", "request_id finds it in the log. Please report it.", 0},
}
