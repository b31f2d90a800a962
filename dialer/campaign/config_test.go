package campaign

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/problem"
)

// valid is a configuration with nothing wrong in it.
func valid() Config {
	c := Defaults()
	c.Trunk = "carrier"
	c.List.Region = "JP"
	c.Dispositions = []Disposition{
		{Code: "sale", Contacted: true, Final: true},
		{Code: "no", Name: "Refusals", Children: []Disposition{
			{Code: "no-interest", Name: "Not interested", Contacted: true, Final: true},
			{Code: "no-calls", DoNotCall: true, Final: true},
		}},
	}
	return c
}

func TestValidate(t *testing.T) {
	yes := true
	for name, c := range map[string]struct {
		change func(*Config)
		paths  []string // of the problems, in their order
		says   string
	}{
		"nothing wrong":   {change: func(*Config) {}},
		"caller id":       {change: func(c *Config) { c.CallerID = "+81312345678" }},
		"named caller id": {change: func(c *Config) { c.CallerID = "Example Ltd <+81312345678>" }},
		"mode":            {change: func(c *Config) { c.Mode = "psychic" }, paths: []string{"mode"}, says: `"psychic" is not a mode; expected preview`},
		"fields": {change: func(c *Config) {
			c.Fields = []FieldConfig{{Name: "city", Label: "City", Editable: true}, {Name: "plan"}}
		}},
		"fields without sense": {
			change: func(c *Config) {
				c.Fields = []FieldConfig{{Name: "city"}, {}, {Name: "city"}, {Name: strings.Repeat("名", 65), Label: strings.Repeat("x", 65)}}
			},
			paths: []string{"fields[1].name", "fields[2].name", "fields[3].name", "fields[3].label"},
			says:  `"city" is the name of field 1 already`,
		},
		"all at once": {
			change: func(c *Config) {
				c.Trunk, c.CallerID, c.RingTimeout, c.List.Region = "", "call me", time.Hour, "JPN"
			},
			paths: []string{"trunk", "caller_id", "ring_timeout", "list.region"},
		},
		"no region":         {change: func(c *Config) { c.List.Region = "" }, paths: []string{"list.region"}, says: "required"},
		"small region":      {change: func(c *Config) { c.List.Region = "jp" }, paths: []string{"list.region"}, says: "in capitals: JP"},
		"encoding":          {change: func(c *Config) { c.List.Encoding = "ebcdic" }, paths: []string{"list.encoding"}, says: "shift_jis"},
		"long delimiter":    {change: func(c *Config) { c.List.Delimiter = "||" }, paths: []string{"list.delimiter"}},
		"quote delimiter":   {change: func(c *Config) { c.List.Delimiter = `"` }, paths: []string{"list.delimiter"}, says: "cannot separate"},
		"tab":               {change: func(c *Config) { c.List.Delimiter = `\t` }},
		"other columns":     {change: func(c *Config) { c.List.OtherColumns = "burn" }, paths: []string{"list.other_columns"}, says: "keep, ignore, refuse"},
		"time zone":         {change: func(c *Config) { c.List.TimeZone = "Tokyo" }, paths: []string{"list.time_zone"}, says: "Asia/Tokyo"},
		"local time zone":   {change: func(c *Config) { c.List.TimeZone = "Local" }, paths: []string{"list.time_zone"}},
		"column twice":      {change: func(c *Config) { c.List.Columns.Name = "Phone" }, paths: []string{"list.columns.numbers[0].column"}, says: "already used by name"},
		"no number column":  {change: func(c *Config) { c.List.Columns.Numbers = []NumberColumn{{Type: "home"}} }, paths: []string{"list.columns.numbers[0].column"}},
		"empty field":       {change: func(c *Config) { c.List.Columns.Fields = map[string]string{"plan": " "} }, paths: []string{"list.columns.fields.plan"}},
		"disposition codes": {change: func(c *Config) { c.Dispositions[1].Children[0].Code = "sale" }, paths: []string{"dispositions[1].children[0].code"}, says: "already the code of dispositions[0]"},
		"odd code":          {change: func(c *Config) { c.Dispositions[0].Code = "成約" }, paths: []string{"dispositions[0].code"}},
		"no code":           {change: func(c *Config) { c.Dispositions[0].Code = "" }, paths: []string{"dispositions[0].code"}, says: "required"},
		"group with flags":  {change: func(c *Config) { c.Dispositions[1].Final = true }, paths: []string{"dispositions[1]"}, says: "group"},
		"contradiction": {change: func(c *Config) { c.Dispositions[1].Children[1].Callback = true },
			paths: []string{"dispositions[1].children[1].callback"}, says: "contradicts"},
		"records begin anew": {change: func(c *Config) {
			c.Calendar.Recycle = RecycleConfig{At: "0 3 * * sun", Results: []call.Result{call.NoAnswer}, Dispositions: []string{"sale"}, Older: time.Hour}
		}},
		"records begin anew at no time": {change: func(c *Config) { c.Calendar.Recycle.Results = []call.Result{call.Busy} },
			paths: []string{"calendar.recycle.at"}, says: "required"},
		"no records begin anew": {change: func(c *Config) { c.Calendar.Recycle.At = "@weekly" },
			paths: []string{"calendar.recycle.results"}, says: "names no records"},
		"records that are none begin anew": {change: func(c *Config) {
			c.Calendar.Recycle = RecycleConfig{At: "sundays", Results: []call.Result{"asleep"}, Dispositions: []string{"gone"}, Older: -1}
		}, paths: []string{"calendar.recycle.at", "calendar.recycle.results[0]", "calendar.recycle.dispositions[0]", "calendar.recycle.older"}},
		"required of none": {change: func(c *Config) { c.Dispositions, c.DispositionRequired = nil, &yes }, paths: []string{"disposition_required"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := valid()
			c.change(&cfg)
			err := cfg.Validate()
			var paths []string
			for _, p := range problem.Of(err) {
				paths = append(paths, p.Path)
			}
			if diff := cmp.Diff(c.paths, paths); diff != "" {
				t.Errorf("problems at (-want +got):\n%s\n%v", diff, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}

func TestEditableFields(t *testing.T) {
	c := valid()
	c.Fields = []FieldConfig{{Name: "city", Label: "City", Editable: true}, {Name: "plan"}, {Name: "memo", Editable: true}}
	if diff := cmp.Diff([]string{"city", "memo"}, c.EditableFields()); diff != "" {
		t.Errorf("editable (-want +got):\n%s", diff)
	}
	if f, ok := c.Field("plan"); !ok || f.Editable || f.Shown() != "plan" {
		t.Errorf("plan: %+v, %t", f, ok)
	}
	if f, ok := c.Field("city"); !ok || f.Shown() != "City" {
		t.Errorf("city: %+v, %t", f, ok)
	}
	if _, ok := c.Field("age"); ok {
		t.Error("a field that is not configured was found")
	}
}

func TestDispositionChoices(t *testing.T) {
	cfg := valid()
	var got []string
	for _, c := range cfg.Choices() {
		got = append(got, strings.Join(append(c.Groups, c.Code+"="+c.Name), "/"))
	}
	if diff := cmp.Diff([]string{"sale=sale", "Refusals/no-interest=Not interested", "Refusals/no-calls=no-calls"}, got); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}
	if c, ok := cfg.Choice("no-calls"); !ok || !c.DoNotCall {
		t.Errorf("choice by code: %+v, %t", c, ok)
	}
	if _, ok := cfg.Choice("no"); ok {
		t.Error("a group can be chosen")
	}
	if !cfg.RequiresDisposition() {
		t.Error("with dispositions to choose from, one is not required")
	}
	no := false
	cfg.DispositionRequired = &no
	if cfg.RequiresDisposition() {
		t.Error("disposition_required: false is not heeded")
	}
	if Defaults().RequiresDisposition() {
		t.Error("a disposition is required where there is none")
	}
}

func TestHoursAndZoneOfACampaign(t *testing.T) {
	c := valid()
	table, err := c.CallingHours()
	if err != nil {
		t.Fatal(err)
	}
	tokyo, err := hours.Zone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	night := time.Date(2026, 11, 24, 22, 0, 0, 0, tokyo)
	if allowed, why := table.Allowed(night, []*time.Location{tokyo}); allowed || why.By != "profile jp" {
		t.Errorf("a list of Japan at 22:00: %t, %q, want the profile jp to forbid it", allowed, why.By)
	}
	if c.AgentZone() != time.UTC {
		t.Errorf("agents are in %s, want UTC where nothing is said", c.AgentZone())
	}
	c.List.TimeZone = "Asia/Tokyo"
	if c.AgentZone() != tokyo {
		t.Errorf("agents are in %s, want the list's zone", c.AgentZone())
	}
	c.Callback.TimeZone = "Europe/London"
	if got := c.AgentZone().String(); got != "Europe/London" {
		t.Errorf("agents are in %s, want the callback's zone", got)
	}
	c.Hours.Profile = "mars"
	if _, err := c.CallingHours(); err == nil {
		t.Error("hours of an unknown profile")
	}
}

func TestNamesInConfiguration(t *testing.T) {
	var m Mode
	if err := m.UnmarshalText([]byte("psychic")); err == nil || !strings.Contains(err.Error(), "expected preview") {
		t.Errorf("unknown mode: %v", err)
	}
	var e Encoding
	if err := e.UnmarshalText([]byte("Shift_JIS")); err != nil || e != EncodingShiftJIS {
		t.Errorf("encoding in capitals: %q, %v", e, err)
	}
	if err := e.UnmarshalText([]byte("klingon")); err == nil {
		t.Error("an unknown encoding was accepted")
	}
	var o OtherColumns
	if err := o.UnmarshalText([]byte("ignore")); err != nil || o != OtherColumnsIgnore {
		t.Errorf("other columns: %q, %v", o, err)
	}
	if err := o.UnmarshalText([]byte("maybe")); err == nil {
		t.Error("an unknown choice was accepted")
	}
	for id, want := range map[string]bool{"demo": true, "Demo_2-b": true, "": false, "a b": false, "a}": false, "日本": false, strings.Repeat("x", 65): false} {
		if ValidID(id) != want {
			t.Errorf("ValidID(%q) = %t", id, !want)
		}
	}
}

// Clocks in New York go from 2:00 to 3:00 on 8 March 2026, and from 2:00 back to 1:00 on 1 November.
func TestRecordsBeginAnewOnceADayWhenClocksChange(t *testing.T) {
	c := valid()
	c.Calendar.TimeZone, c.Calendar.Recycle = "America/New_York", RecycleConfig{At: "30 2 * * *", Results: []call.Result{call.NoAnswer}}
	at, known, err := c.RecycleSchedule()
	if err != nil || !known {
		t.Fatalf("schedule: %t, %v", known, err)
	}
	for from, want := range map[string][]string{
		"2026-03-06T12:00:00-05:00": {"2026-03-07T02:30:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"},
		"2026-10-30T12:00:00-04:00": {"2026-10-31T02:30:00-04:00", "2026-11-01T02:30:00-05:00", "2026-11-02T02:30:00-05:00"},
	} {
		when, err := time.Parse(time.RFC3339, from)
		if err != nil {
			t.Fatal(err)
		}
		for _, next := range want {
			if when = at.Next(when); when.Format(time.RFC3339) != next {
				t.Errorf("at %s, want %s", when.Format(time.RFC3339), next)
			}
		}
	}
	due := time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC)
	c.Calendar.Recycle.Older = 24 * time.Hour
	if q := c.Calendar.Recycle.Recycling(due, "calendar"); !q.Before.Equal(due.Add(-24*time.Hour)) || q.By != "calendar" {
		t.Errorf("%+v", q)
	}
}
