package dialer

import (
	"fmt"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// Code is the stable name of a reason why the engine refuses a command. It is part of the API: programs branch on it, so a
// code's meaning never changes.
type Code string

const (
	CodeUnknownAgent        Code = "unknown_agent"          // no such agent in the configuration
	CodeUnknownCampaign     Code = "unknown_campaign"       // no such campaign in the configuration
	CodeUnknownCall         Code = "unknown_call"           // no such call, or it is closed
	CodeUnknownDisposition  Code = "unknown_disposition"    // the campaign has no such disposition
	CodeUnknownReason       Code = "unknown_reason"         // no such not-ready reason
	CodeUnknownNumber       Code = "unknown_number"         // the record has no such number
	CodeUnknownTarget       Code = "unknown_target"         // nobody and nothing that can be reached
	CodeUnknownParty        Code = "unknown_party"          // the call has no such party on the line
	CodeDoNotCall           Code = "do_not_call"            // the number is on the do-not-call list
	CodeNotNow              Code = "not_now"                // the number may not be dialed at this time; Until says when
	CodeNumberNotAllowed    Code = "number_not_allowed"     // the configuration does not let agents dial that outside number
	CodeTooManyOutsideCalls Code = "too_many_outside_calls" // the agent has dialed as many outside numbers lately as allowed
	CodeTooManyFavourites   Code = "too_many_favourites"    // no room for another favourite target
	CodeFieldNotEditable    Code = "field_not_editable"     // the campaign does not let agents change that field
	CodeReadOnly            Code = "read_only"              // left alone in wrap-up for too long: note and fields cannot be changed
	CodeBadFieldValue       Code = "bad_field_value"        // no text, or too long
	CodeBadDigits           Code = "bad_digits"             // not DTMF
	CodeConferenceFull      Code = "conference_full"        // no room for another party
	CodeForbidden           Code = "forbidden"              // the agent lacks a privilege; Privilege says which
	CodeNotYourCall         Code = "not_your_call"          // the call belongs to another agent
	CodeNotInCampaign       Code = "not_in_campaign"        // the agent does not work in that campaign
	CodeNotSignedIn         Code = "not_signed_in"          // the agent has not signed in
	CodeWrongState          Code = "wrong_state"            // not possible in the present state; State and Allowed say what is
	CodePhoneNotConnected   Code = "phone_not_connected"    // the agent's phone is not in the booth
	CodePhonePerCall        Code = "phone_per_call"         // the agent's phone is rung at each call and cannot be connected before
	CodePhoneUnreachable    Code = "phone_unreachable"      // the agent's phone could not be rung or did not answer
	CodeNoRecord            Code = "no_record"              // the calling list has nothing to dial now
	CodeUnknownMode         Code = "unknown_mode"           // no mode that the campaign can be switched to while it dials
	CodeCampaignStopped     Code = "campaign_stopped"       // the campaign hands out and dials nothing until it is started
	CodeDispositionRequired Code = "disposition_required"   // the campaign wants a disposition before done
	CodeInvalidCallback     Code = "invalid_callback"       // the callback cannot be promised; Verdict says why, and what could
	CodeCallbackRequired    Code = "callback_required"      // the disposition wants a callback before done
	CodeUnknownCallback     Code = "unknown_callback"       // the campaign has no such callback
	CodeUnknownRecording    Code = "unknown_recording"      // there is no such recording, or its file is not there
	CodeNotRecorded         Code = "not_recorded"           // the campaign's calls are not recorded, or Asterisk cannot record
	CodeNoScript            Code = "no_script"              // the campaign has no script
	CodeUnknownStep         Code = "unknown_step"           // the script has no such step
	CodeUnknownAnswer       Code = "unknown_answer"         // the step of the script has no such answer
	CodeUnknownTemplate     Code = "unknown_template"       // the campaign has no such letter
	CodeUnknownAddress      Code = "unknown_address"        // the record has no such e-mail address
	CodeUnknownContact      Code = "unknown_contact"        // the campaign has no such record
	CodeUnfitMessage        Code = "unfit_message"          // the message cannot be sent as it is
	CodeUnknownWebhook      Code = "unknown_webhook"        // the campaign has no such webhook
	CodeMessageExists       Code = "message_exists"         // another message with that id was sent
	CodeUnfitFile           Code = "unfit_file"             // the file cannot be imported; File says why
	CodeUnknownImport       Code = "unknown_import"         // no such import, or it was forgotten
	CodeNoRejects           Code = "no_rejects"             // the import has no rejects that are kept
	CodeTooManyImports      Code = "too_many_imports"       // the process runs as many imports as it may
	CodeNodeUnavailable     Code = "node_unavailable"       // no Asterisk node is connected
	CodeTrunkFull           Code = "trunk_full"             // the trunk has no channel for the call now
	CodeStoreUnavailable    Code = "store_unavailable"      // Redis does not answer; nothing was changed
	CodeTimeout             Code = "timeout"                // Asterisk did not confirm in time
	CodeRequestRefused      Code = "request_refused"        // Asterisk refused a request; the message has its own words
	CodeShuttingDown        Code = "shutting_down"          // the process is stopping
)

// Error is a command that the engine refused or could not finish. Use errors.As to get at it.
type Error struct {
	Code    Code
	Message string   // one sentence for a person
	State   string   // for CodeWrongState: the state the call or agent is in
	Allowed []string // for CodeWrongState and the unknown_… codes: what would have been possible
	Err     error    // what lies beneath, if anything

	Until time.Time // for CodeNotNow: when it may be tried again

	Verdict   *callback.Verdict   // for CodeInvalidCallback
	File      *campaign.FileError // for CodeUnfitFile
	Privilege agent.Privilege     // for CodeForbidden: what the agent lacks
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Err)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
