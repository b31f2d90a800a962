package dialer

import "testing"

// What TestRandomFire once found, in as few lines as it takes.
func TestStoriesThatWentWrong(t *testing.T) {
	redis := newRedis(t)
	for name, script := range map[string][]string{
		"an attempt has a result although its contact talks on with others": {
			"hanako record", "hanako accept", "wait 2s", "hanako transfer +815012345000", "wait 12s", "hanako done-and-stop",
		},
		"a leg that was made and ended while the connection was away is not waited for": {
			"hanako record", "hanako accept", "wait 2s", "drop", "hangup hanako phone", "hanako consult +815012345100", "hangup leg 2", "hanako done",
		},
		"a refused hang-up of a phone is not taken for done": {"refuse 1 500", "hanako disconnect", "hanako sign-out"},
		"a conference left to a colleague goes on in the colleague's booth": {
			"hanako record", "hanako accept", "wait 2s", "hanako consult jiro", "jiro accept", "hanako merge", "hanako leave",
		},
		"a colleague is brought home though Asterisk refuses at first": {
			"hanako record", "hanako accept", "wait 2s", "hanako invite jiro", "jiro accept", "refuse 4 422", "jiro leave",
		},
		"a colleague still on the way into a conference is brought home from it": {
			"hanako record", "hanako accept", "wait 2s", "hanako invite jiro", "slow 3 2ms", "jiro accept &", "hanako leave",
		},
		"a phone's leg may come after its agent has signed out": {
			"hanako disconnect", "slow 2 300ms", "hanako connect &", "hanako sign-out", "wait 4s",
		},
		"a booth made too late is dropped": {
			"hanako record", "hanako accept", "wait 2s", "hanako hold", "slow 1 3s", "hangup hanako phone", "wait 20ms", "hanako end",
		},
		"dropping one of several is answered when that one is gone": {
			"hanako record", "hanako accept", "wait 2s", "hanako invite +815012345000", "wait 20ms", "hanako invite +815012345000", "wait 20ms",
			"hanako drop t1",
		},
		"a target sent away does not overhear the contact": {
			"hanako record", "hanako accept", "wait 2s", "hanako consult +815012345000", "wait 20ms", "refuse 2 409", "hanako end-consult",
			"hanako resume",
		},
		"a target sent away does not overhear the next": {
			"hanako record", "hanako accept", "wait 2s", "hanako consult +815012345000", "wait 20ms", "refuse 1 422", "hanako end-consult",
			"hanako consult +815012345111",
		},
		"a refusal while connecting does not leave the node out of service": {"refuse 2 503 moh", "drop", "wait 25s", "hanako record"},
		"an offer of the last process may be accepted before Asterisk is back": {
			"hanako record", "hanako accept", "wait 2s", "hanako consult taro", "refuse 3 503", "restart", "taro accept", "wait 4s",
		},
		"a colleague whose leg had to be given up has no part in the call any more": {
			"hanako record", "hanako accept", "wait 2s", "hanako invite taro", "refuse 4 422", "taro accept &", "wait 300ms", "wait 300ms",
			"hanako hold", "taro leave",
		},
		"a member of the conference who is invited once more stays in it": {
			"hanako record", "hanako accept", "wait 1200ms", "hanako invite sales", "taro accept", "hangup hanako phone", "hanako invite taro",
		},
		"connecting a lost phone that nobody answers is answered": {"phone hanako silent", "hangup hanako phone", "hanako connect"},
		"the next contact does not meet the one before, who is on the way to a colleague behind digits": {
			"hanako record", "hanako accept", "wait 1200ms", "hanako invite sales", "taro accept", "hanako dtmf contact", "hanako leave &",
			"hanako done", "hanako accept",
		},
		"a preview accepted while the phone is being disconnected is not dialed": {
			"hanako record", "slow 6 2ms", "hanako disconnect &", "hanako accept",
		},
		"a call of the last process is closed once": {"hanako record", "hanako accept", "refuse 3 503", "restart"},
	} {
		t.Run(name, func(t *testing.T) {
			perCall, script := perCallOf(script)
			if _, err := play(t, redis, true, read(script), perCall...); err != nil {
				t.Error(err)
			}
		})
	}
}
