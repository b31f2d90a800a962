package call

import (
	"encoding/json"
	"testing"
)

// Every final response to an INVITE that RFC 3261 and its extensions register.
func TestResultOfSIPStatus(t *testing.T) {
	for status, want := range map[int]Result{
		// What carriers send every day.
		486: Busy, 600: Busy,
		480: NoAnswer, 408: NoAnswer, 487: NoAnswer,
		603: Rejected, 403: Rejected, 402: Rejected, 433: Rejected, 607: Rejected, 608: Rejected,
		404: InvalidNumber, 410: InvalidNumber, 484: InvalidNumber, 485: InvalidNumber, 604: InvalidNumber,
		500: Congestion, 502: Congestion, 503: Congestion, 504: Congestion, 580: Congestion, 482: Congestion, 483: Congestion,
		// Ours or the trunk's.
		300: Failed, 301: Failed, 302: Failed, 305: Failed, 380: Failed,
		400: Failed, 401: Failed, 405: Failed, 406: Failed, 407: Failed, 413: Failed, 414: Failed, 415: Failed, 416: Failed, 417: Failed, 420: Failed,
		421: Failed, 422: Failed, 423: Failed, 424: Failed, 428: Failed, 429: Failed, 436: Failed, 437: Failed, 438: Failed, 481: Failed,
		488: Failed, 489: Failed, 491: Failed, 493: Failed, 494: Failed, 501: Failed, 505: Failed, 513: Failed, 555: Failed, 606: Failed,
	} {
		if got := ResultOf(false, status, 0); got != want {
			t.Errorf("SIP %d: %s, want %s", status, got, want)
		}
		// The status goes before the cause, which Asterisk only translates it to.
		for _, cause := range []int{16, 17, 127} {
			if got := ResultOf(false, status, cause); got != want {
				t.Errorf("SIP %d with cause %d: %s, want %s", status, cause, got, want)
			}
		}
		if got := ResultOf(true, status, 17); got != Answered {
			t.Errorf("SIP %d after an answer: %s, want answered", status, got)
		}
	}
}

func TestResultOfCause(t *testing.T) {
	for cause, want := range map[int]Result{
		1: InvalidNumber, 3: InvalidNumber, 22: InvalidNumber, 28: InvalidNumber,
		17: Busy,
		16: NoAnswer, 18: NoAnswer, 19: NoAnswer, 20: NoAnswer, 102: NoAnswer,
		21: Rejected, 24: Rejected, 29: Rejected, 57: Rejected,
		34: Congestion, 38: Congestion, 41: Congestion, 42: Congestion, 44: Congestion, 27: Congestion,
		58: Failed, 65: Failed, 88: Failed, 111: Failed, 127: Failed,
	} {
		if got := ResultOf(false, 0, cause); got != want {
			t.Errorf("cause %d: %s, want %s", cause, got, want)
		}
	}
}

func TestResultOfTheUnknown(t *testing.T) {
	for _, c := range []struct {
		sip, q850 int
		want      Result
	}{
		{0, 0, Failed},           // nothing is known: Asterisk gone, channel never dialed
		{499, 0, Failed},         // as 400
		{599, 0, Congestion},     // as 500
		{699, 0, Rejected},       // as 600, which is final for the callee wherever it is asked
		{499, 17, Busy},          // the cause knows better than the class
		{799, 0, Failed},         // none of SIP's
		{-1, 17, Busy},           // none of SIP's
		{0, 9999, Failed},        // none of Q.850's
		{200, 16, NoAnswer},      // nominal: not an end of an attempt by itself
		{404, 34, InvalidNumber}, // the network's word goes before the translation
	} {
		if got := ResultOf(false, c.sip, c.q850); got != c.want {
			t.Errorf("SIP %d with cause %d: %s, want %s", c.sip, c.q850, got, c.want)
		}
	}
}

// What only the dialer can know never comes from the network, and every answer is a known result.
func TestResultOfGivesOnlyWhatTheNetworkKnows(t *testing.T) {
	ours := map[Result]bool{Machine: true, Abandoned: true, Cancelled: true, Answered: true}
	for sip := range 1000 {
		for cause := range 130 {
			got := ResultOf(false, sip, cause)
			if !got.Valid() || ours[got] {
				t.Fatalf("SIP %d with cause %d: %q", sip, cause, got)
			}
		}
	}
}

// RFC 3398 section 7.2.4.1 maps SIP statuses to causes. Where both tables have a row they agree, but for what is explained.
func TestTablesAgree(t *testing.T) {
	differ := map[int]string{
		400: "41 is a temporary failure; a malformed INVITE of ours does not mend itself",
		401: "21 is a rejected call; it is our credentials",
		407: "21 is a rejected call; it is our credentials",
		481: "41 is a temporary failure; a dialog that does not exist is none of the network's",
		488: "31 is normal and unspecified; no common codec is ours to mend",
		504: "102 is a timer that ran out; here it is the network's, not the callee's",
		606: "31 is normal and unspecified; no common codec is ours to mend",
	}
	for status, cause := range map[int]int{
		400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127, 415: 79, 416: 127, 420: 127,
		421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17, 488: 31, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102,
		505: 127, 513: 127, 600: 17, 603: 21, 604: 1, 606: 31,
	} {
		bySIP, byCause := ResultOf(false, status, 0), ResultOf(false, 0, cause)
		if _, explained := differ[status]; (bySIP != byCause) != explained {
			t.Errorf("SIP %d is %s, its cause %d is %s, explained: %t", status, bySIP, cause, byCause, explained)
		}
	}
}

func TestResultText(t *testing.T) {
	for _, want := range Results() {
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Result
		if err := json.Unmarshal(b, &got); err != nil || got != want {
			t.Errorf("%s: read back as %q, error %v", b, got, err)
		}
	}
	var r Result
	if err := json.Unmarshal([]byte(`"bussy"`), &r); err == nil {
		t.Error("an unknown result was read")
	}
}
