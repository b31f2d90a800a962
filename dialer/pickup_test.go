package dialer

import (
	"context"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/call"
)

// TestANumberRingsForAsLongAsTheCampaignAllows: hasshin itself ends it after that, and not before, also when another process has the call by then.
func TestANumberRingsForAsLongAsTheCampaignAllows(t *testing.T) {
	redis := newRedis(t)
	const first, silent = "+819012001100", "+815012345678" // the list's first contact, and an outside number
	for name, script := range map[string][]string{         // after a colon: the state in which the line leaves the call
		"contact":                      {"hanako record", "silent", "hanako accept", "wait 19900ms:ringing", "wait 200ms:wrap-up"},
		"contact, of the last process": {"hanako record", "silent", "hanako accept", "wait 12s", "restart", "wait 7900ms:ringing", "wait 200ms:wrap-up"},
		"target": {
			"hanako record", "hanako accept", "wait 2s:talking", "hanako consult " + silent, "wait 19900ms:consult-ringing", "wait 200ms:held",
		},
		"target, of the last process": {
			"hanako record", "hanako accept", "wait 2s:talking", "hanako consult " + silent, "wait 12s", "restart", "wait 7900ms:consult-ringing",
			"wait 200ms:held",
		},
	} {
		t.Run(name, func(t *testing.T) {
			id, state, line := "", "", ""
			_, err := play(t, redis, true, func(r *rig) string {
				if line == "" {
					r.asterisk.Endpoint("PJSIP/"+silent+"@carrier", aritest.NoAnswer())
					r.arrive("hanako")
				}
				if v, err := r.engine.Agent(context.Background(), "hanako"); id == "" && err == nil && v.CallID != "" {
					id = v.CallID
				}
				if id != "" {
					v, err := r.engine.Call(context.Background(), "hanako", id)
					if err != nil || state != "" && v.State != state {
						r.fault("after %q the call is %s (%v), want %s", line, v.State, err, state)
					}
					if v.State == string(call.WrapUp) && v.Result != string(call.NoAnswer) {
						r.fault("the result is %q, want %q", v.Result, call.NoAnswer)
					}
					if v.State == string(call.Held) && v.Problem == "" {
						r.fault("the agent is not told why nobody is there to be consulted")
					}
				}
				if len(script) == 0 {
					return ""
				}
				line, state, _ = strings.Cut(script[0], ":")
				script = script[1:]
				if line == "silent" {
					r.asterisk.Endpoint("PJSIP/"+first+"@carrier", aritest.NoAnswer())
					line, script = script[0], script[1:]
				}
				return line
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
