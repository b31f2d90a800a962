package dialer

import (
	"testing"

	"github.com/hasshin/hasshin/ari"
)

func TestWhoIsAloneInTheBooth(t *testing.T) {
	const agentID = "hanako"
	booth, leg, contact := boothBridge(agentID), prefixAgent+agentID+".1", prefixCall+"c1.1"
	for _, row := range []struct {
		name  string
		after func(b *booths)
		alone bool
	}{
		{"nobody is there", func(*booths) {}, false},
		{"the agent is", func(b *booths) { b.entered(booth, leg) }, true},
		{"another agent is", func(b *booths) { b.entered(booth, prefixAgent+"jiro.1") }, false},
		{"a contact has come", func(b *booths) { b.entered(booth, leg); b.entered(booth, contact) }, false},
		{"and gone", func(b *booths) { b.entered(booth, leg); b.entered(booth, contact); b.left(booth, contact) }, true},
		{"a contact who was to come has hung up", func(b *booths) { b.entered(booth, leg); b.entered(booth, contact); b.gone(contact) }, true},
		{"one is told of twice and leaves once", func(b *booths) {
			b.entered(booth, leg)
			b.entered(booth, contact)
			b.entered(booth, contact)
			b.left(booth, contact)
		}, true},
		{"the phone has hung up", func(b *booths) { b.entered(booth, leg); b.gone(leg) }, false},
		{"somebody is in the hold bridge", func(b *booths) { b.entered(booth, leg); b.entered(holdBridge("main"), contact) }, true},
		{"a supervisor listens", func(b *booths) { b.entered(booth, leg); b.entered(booth, prefixEar+"sumire."+thirdMark+"1") }, true},
		{"Asterisk lists what there is", func(b *booths) {
			b.entered(booth, contact)
			b.reconcile([]ari.Bridge{{ID: booth, Channels: []string{leg}}, {ID: holdBridge("main"), Channels: []string{contact}}})
		}, true},
	} {
		b := newBooths()
		row.after(b)
		if alone := b.alone(agentID, leg); alone != row.alone {
			t.Errorf("%s: alone = %v", row.name, alone)
		}
	}
	b := newBooths()
	if !b.entered(booth, leg) || b.entered(booth, leg) || b.entered(holdBridge("main"), leg) {
		t.Error("only the first word of somebody's coming into a booth is new")
	}
}
