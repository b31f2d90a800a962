package dialer

import (
	"context"
	"errors"
	"fmt"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/secret"
)

// Agents' phones need no pjsip.conf: endpoint, auth and AOR are given to Asterisk through its dynamic configuration
// (PUT /asterisk/config/dynamic), where sorcery keeps them in memory. An Asterisk that restarts has forgotten them.

const (
	classPJSIP    = "res_pjsip"
	agentsContext = "hasshin-agents" // where what an agent dials by hand goes: nowhere
)

// phoneObject is one object of Asterisk's dynamic configuration.
type phoneObject struct {
	kind   string // auth, aor or endpoint
	fields []ari.ConfigTuple
}

// phoneObjects lists what a phone needs, in an order in which nothing names what is not there yet.
func phoneObjects(name string, kind agent.PhoneKind, password secret.String) []phoneObject {
	endpoint := []ari.ConfigTuple{
		{Attribute: "context", Value: agentsContext},
		{Attribute: "allow", Value: "!all,ulaw,alaw"},
		{Attribute: "auth", Value: name},
		{Attribute: "aors", Value: name},
		{Attribute: "direct_media", Value: "no"},
		{Attribute: "rtp_symmetric", Value: "yes"},
		{Attribute: "force_rport", Value: "yes"},
		{Attribute: "rewrite_contact", Value: "yes"},
		{Attribute: "dtmf_mode", Value: "rfc4733"},
	}
	if kind == agent.PhonePage {
		endpoint = append(endpoint,
			ari.ConfigTuple{Attribute: "webrtc", Value: "yes"},
			ari.ConfigTuple{Attribute: "allow", Value: "!all,opus,ulaw"},
			ari.ConfigTuple{Attribute: "rtp_timeout", Value: "6"}, // a closed page's leg ends within seconds
			ari.ConfigTuple{Attribute: "rtp_timeout_hold", Value: "60"},
		)
	}
	return []phoneObject{
		{"auth", []ari.ConfigTuple{
			{Attribute: "auth_type", Value: "userpass"},
			{Attribute: "username", Value: name},
			{Attribute: "password", Value: password.Reveal()},
		}},
		{"aor", []ari.ConfigTuple{
			{Attribute: "max_contacts", Value: "1"},
			{Attribute: "remove_existing", Value: "yes"},
		}},
		{"endpoint", endpoint},
	}
}

// pushPhone gives Asterisk what it needs to let the phone register and to ring it.
func (n *node) pushPhone(name string, kind agent.PhoneKind, password secret.String) error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	for _, o := range phoneObjects(name, kind, password) {
		if o.kind == "endpoint" {
			_, err := n.ari.Asterisk.GetObject(ctx, classPJSIP, o.kind, name)
			if err == nil {
				continue // it never changes, and Asterisk warns of its own old options when one is set anew
			}
			if !errors.Is(err, ari.ErrNotFound) {
				return fmt.Errorf("%s %s: %w", o.kind, name, err)
			}
		}
		if _, err := n.ari.Asterisk.UpdateObject(ctx, classPJSIP, o.kind, name, o.fields); err != nil {
			return fmt.Errorf("%s %s: %w", o.kind, name, err)
		}
	}
	return nil
}

// withdrawPhone takes it back.
func (n *node) withdrawPhone(ctx context.Context, name string) {
	for _, object := range []string{"endpoint", "aor", "auth"} {
		if err := n.ari.Asterisk.DeleteObject(ctx, classPJSIP, object, name); err != nil && !errors.Is(err, ari.ErrNotFound) {
			n.log.Warn().Err(err).Str("object", object+"/"+name).Msg("dynamic configuration cannot be deleted")
		}
	}
}
