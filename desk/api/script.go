package api

// ScriptReply is what the contact said in a step of the script.
type ScriptReply struct {
	Value string `json:"value" maxLength:"256" doc:"value of one of the step's answers; empty to take the answer back" example:"yes"`
}
