//go:build integration

package dialer_test

import (
	"testing"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/phone"
)

// deskPhone is an endpoint in Asterisk's own configuration, as deploy/asterisk/etc/pjsip.conf shows it.
const deskPhone = `
[1001](desk-phone)
auth = 1001
aors = 1001
[1001](phone-auth)
username = 1001
password = its-secret
[1001](phone-aor)
`

func TestAnAgentCanUseAnEndpointThatAsteriskHasAlready(t *testing.T) {
	h := newHouseWith(t, map[string]string{"pjsip.d/phones.conf": deskPhone}, map[string]phone.Behaviour{"0001": phone.Answer()}, func(c *dialer.Config) {
		a := c.Agents[hanako]
		a.Phone.Kind, a.Phone.Endpoint = agent.PhoneEndpoint, "PJSIP/1001"
		c.Agents[hanako] = a
	})
	h.open("090-1234-0001")
	p, err := phone.New(phone.Config{User: "1001", Password: "its-secret", Server: h.ast.SIPAddr(), Voice: agentVoice})
	must(t, err)
	t.Cleanup(func() { _ = p.Close() })
	must(t, p.Register(h.ctx()))
	_, err = h.engine.SignIn(h.ctx(), hanako)
	must(t, err)
	if _, err := h.engine.PhoneCredentials(h.ctx(), hanako); err == nil {
		t.Error("credentials were given for a phone that is not hasshin's")
	}
	_, err = h.engine.ConnectPhone(h.ctx(), hanako)
	must(t, err)
	_, err = h.engine.SetReady(h.ctx(), hanako)
	must(t, err)
	who := &human{h: h, id: hanako, phone: p}
	who.leg, err = p.NextCall(h.ctx())
	must(t, err)
	call := who.record()
	who.accept(call.ID)
	contact := h.contact()
	who.await(call.ID, "talking")
	phone.AssertHears(t, phone.WhoHears{who.leg: {contact}, contact: {who.leg}})
}
