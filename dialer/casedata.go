package dialer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// doSetField changes a business field of the record, as far as this call goes: everybody on the call sees it at once, the calling list gets
// it at done.
func (c *callActor) doSetField(key, value string, reply func(CallView, error)) {
	if c.state == call.Returning || c.state == call.Closing || c.state == call.Closed {
		reply(CallView{}, c.wrongState(setField))
		return
	}
	if f, _ := c.cfg.Field(key); !f.Editable {
		err := refuse(CodeFieldNotEditable, "agents cannot change the field %q in campaign %s", key, c.campaignID)
		err.Allowed = c.cfg.EditableFields()
		reply(CallView{}, err)
		return
	}
	if err := c.writable(); err != nil {
		reply(CallView{}, err)
		return
	}
	c.watchIdle()
	if problem := badFieldValue(value); problem != "" {
		reply(CallView{}, refuse(CodeBadFieldValue, "the value of %q %s", key, problem))
		return
	}
	if c.record.Fields[key] == value {
		delete(c.fields, key) // as the list has it
	} else {
		if c.fields == nil {
			c.fields = map[string]string{}
		}
		c.fields[key] = value
	}
	c.changed()
	reply(c.view(), nil)
}

// badFieldValue tells what keeps a text from being the value of a field, or "".
func badFieldValue(value string) string {
	switch {
	case len(value) > campaign.MaxFieldValue:
		return "is too long"
	case !utf8.ValidString(value):
		return "is not UTF-8"
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return "has control characters"
	}
	return ""
}
