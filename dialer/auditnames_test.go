package dialer

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
)

// Who is not configured any more stands in the audit log by the id that there was.
func TestTheAuditLogNamesPeople(t *testing.T) {
	s := newShift(t, named("yuki", "鈴木 由紀"), named("hanako", "山田 花子"), func(c *Config) {
		a := c.Agents["yuki"]
		a.Role, a.Privileges.Add = agent.RoleSupervisor, []agent.Privilege{agent.SeeAudit}
		c.Agents["yuki"] = a
	})
	s.engine.auditLog = audit.NewRedis(s.rdb)
	for i, entry := range []audit.Entry{{Kind: audit.Listen, By: "yuki", Agent: "hanako"}, {Kind: audit.EndCall, By: "kenta", Agent: "mai"}, {Kind: audit.Import, By: "yuki"}} {
		entry.ID, entry.From = newID(), time.UnixMilli(int64(i+1))
		s.must(s.engine.auditLog.Begin(s.ctx(), entry))
	}
	entries, err := s.engine.AuditLog(s.ctx(), "yuki", audit.Query{})
	s.must(err)
	want := [][2]string{{"鈴木 由紀", ""}, {"kenta", "mai"}, {"鈴木 由紀", "山田 花子"}}
	if len(entries) != len(want) {
		t.Fatalf("%d entries, want %d", len(entries), len(want))
	}
	for i, entry := range entries {
		if got := [2]string{entry.ByName, entry.AgentName}; got != want[i] {
			t.Errorf("entry %d is by and of %q, want %q", i, got, want[i])
		}
	}
}
