package api

import "github.com/hasshin/hasshin/dialer"

// EmailChoice says which letter is to be filled in, and for which address.
type EmailChoice struct {
	Template string `json:"template" maxLength:"64" doc:"id of the letter" example:"offer"`
	To       string `json:"to,omitempty" maxLength:"320" doc:"one of the record's addresses; left out: the best" example:"taro@example.com"`
}

// EmailToSend is a letter as the agent sends it.
type EmailToSend struct {
	ID       string `json:"id" maxLength:"64" doc:"id of the draft: what is repeated under the same id is sent once" example:"01jn8z7c2m6x9f3p5s"`
	Template string `json:"template" maxLength:"64" doc:"id of the letter" example:"offer"`
	To       string `json:"to" maxLength:"320" doc:"one of the record's addresses" example:"taro@example.com"`
	Subject  string `json:"subject" maxLength:"1000" doc:"as the agent has left it" example:"Your contract B-77"`
	Text     string `json:"text" maxLength:"65536" doc:"as the agent has left it" example:"Dear Taro Yamada, …"`
}

// WebhookToSend says under which id a request is sent.
type WebhookToSend struct {
	ID string `json:"id" maxLength:"64" doc:"a new one for each message, of letters, digits, - and _: what is repeated under the same id is sent once" example:"8e03978e-40d5-43dd-bc93-6894a57f9324"`
}

// Messages is a list of messages.
type Messages struct {
	Messages []dialer.MessageView `json:"messages" doc:"the oldest first"`
}
