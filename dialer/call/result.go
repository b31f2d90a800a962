package call

import "fmt"

// Result is the call result: what became of one attempt, one dialing of one
// number. Every attempt ends in exactly one. The values are stable codes that
// are stored in records and used in configuration.
type Result string

const (
	// Answered: somebody took the call. Whether it was a person is for
	// answering machine detection or the agent to say.
	Answered Result = "answered"
	// Busy: the number is engaged.
	Busy Result = "busy"
	// NoAnswer: it rang, or could not be reached for the moment, and nobody took the call in time.
	NoAnswer Result = "no-answer"
	// Machine: an answering machine or voicemail took the call. Never derived
	// from a SIP status; set by detection.
	Machine Result = "machine"
	// MessageLeft: an answering machine took the call, and heard our message to its end. Set by detection.
	MessageLeft Result = "message-left"
	// InvalidNumber: the number does not exist or is not in service; dialing it again is pointless.
	InvalidNumber Result = "invalid-number"
	// Rejected: the called side refused the call (SIP 603, 403 …).
	Rejected Result = "rejected"
	// Congestion: the network or the trunk had no room or no way for the call; nothing is known about the contact.
	Congestion Result = "congestion"
	// Abandoned: the contact answered and got no agent within the connect limit. Set by the dialer.
	Abandoned Result = "abandoned"
	// Failed: the attempt ended for a technical reason of ours or the trunk's
	// (wrong credentials, no common codec, Asterisk gone).
	Failed Result = "failed"
	// Cancelled: we gave up before an answer: the agent cancelled or the call was withdrawn. Set by the dialer.
	Cancelled Result = "cancelled"
)

// ByMachine reports whether an answering machine took the call.
func (r Result) ByMachine() bool { return r == Machine || r == MessageLeft }

// Results lists every call result, in the order in which reports show them.
func Results() []Result {
	return []Result{
		Answered, Machine, MessageLeft, Abandoned, Busy, NoAnswer, Rejected, InvalidNumber, Congestion, Failed, Cancelled,
	}
}

// Valid reports whether r is one of Results.
func (r Result) Valid() bool {
	for _, known := range Results() {
		if r == known {
			return true
		}
	}
	return false
}

// UnmarshalText refuses anything but the codes of Results, so that a wrong
// code in a configuration or a stored record is seen where it is read.
func (r *Result) UnmarshalText(text []byte) error {
	got := Result(text)
	if !got.Valid() {
		return fmt.Errorf("unknown call result %q, known are %v", got, Results())
	}
	*r = got
	return nil
}

// ResultOf tells what became of an attempt from what Asterisk says at its end
// (ChannelDestroyed).
//
// answered is whether the contact's channel was up at any time; then the rest
// says nothing about the attempt. techCause is the SIP status (`tech_cause`),
// which Asterisk gives off-nominal only: 0 when there was none. q850 is
// `cause`, an ITU-T Q.850 cause value.
//
// The SIP status is looked at first because it is what the network said; the
// Q.850 cause is Asterisk's translation of it and loses detail (404, 410 and
// 484 are told apart by the network and not always by the translation). A SIP
// status that has no row falls back to its class, as RFC 3261 section 8.1.3.2
// asks (an unknown x00–x99 is treated as x00), but only after the Q.850 cause
// had its say.
//
// ResultOf never returns Machine, MessageLeft, Abandoned or Cancelled: those are known by
// the dialer, not by the network.
func ResultOf(answered bool, techCause, q850 int) Result {
	if answered {
		return Answered
	}
	if r, ok := sipResults[techCause]; ok {
		return r
	}
	if r, ok := q850Results[q850]; ok {
		return r
	}
	if r, ok := sipClassResults[techCause/100]; ok {
		return r
	}
	return Failed
}

// sipResults maps final SIP responses to an INVITE. Numbers are sections of
// RFC 3261 unless another RFC is named; where RFC 3398 section 7.2.4.1 (SIP to ISUP)
// gives a Q.850 cause, the row agrees with q850Results for that cause unless its comment says why not.
var sipResults = map[int]Result{
	300: Failed, // 21.3.1 Multiple Choices: Asterisk follows redirects itself; one that reaches us was not followed
	301: Failed, // 21.3.2 Moved Permanently
	302: Failed, // 21.3.3 Moved Temporarily
	305: Failed, // 21.3.4 Use Proxy
	380: Failed, // 21.3.5 Alternative Service

	400: Failed,        // 21.4.1 Bad Request: our INVITE was malformed
	401: Failed,        // 21.4.2 Unauthorized: the trunk's credentials are wrong
	402: Rejected,      // 21.4.3 Payment Required (RFC 3398: cause 21)
	403: Rejected,      // 21.4.4 Forbidden: carriers use it for barred destinations (RFC 3398: cause 21)
	404: InvalidNumber, // 21.4.5 Not Found (cause 1)
	405: Failed,        // 21.4.6 Method Not Allowed
	406: Failed,        // 21.4.7 Not Acceptable
	407: Failed,        // 21.4.8 Proxy Authentication Required: credentials again
	408: NoAnswer,      // 21.4.9 Request Timeout: the callee could not be found in time; RFC 3398's cause 102 is "recovery on timer expiry", and a carrier sends 408 for a phone that is off
	410: InvalidNumber, // 21.4.10 Gone (cause 22)
	413: Failed,        // 21.4.11 Request Entity Too Large
	414: Failed,        // 21.4.12 Request-URI Too Long
	415: Failed,        // 21.4.13 Unsupported Media Type
	416: Failed,        // 21.4.14 Unsupported URI Scheme: the trunk does not take our kind of address
	417: Failed,        // RFC 4412 Unknown Resource-Priority
	420: Failed,        // 21.4.15 Bad Extension
	421: Failed,        // 21.4.16 Extension Required
	422: Failed,        // RFC 4028 Session Interval Too Small
	423: Failed,        // 21.4.17 Interval Too Brief
	424: Failed,        // RFC 6442 Bad Location Information
	428: Failed,        // RFC 8224 Use Identity Header
	429: Failed,        // RFC 3892 Provide Referrer Identity
	433: Rejected,      // RFC 5079 Anonymity Disallowed: the callee refuses calls without a caller id
	436: Failed,        // RFC 8224 Bad Identity Info
	437: Failed,        // RFC 8224 Unsupported Credential
	438: Failed,        // RFC 8224 Invalid Identity Header
	480: NoAnswer,      // 21.4.18 Temporarily Unavailable (RFC 3398: cause 18, no user responding)
	481: Failed,        // 21.4.19 Call/Transaction Does Not Exist
	482: Congestion,    // 21.4.20 Loop Detected: routing inside the network (RFC 3398: cause 25, exchange routing error)
	483: Congestion,    // 21.4.21 Too Many Hops (cause 25)
	484: InvalidNumber, // 21.4.22 Address Incomplete (cause 28)
	485: InvalidNumber, // 21.4.23 Ambiguous (cause 1)
	486: Busy,          // 21.4.24 Busy Here (cause 17)
	487: NoAnswer,      // 21.4.25 Request Terminated: our CANCEL after the ring time; a cancel by the agent is known to the dialer as Cancelled before this table is asked
	488: Failed,        // 21.4.26 Not Acceptable Here: no common codec
	489: Failed,        // RFC 6665 Bad Event
	491: Failed,        // 21.4.27 Request Pending
	493: Failed,        // 21.4.28 Undecipherable
	494: Failed,        // RFC 3329 Security Agreement Required

	500: Congestion, // 21.5.1 Server Internal Error (RFC 3398: cause 41, temporary failure)
	501: Failed,     // 21.5.2 Not Implemented (cause 79)
	502: Congestion, // 21.5.3 Bad Gateway (cause 38)
	503: Congestion, // 21.5.4 Service Unavailable (cause 41)
	504: Congestion, // 21.5.5 Server Time-out; RFC 3398's cause 102, and here the network is meant, not the callee
	505: Failed,     // 21.5.6 Version Not Supported
	513: Failed,     // 21.5.7 Message Too Large
	555: Failed,     // RFC 8599 Push Notification Service Not Supported
	580: Congestion, // RFC 3312 Precondition Failure: no resources for the media

	600: Busy,          // 21.6.1 Busy Everywhere (cause 17)
	603: Rejected,      // 21.6.2 Decline (cause 21)
	604: InvalidNumber, // 21.6.3 Does Not Exist Anywhere (cause 1)
	606: Failed,        // 21.6.4 Not Acceptable: media again
	607: Rejected,      // RFC 8197 Unwanted: the callee marks us as unwanted
	608: Rejected,      // RFC 8688 Rejected by an analytics engine on the way
}

// sipClassResults answers for statuses without a row, by class (RFC 3261 section 8.1.3.2).
var sipClassResults = map[int]Result{
	3: Failed,
	4: Failed,
	5: Congestion,
	6: Rejected,
}

// q850Results maps ITU-T Q.850 (05/2018) cause values, used when there was no
// SIP status: the INVITE timed out, the channel was not SIP, or Asterisk ended
// the call itself.
var q850Results = map[int]Result{
	1:   InvalidNumber, // unallocated (unassigned) number
	2:   Congestion,    // no route to specified transit network
	3:   InvalidNumber, // no route to destination
	4:   InvalidNumber, // send special information tone: the number is wrong in a lasting way
	5:   InvalidNumber, // misdialled trunk prefix
	6:   Failed,        // channel unacceptable
	8:   Failed,        // preemption
	16:  NoAnswer,      // normal call clearing, before an answer: we or the network gave up while it rang
	17:  Busy,          // user busy
	18:  NoAnswer,      // no user responding
	19:  NoAnswer,      // no answer from user (user alerted)
	20:  NoAnswer,      // subscriber absent: mobile phone off or out of reach
	21:  Rejected,      // call rejected
	22:  InvalidNumber, // number changed
	23:  Failed,        // redirection to new destination, not followed
	24:  Rejected,      // call rejected due to feature at the destination (anonymous call rejection)
	25:  Congestion,    // exchange routing error
	26:  NoAnswer,      // non-selected user clearing
	27:  Congestion,    // destination out of order: an interface is down, the number may be right
	28:  InvalidNumber, // invalid number format (address incomplete)
	29:  Rejected,      // facility rejected
	31:  NoAnswer,      // normal, unspecified
	34:  Congestion,    // no circuit/channel available
	38:  Congestion,    // network out of order
	41:  Congestion,    // temporary failure
	42:  Congestion,    // switching equipment congestion
	43:  Congestion,    // access information discarded
	44:  Congestion,    // requested circuit/channel not available
	47:  Congestion,    // resource unavailable, unspecified
	50:  Failed,        // requested facility not subscribed
	52:  Rejected,      // outgoing calls barred (value of Asterisk's list)
	54:  Rejected,      // incoming calls barred (value of Asterisk's list)
	55:  Rejected,      // incoming calls barred within closed user group
	57:  Rejected,      // bearer capability not authorized
	58:  Failed,        // bearer capability not presently available (no common codec)
	63:  Failed,        // service or option not available, unspecified
	65:  Failed,        // bearer capability not implemented
	66:  Failed,        // channel type not implemented: no such endpoint technology
	69:  Failed,        // requested facility not implemented
	79:  Failed,        // service or option not implemented, unspecified
	81:  Failed,        // invalid call reference value
	87:  Rejected,      // user not member of closed user group
	88:  Failed,        // incompatible destination
	95:  Failed,        // invalid message, unspecified
	96:  Failed,        // mandatory information element is missing
	97:  Failed,        // message type non-existent or not implemented
	102: NoAnswer,      // recovery on timer expiry
	111: Failed,        // protocol error, unspecified
	127: Failed,        // interworking, unspecified
}
