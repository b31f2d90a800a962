// Package script is for what an agent says to a contact: a text in Markdown (CommonMark) with what is known of the contact filled in, cut into
// steps, and branches between them by what the contact answers.
//
//	# Spring offer
//
//	## Is it the right person? {#who}
//
//	Good day, this is {{agent.name}} of {{campaign.name}}. Am I speaking to {{contact.name|the owner}}?
//
//	- [Yes](#offer)
//	- [No, but I can fetch them](#who "fetch")
//	- [Wrong number](#sorry "wrong")
//
//	## The offer {#offer key=interested}
//	…
//
// A heading of the first level is the script's title, and what is beneath it, before the first step, an introduction that is always in sight. Each heading of
// the second level begins a step; the first one is where a call begins. The id of a step is in {#id} behind its heading, or made from the heading.
//
// A list at the end of a step whose items are nothing but links to steps are the answers. The answer that is given is kept in the record under the step's
// key, `script.` and its id unless the heading says another: the link's title, or else its text. A step without answers is an end.
//
// HTML is not shown, neither the file's nor a field's: a value is text wherever it stands, in Markdown, too. Links lead to http, https, mailto and tel only.
package script
