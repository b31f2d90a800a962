package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/internal/phone"
)

// talk is how long the robot talks before it hangs up. One contact hangs up after 3 s, which is to be noticed.
const talk = 4 * time.Second

// expectation is what must become of a call to a number of the simulated carrier.
type expectation struct {
	result  call.Result
	outcome robot.Outcome
	// hears is the tone at the agent's ear after the answer, 0 where there is none to expect.
	hears phone.Voice
	// rings says that the agent must hear ringing, ringsForN that it must unless the digit before is 0, announced that it must hear something
	// else before the answer.
	rings, ringsForN, announced bool
}

// agentVoice is what the robot talks in; one contact echoes it.
var agentVoice = robot.Voices()[0]

// expectations, by the last two digits of the number: the table of deploy/README.md as it is seen from here.
var expectations = map[string]expectation{
	"00": {result: call.Answered, outcome: robot.Talked, hears: robot.CarrierVoice, ringsForN: true},
	"01": {result: call.Answered, outcome: robot.HungUpEarly, hears: robot.CarrierVoice, rings: true},
	"02": {result: call.Answered, outcome: robot.Talked, hears: agentVoice},
	"10": {result: call.Busy, outcome: robot.Outcome(call.Busy)},
	"11": {result: call.NoAnswer, outcome: robot.Outcome(call.NoAnswer), rings: true},
	"12": {result: call.Rejected, outcome: robot.Outcome(call.Rejected), rings: true},
	"13": {result: call.InvalidNumber, outcome: robot.Outcome(call.InvalidNumber)},
	"14": {result: call.Congestion, outcome: robot.Outcome(call.Congestion)},
	"15": {result: call.Answered, outcome: robot.Machine, hears: robot.Beep, rings: true},
	"16": {result: call.Answered, outcome: robot.Talked, hears: robot.CarrierVoice, announced: true},
	"17": {result: call.InvalidNumber, outcome: robot.Outcome(call.InvalidNumber), announced: true},
	"18": {result: call.Answered, outcome: robot.Talked, hears: robot.CarrierVoice, ringsForN: true},
}

// rules are the dispositions that the robot chooses, those of the campaign `demo`.
var rules = map[robot.Outcome]string{
	robot.Talked:                      "interested",
	robot.HungUpEarly:                 "not-interested",
	robot.Machine:                     "machine",
	robot.Outcome(call.InvalidNumber): "wrong-number",
	robot.Otherwise:                   "no-contact",
}

// objections lists in what a call was not as its number promises.
func objections(r robot.Report) []string {
	end := r.Number[max(0, len(r.Number)-3):]
	want, ok := expectations[end[max(0, len(end)-2):]]
	if !ok || len(end) < 3 {
		return []string{"a number that the simulated carrier's table does not have"}
	}
	var out []string
	if r.Result != string(want.result) {
		out = append(out, fmt.Sprintf("the result is %s, expected %s", r.Result, want.result))
	}
	if r.Outcome != want.outcome {
		out = append(out, fmt.Sprintf("the robot took it for %s, expected %s", r.Outcome, want.outcome))
	}
	if want.hears != 0 && !slices.Contains(r.Voices(), want.hears) {
		out = append(out, fmt.Sprintf("the robot heard %v, expected %v", r.Voices(), want.hears))
	}
	if (want.rings || want.ringsForN && end[0] != '0') && !r.HeardRinging() {
		out = append(out, "the robot heard no ringing")
	}
	if want.announced && !r.HeardAnnouncement() {
		out = append(out, "the robot heard no announcement")
	}
	return out
}
