package desk

import (
	"context"
	"encoding/csv"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/history"
)

type ledgerInput struct {
	Campaign string    `query:"campaign" maxLength:"64" doc:"campaign's id; left out: all that the agent manages" example:"spring"`
	From     time.Time `query:"from" doc:"open ones that are due, and ended ones that ended, at this time or later; RFC 3339" example:"2026-04-01T00:00:00Z"`
	Before   time.Time `query:"before" doc:"and before this time; RFC 3339" example:"2026-05-01T00:00:00Z"`
	Events   bool      `query:"events" doc:"a line for each entry of the ledgers, and not for each callback" example:"false"`
}

func (s *Server) ledgerOperation() {
	register(s, operation{
		id: "export-callbacks", method: http.MethodGet, path: "/api/v1/callbacks/export.csv", tag: tagCallbacks,
		summary: "Export the ledger of callbacks",
		description: "Everybody's callbacks as CSV (RFC 4180, UTF-8, with a header line): a line for each with the state that it is in or ended in, by whom and why; or " +
			"with `events` a line for everything that happened to them. Of each campaign the open ones come first, then the ended ones. Times are RFC 3339 in UTC. " +
			"New columns may be added at the end.\n\n" +
			"A text that a spreadsheet would take for a formula (beginning with `=`, `+`, `-` or `@`) has a `'` before it; telephone numbers are left as they are. " +
			"The answer is streamed: when reading fails on the way, the connection is broken off, so what arrives whole is whole. " +
			"Needs the privilege `" + string(agent.ManageCallbacks) + "`.",
		access: handler, codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeStoreUnavailable),
		answer: &answerDoc{"text/csv", &huma.MediaType{
			Schema: &huma.Schema{Type: huma.TypeString}, Example: exampleLedger(),
		}},
	}, func(ctx context.Context, in *ledgerInput) (*huma.StreamResponse, error) {
		promises, err := s.engine.CallbackLedger(ctx, caller(ctx).agent, in.Campaign, in.From, in.Before)
		if err != nil {
			return nil, err
		}
		sheet := promiseSheet
		if in.Events {
			sheet = eventSheet
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			r, w := humago.Unwrap(hc)
			s.sendSheet(w, r, sheet, promises)
		}}, nil
	})
}

// sheet is how promises are written as lines.
type sheet struct {
	name   string
	header []string
	lines  func(dialer.PromiseView) [][]string
}

// sendSheet streams promises as CSV. Whoever reads must not take a part for the whole, so an error on the way breaks the connection off.
func (s *Server) sendSheet(w http.ResponseWriter, r *http.Request, sh sheet, promises iter.Seq2[dialer.PromiseView, error]) {
	out := csv.NewWriter(w)
	begun := false
	begin := func() {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
		w.Header().Set("Content-Disposition", `attachment; filename="`+sh.name+`"`)
		_ = out.Write(sh.header) // the writer remembers its error; it is looked at below
		begun = true
	}
	for p, err := range promises {
		if err != nil && !begun {
			writeProblem(w, r, err)
			return
		}
		if err != nil {
			s.log.Error().Err(err).Str("request", exchangeOf(r.Context()).requestID).Msg("an export of callbacks is broken off")
			panic(http.ErrAbortHandler)
		}
		if !begun {
			begin()
		}
		for _, line := range sh.lines(p) {
			_ = out.Write(line)
		}
		if out.Error() != nil {
			return // the reader has gone
		}
	}
	if !begun {
		begin()
	}
	out.Flush()
}

var promiseSheet = sheet{
	name: "callbacks.csv",
	header: []string{
		"campaign", "callback", "record", "number", "kind", "owner", "holder", "note", "zone", "absent_minutes", "absent_then", "absent_group", "call", "made",
		"due", "state", "since", "queue", "agent", "refusals", "last_offered", "ended_by", "ended_why",
	},
	lines: func(p dialer.PromiseView) [][]string {
		minutes, absent := "", dialer.AbsenceView{}
		if p.Absent != nil {
			minutes, absent = strconv.Itoa(p.Absent.Minutes), *p.Absent
		}
		offered, end := "", dialer.PromiseEventView{}
		for _, e := range p.Ledger {
			if e.Kind == "offered" {
				offered = moment(e.At)
			}
			if e.Kind == p.State && callback.State(p.State).Final() {
				end = e
			}
		}
		return [][]string{{
			p.Campaign, p.ID, history.Inert(p.Record), history.Inert(p.Number), p.Kind, history.Inert(p.Owner), history.Inert(p.Holder), history.Inert(p.Note), p.Zone, minutes, absent.Then,
			history.Inert(absent.Group), p.Call, moment(p.Made), moment(p.Due), p.State, moment(p.Since), p.Queue, history.Inert(p.Agent), strconv.Itoa(p.Refusals), offered,
			history.Inert(end.By), history.Inert(end.Text),
		}}
	},
}

var eventSheet = sheet{
	name:   "callback-events.csv",
	header: []string{"campaign", "callback", "record", "number", "at", "event", "by", "text"},
	lines: func(p dialer.PromiseView) [][]string {
		var lines [][]string
		for _, e := range p.Ledger {
			lines = append(lines, []string{p.Campaign, p.ID, history.Inert(p.Record), history.Inert(p.Number), moment(e.At), e.Kind, history.Inert(e.By), history.Inert(e.Text)})
		}
		return lines
	},
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func exampleLedger() string {
	var b strings.Builder
	out := csv.NewWriter(&b)
	_ = out.Write(promiseSheet.header) // a strings.Builder takes everything
	_ = out.WriteAll(promiseSheet.lines(exampleKept()))
	return b.String()
}
