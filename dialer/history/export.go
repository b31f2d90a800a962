package history

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// column is one of a CSV file with rows of T.
type column[T any] struct {
	name, doc string
	value     func(row T, zone *time.Location) string
}

func when(of func(PastCall) time.Time) func(PastCall, *time.Location) string {
	return func(e PastCall, zone *time.Location) string { return stamp(of(e), zone) }
}

// stamp is a time in RFC 3339 with the offset of a zone, "" for none.
func stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02T15:04:05.000Z07:00")
}

func text(of func(PastCall) string) func(PastCall, *time.Location) string {
	return func(e PastCall, _ *time.Location) string { return of(e) }
}

// seconds is empty for what did not happen.
func seconds(of func(PastCall) time.Duration, happened func(PastCall) bool) func(PastCall, *time.Location) string {
	return func(e PastCall, _ *time.Location) string {
		if !happened(e) {
			return ""
		}
		return strconv.FormatFloat(of(e).Seconds(), 'f', 3, 64)
	}
}

func yes(of func(PastCall) bool) func(PastCall, *time.Location) string {
	return func(e PastCall, _ *time.Location) string {
		if of(e) {
			return "1"
		}
		return "0"
	}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// columns of the CSV file, in order.
var columns = []column[PastCall]{
	{"id", "of the entry; grows with time", text(func(e PastCall) string { return e.ID })},
	{"call", "call's id", text(func(e PastCall) string { return e.Call })},
	{"campaign", "campaign's id", text(func(e PastCall) string { return e.Campaign })},
	{"record", "id of the contact's record", text(func(e PastCall) string { return e.Record })},
	{"attempt", "which attempt of the call, from 1; 0 for a call that dialed nobody", text(func(e PastCall) string { return strconv.Itoa(e.Attempt) })},
	{"last", "1 for the call's last row, else 0: their number is that of the calls", yes(func(e PastCall) bool { return e.Last })},
	{"origin", "campaign, callback, personal-callback, transfer or manual", text(func(e PastCall) string { return e.Origin })},
	{"mode", "how the campaign dialed it", text(func(e PastCall) string { return e.Mode })},
	{"ending", "how the call ended for its record: closed, rejected, cancelled, released, unanswered or lost", text(func(e PastCall) string { return string(e.Ending) })},
	{"number", "dialed, E.164", text(func(e PastCall) string { return e.Number })},
	{"caller_id", "shown to the contact", text(func(e PastCall) string { return e.CallerID })},
	{"agent", "who had the call last", text(func(e PastCall) string { return e.Agent })},
	{"agents", "all who had it, in order, with a space between", text(func(e PastCall) string {
		var names []string
		for _, h := range e.Hands {
			names = append(names, h.Agent)
		}
		return strings.Join(names, " ")
	})},
	{"created", "the record was put to the agent or, without one, dialed", when(func(e PastCall) time.Time { return e.Created })},
	{"dialed", "the number was dialed", when(func(e PastCall) time.Time { return e.Dialed })},
	{"rang", "it rang", when(func(e PastCall) time.Time { return e.Rang })},
	{"answered", "it was answered", when(func(e PastCall) time.Time { return e.Answered })},
	{"joined", "contact and agent heard each other", when(func(e PastCall) time.Time { return e.Joined })},
	{"gave_up", "no agent was there for the contact within the connect limit", when(func(e PastCall) time.Time { return e.GaveUp })},
	{"ended", "the attempt was over", when(func(e PastCall) time.Time { return e.Ended })},
	{"done", "the wrap-up was over", when(func(e PastCall) time.Time { return e.Done })},
	{"contact_wait_seconds", "answered until joined", seconds(PastCall.Wait, func(e PastCall) bool { return !e.Joined.IsZero() })},
	{"talk_seconds", "joined until ended", seconds(PastCall.Talk, func(e PastCall) bool { return !e.Joined.IsZero() })},
	{"wrap_up_seconds", "ended until done, of the last agent; on the call's last row", seconds(PastCall.WrapUp, func(e PastCall) bool {
		return e.Last && e.Agent != "" && !e.Ended.IsZero() && !e.Done.IsZero()
	})},
	{"result", "call result of the attempt", text(func(e PastCall) string { return string(e.Result) })},
	{"sip", "SIP status of the network", text(func(e PastCall) string { return number(e.SIP) })},
	{"q850", "Q.850 cause", text(func(e PastCall) string { return number(e.Q850) })},
	{"hang_up", "who ended it: contact, agent, server or network", text(func(e PastCall) string { return string(e.HangUp) })},
	{"abandoned", "1 if the contact answered and got no agent within the connect limit", yes(func(e PastCall) bool { return e.Abandoned })},
	{"machine", "1 if a machine answered", yes(func(e PastCall) bool { return e.Machine })},
	{"disposition", "code that the agent chose; on the call's last row", text(func(e PastCall) string { return e.Disposition })},
	{"recordings", "ids, with a space between; on the call's last row", text(func(e PastCall) string { return strings.Join(e.Recordings, " ") })},
	{"callback", "id of the callback that the call was for", text(func(e PastCall) string { return e.Callback })},
	{"promised", "id of the callback that was promised in it", text(func(e PastCall) string { return e.Promised })},
}

// CSV writes entries, or whatever else there are columns of, as a table (RFC 4180). A cell that a spreadsheet would take for a formula has an apostrophe
// before it, except telephone numbers like +81312345678.
type CSV[T any] struct {
	w       *csv.Writer
	zone    *time.Location
	columns []column[T]
}

// NewCSV writes entries to w. Times have the offset of zone.
func NewCSV(w io.Writer, zone *time.Location) *CSV[PastCall] { return newCSV(w, zone, columns) }

func newCSV[T any](w io.Writer, zone *time.Location, columns []column[T]) *CSV[T] {
	c := &CSV[T]{csv.NewWriter(w), zone, columns}
	c.w.UseCRLF = true
	return c
}

// Names writes the first row.
func (c *CSV[T]) Names() error {
	names := make([]string, len(c.columns))
	for i, col := range c.columns {
		names[i] = col.name
	}
	return c.w.Write(names)
}

// Write writes one row.
func (c *CSV[T]) Write(row T) error {
	cells := make([]string, len(c.columns))
	for i, col := range c.columns {
		cells[i] = Inert(col.value(row, c.zone))
	}
	return c.w.Write(cells)
}

// Flush writes what is left.
func (c *CSV[T]) Flush() error {
	c.w.Flush()
	return c.w.Error()
}

// Inert makes sure that spreadsheets take a cell for text or a number, not for a formula (OWASP, CSV injection).
func Inert(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return cell
	}
	if first == '+' && len(cell) > 1 && strings.Trim(cell[1:], "0123456789") == "" {
		return cell // E.164: a number does no harm, and stays what it is
	}
	return "'" + cell
}

// JSONL writes entries as lines of JSON, with times in the offset of a zone.
type JSONL struct {
	e    *json.Encoder
	zone *time.Location
}

// NewJSONL writes to w.
func NewJSONL(w io.Writer, zone *time.Location) *JSONL {
	return &JSONL{lineEncoder(w), zone}
}

func lineEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// Write writes one line.
func (j *JSONL) Write(e PastCall) error {
	for _, t := range []*time.Time{&e.Created, &e.Dialed, &e.Rang, &e.Answered, &e.Joined, &e.GaveUp, &e.Ended, &e.Done} {
		if !t.IsZero() {
			*t = t.In(j.zone)
		}
	}
	return j.e.Encode(e)
}

// Flush has nothing to do.
func (j *JSONL) Flush() error { return nil }

// Columns lists the columns of the CSV file of calls and what they say, for the documentation.
func Columns() [][2]string { return described(columns) }

func described[T any](columns []column[T]) (all [][2]string) {
	for _, col := range columns {
		all = append(all, [2]string{col.name, col.doc})
	}
	return all
}
