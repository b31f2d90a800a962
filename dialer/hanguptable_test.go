//go:build integration

package dialer_test

// Shorthands of the table: A agent, C contact, T target, M music; what is on the right of the colon is all that the left one hears.
const (
	together   = "A:C C:A T:"
	waiting    = "A: C:M T:"
	alone      = "A:"
	withTarget = "A:T T:A C:M"
	withThem   = "A:C C:A T:M"
	all        = "A:CT C:AT T:AC"
	handed     = "A: C:T T:C"
	left       = "A:T T:A"
)

// hangUps is who may hang up when, and what becomes of the call. A lost phone of an agent is no hang-up: it is rung again, and the others
// wait with music unless they can go on without.
var hangUps = []hangUp{
	{hold, 'A', before, "C:M", ends(end{"talking", "A:C C:A", ""}), ""},
	{hold, 'A', during, "C:M", ends(end{"talking", "A:C C:A", ""}, end{"held", "A: C:M", ""}), ""},
	{hold, 'A', after, "C:M", ends(end{"held", "A: C:M", ""}), ""},
	{hold, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{hold, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{hold, 'C', after, "", ends(end{"wrap-up", alone, ""}), ""},

	{resume, 'A', before, "C:M", ends(end{"held", "A: C:M", ""}), ""},
	{resume, 'A', during, "C:M", ends(end{"held", "A: C:M", ""}, end{"talking", "A:C C:A", ""}), ""},
	{resume, 'A', after, "C:M", ends(end{"talking", "A:C C:A", ""}), ""},
	{resume, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{resume, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{resume, 'C', after, "", ends(end{"wrap-up", alone, ""}), ""},

	{consultColleague, 'A', before, "C:M", ends(end{"talking", together, ""}), ""},
	{consultColleague, 'A', during, "C:M", ends(end{"held", waiting, ""}), ""},
	{consultColleague, 'A', after, "C:M T:M", ends(end{"consulting", withTarget, "joined"}), ""},
	{consultColleague, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{consultColleague, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{consultColleague, 'C', after, "", ends(end{"parting", left, "joined"}), ""},
	{consultColleague, 'T', before, "A: C:M", ends(end{"held", waiting, ""}), "* has no phone connected"},
	{consultColleague, 'T', during, "A: C:M", ends(end{"held", waiting, ""}), "* lost the phone"},
	{consultColleague, 'T', after, "A: C:M", ends(end{"held", waiting, ""}), "* lost the phone"},

	{consultNumber, 'A', before, "C:M", ends(end{"talking", "A:C C:A", ""}), ""},
	{consultNumber, 'A', during, "C:M", ends(end{"held", "A: C:M", ""}), ""},
	{consultNumber, 'A', after, "C:M T:M", ends(end{"consulting", withTarget, ""}), ""},
	{consultNumber, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{consultNumber, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{consultNumber, 'C', after, "", ends(end{"parting", left, ""}), ""},
	{consultNumber, 'T', before, "", ends(end{"held", "A: C:M", ""}), "SIP 486"},
	{consultNumber, 'T', during, "", ends(end{"held", "A: C:M", ""}), "SIP 603"},
	{consultNumber, 'T', after, "", ends(end{"held", "A: C:M", ""}), "* hung up"},

	{swap, 'A', before, "C:M T:M", ends(end{"consulting", withTarget, ""}), ""},
	{swap, 'A', during, "C:M T:M", ends(end{"consulting", withTarget, ""}, end{"alternated", withThem, ""}), ""},
	{swap, 'A', after, "C:M T:M", ends(end{"alternated", withThem, ""}), ""},
	{swap, 'C', before, "", ends(end{"parting", left, ""}), ""},
	{swap, 'C', during, "", ends(end{"parting", left, ""}), ""},
	{swap, 'C', after, "", ends(end{"parting", left, ""}), ""},
	{swap, 'T', before, "", ends(end{"held", "A: C:M", ""}), "* hung up"},
	{swap, 'T', during, "", ends(end{"held", "A: C:M", ""}, end{"talking", "A:C C:A", ""}), ""},
	{swap, 'T', after, "", ends(end{"talking", "A:C C:A", ""}), "* hung up"},

	{swapColleague, 'A', before, "C:M T:M", ends(end{"consulting", withTarget, "joined"}), ""},
	{swapColleague, 'A', during, "C:M T:M", ends(end{"consulting", withTarget, "joined"}, end{"alternated", withThem, "joined"}), ""},
	{swapColleague, 'A', after, "C:M T:M", ends(end{"alternated", withThem, "joined"}), ""},
	{swapColleague, 'C', before, "", ends(end{"parting", left, "joined"}), ""},
	{swapColleague, 'C', during, "", ends(end{"parting", left, "joined"}), ""},
	{swapColleague, 'C', after, "", ends(end{"parting", left, "joined"}), ""},
	{swapColleague, 'T', before, "A: C:M", ends(end{"held", waiting, ""}), "* lost the phone"},
	{swapColleague, 'T', during, "", ends(end{"held", waiting, ""}, end{"talking", together, ""}), ""},
	{swapColleague, 'T', after, "A:C C:A", ends(end{"talking", together, ""}), "* lost the phone"},

	{merge, 'A', before, "C:M T:M", ends(end{"consulting", withTarget, "joined"}), ""},
	{merge, 'A', during, "", ends(end{"consulting", withTarget, "joined"}, end{"conference", all, "joined"}), ""},
	{merge, 'A', after, "C:T T:C", ends(end{"conference", all, "joined"}), ""},
	{merge, 'C', before, "", ends(end{"parting", left, "joined"}), ""},
	{merge, 'C', during, "", ends(end{"parting", left, "joined"}), ""},
	{merge, 'C', after, "", ends(end{"parting", left, "joined"}), ""},
	{merge, 'T', before, "A: C:M", ends(end{"held", waiting, ""}), "* lost the phone"},
	{merge, 'T', during, "", ends(end{"held", waiting, ""}, end{"talking", together, ""}), ""},
	{merge, 'T', after, "A:C C:A", ends(end{"talking", together, ""}), ""},

	{mergeNumber, 'A', before, "C:M T:M", ends(end{"consulting", withTarget, ""}), ""},
	{mergeNumber, 'A', during, "", ends(end{"consulting", withTarget, ""}, end{"conference", all, ""}), ""},
	{mergeNumber, 'A', after, "C:T T:C", ends(end{"conference", all, ""}), ""},
	{mergeNumber, 'C', before, "", ends(end{"parting", left, ""}), ""},
	{mergeNumber, 'C', during, "", ends(end{"parting", left, ""}), ""},
	{mergeNumber, 'C', after, "", ends(end{"parting", left, ""}), ""},
	{mergeNumber, 'T', before, "", ends(end{"held", "A: C:M", ""}), "* hung up"},
	{mergeNumber, 'T', during, "", ends(end{"held", "A: C:M", ""}, end{"talking", "A:C C:A", ""}), ""},
	{mergeNumber, 'T', after, "", ends(end{"talking", "A:C C:A", ""}), ""},

	{conferenceColleague, 'A', before, "C:M", ends(end{"talking", together, ""}), ""},
	{conferenceColleague, 'A', during, "C:M", ends(end{"talking", together, ""}), ""},
	{conferenceColleague, 'A', after, "C:T T:C", ends(end{"conference", all, "joined"}), ""},
	{conferenceColleague, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{conferenceColleague, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{conferenceColleague, 'C', after, "", ends(end{"parting", left, "joined"}), ""},
	{conferenceColleague, 'T', before, "A:C C:A", ends(end{"talking", together, ""}), "* has no phone connected"},
	{conferenceColleague, 'T', during, "A:C C:A", ends(end{"talking", together, ""}), "* lost the phone"},
	{conferenceColleague, 'T', after, "A:C C:A", ends(end{"talking", together, ""}), ""},

	{conferenceNumber, 'A', before, "C:M", ends(end{"talking", "A:C C:A", ""}), ""},
	{conferenceNumber, 'A', during, "C:M", ends(end{"talking", "A:C C:A", ""}), ""},
	{conferenceNumber, 'A', after, "C:T T:C", ends(end{"conference", all, ""}), ""},
	{conferenceNumber, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{conferenceNumber, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{conferenceNumber, 'C', after, "", ends(end{"parting", left, ""}), ""},
	{conferenceNumber, 'T', before, "", ends(end{"talking", "A:C C:A", ""}), "SIP 486"},
	{conferenceNumber, 'T', during, "", ends(end{"talking", "A:C C:A", ""}), "SIP 603"},
	{conferenceNumber, 'T', after, "", ends(end{"talking", "A:C C:A", ""}), ""},

	{transferColleague, 'A', before, "C:M", ends(end{"talking", together, ""}), ""},
	{transferColleague, 'A', during, "C:M", ends(end{"transferring", waiting, "offered"}), ""},
	{transferColleague, 'A', after, "C:T T:C", ends(end{"wrap-up", handed, "talking"}), ""},
	{transferColleague, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{transferColleague, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{transferColleague, 'C', after, "", ends(end{"wrap-up", alone, "wrap-up"}), ""},
	{transferColleague, 'T', before, "A:C C:A", ends(end{"talking", together, ""}), "* has no phone connected"},
	{transferColleague, 'T', during, "A:C C:A", ends(end{"talking", together, ""}), "* lost the phone"},
	{transferColleague, 'T', after, "A: C:M", ends(end{"wrap-up", handed, "talking"}), ""},

	{transferNumber, 'A', before, "C:M", ends(end{"talking", "A:C C:A", ""}), ""},
	{transferNumber, 'A', during, "C:M", ends(end{"transferring", "A: C:M", ""}), ""},
	{transferNumber, 'A', after, "C:T T:C", ends(end{"wrap-up", handed, ""}), ""},
	{transferNumber, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{transferNumber, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{transferNumber, 'C', after, "", ends(end{"wrap-up", alone, ""}), ""},
	{transferNumber, 'T', before, "", ends(end{"talking", "A:C C:A", ""}), "SIP 486"},
	{transferNumber, 'T', during, "", ends(end{"talking", "A:C C:A", ""}), "SIP 603"},
	{transferNumber, 'T', after, "", ends(end{"wrap-up", alone, ""}), ""},

	{transferQueue, 'A', before, "C:M", ends(end{"talking", "A:C C:A", ""}), ""},
	{transferQueue, 'A', during, "", ends(end{"talking", "A:C C:A", ""}, end{"wrap-up", "A: C:C", ""}), ""},
	{transferQueue, 'A', after, "C:C", ends(end{"wrap-up", "A: C:C", ""}), ""},
	{transferQueue, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{transferQueue, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{transferQueue, 'C', after, "", ends(end{"wrap-up", alone, ""}), ""},

	{completeToAgent, 'A', before, "C:M T:M", ends(end{"consulting", withTarget, "joined"}), ""},
	{completeToAgent, 'A', during, "", ends(end{"consulting", withTarget, "joined"}, end{"wrap-up", handed, "talking"}), ""},
	{completeToAgent, 'A', after, "C:T T:C", ends(end{"wrap-up", handed, "talking"}), ""},
	{completeToAgent, 'C', before, "", ends(end{"parting", left, "joined"}), ""},
	{completeToAgent, 'C', during, "", ends(end{"parting", left, "joined"}, end{"wrap-up", alone, "wrap-up"}), ""},
	{completeToAgent, 'C', after, "", ends(end{"wrap-up", alone, "wrap-up"}), ""},
	{completeToAgent, 'T', before, "A: C:M", ends(end{"held", waiting, ""}), "* lost the phone"},
	{completeToAgent, 'T', during, "", ends(end{"held", waiting, ""}, end{"wrap-up", handed, "talking"}), ""},
	{completeToAgent, 'T', after, "A: C:M", ends(end{"wrap-up", handed, "talking"}), ""},

	{completeToNumber, 'A', before, "C:M T:M", ends(end{"consulting", withTarget, ""}), ""},
	{completeToNumber, 'A', during, "", ends(end{"consulting", withTarget, ""}, end{"wrap-up", handed, ""}), ""},
	{completeToNumber, 'A', after, "C:T T:C", ends(end{"wrap-up", handed, ""}), ""},
	{completeToNumber, 'C', before, "", ends(end{"parting", left, ""}), ""},
	{completeToNumber, 'C', during, "", ends(end{"parting", left, ""}, end{"wrap-up", alone, ""}), ""},
	{completeToNumber, 'C', after, "", ends(end{"wrap-up", alone, ""}), ""},
	{completeToNumber, 'T', before, "", ends(end{"held", "A: C:M", ""}), "* hung up"},
	{completeToNumber, 'T', during, "", ends(end{"held", "A: C:M", ""}, end{"wrap-up", alone, ""}), ""},
	{completeToNumber, 'T', after, "", ends(end{"wrap-up", alone, ""}), ""},

	{dtmf, 'A', after, "C:M", ends(end{"talking", "A:C C:A", ""}), ""},
	{dtmf, 'C', before, "", ends(end{"wrap-up", alone, ""}), ""},
	{dtmf, 'C', during, "", ends(end{"wrap-up", alone, ""}), ""},
	{dtmf, 'C', after, "", ends(end{"wrap-up", alone, ""}), ""},
}
