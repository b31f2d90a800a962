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
	if f, _ := c.cfg.Field(key); !f.Editable && c.fieldsOpen() {
		err := refuse(CodeFieldNotEditable, "agents cannot change the field %q in campaign %s", key, c.campaignID)
		err.Allowed = c.cfg.EditableFields()
		reply(CallView{}, err)
		return
	}
	if err := c.changeable(setField); err != nil {
		reply(CallView{}, err)
		return
	}
	if problem := badFieldValue(value); problem != "" {
		reply(CallView{}, refuse(CodeBadFieldValue, "the value of %q %s", key, problem))
		return
	}
	c.putField(key, value)
	reply(c.view(), nil)
}

// fieldsOpen tells whether the record can still take something from the call.
func (c *callActor) fieldsOpen() bool {
	return c.state != call.Returning && c.state != call.Closing && c.state != call.Closed
}

// changeable refuses to change fields of the record when it is too late, and takes the wish for a sign that the agent is there.
func (c *callActor) changeable(command call.Event) error {
	if !c.fieldsOpen() {
		return c.wrongState(command)
	}
	if err := c.writable(); err != nil {
		return err
	}
	c.watchIdle()
	return nil
}

// putField changes a field and tells everybody on the call.
func (c *callActor) putField(key, value string) {
	if c.record.Fields[key] == value {
		delete(c.fields, key) // as the list has it
	} else {
		if c.fields == nil {
			c.fields = map[string]string{}
		}
		c.fields[key] = value
	}
	c.changed()
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
