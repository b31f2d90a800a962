// Package imports runs imports of lists for people who watch them from a page: in the background, with progress in Redis, so that any process tells how
// far one is, and whoever started it may go away. What is imported, and how, is package campaign's: this is the same importer as that of the command.
//
// # Keys in Redis
//
//	hs:imports:all           zset: ids of imports by when they began (ms)
//	hs:imports:running       set: ids of those that nobody has said have ended
//	hs:imports:ID            string: the import (JSON), written as it goes on
//	hs:imports:ID:alive      string: there while a process runs it
//	hs:imports:ID:cancel     string: who wants it cancelled
//	hs:imports:ID:rejects    hash: its rejects, see campaign.RejectsKeeper
//
// All of it is forgotten some time after the import.
//
// # When the process dies
//
// An import whose process is gone is interrupted: nobody goes on with it by himself, for the file has gone with the process. What it had imported stays, and to
// import the same file again goes on where it stopped, without adding a record twice.
package imports

import (
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Config says how imports through the API are kept.
type Config struct {
	// Keep is how long an import stays in the list of imports, with its rejects, after it began. Default: 720h, thirty days.
	Keep time.Duration `yaml:"keep"`

	// AtOnce is the most imports that one process runs at the same time. Default: 4.
	AtOnce int `yaml:"at_once"`
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config { return Config{Keep: 30 * 24 * time.Hour, AtOnce: 4} }

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	if c.Keep < time.Hour || c.Keep > 400*24*time.Hour {
		p.Add("keep", "%s is out of range; expected 1h to 9600h", c.Keep)
	}
	if c.AtOnce < 1 || c.AtOnce > 64 {
		p.Add("at_once", "%d is out of range; expected 1 to 64", c.AtOnce)
	}
	return p.Err()
}

// Kind is what a file brings.
type Kind string

// The kinds of imports.
const (
	Contacts  Kind = "contacts"    // records of a campaign's calling list
	DoNotCall Kind = "do-not-call" // entries of a do-not-call list
)

// State is where an import is.
type State string

// The states. All but the first are final.
const (
	Running     State = "running"
	Finished    State = "finished"    // all rows are settled
	Cancelled   State = "cancelled"   // somebody ended it
	Interrupted State = "interrupted" // its process ended
	Failed      State = "failed"      // something went wrong on the way
)

// Import is one import and how far it is. Rows and their fates count from the beginning of the file, also when an earlier import did part of it.
type Import struct {
	ID       string `json:"id" doc:"import's id"`
	Kind     Kind   `json:"kind" enum:"contacts,do-not-call" doc:"what the file brings: records of a calling list, or entries of a do-not-call list"`
	Campaign string `json:"campaign,omitempty" doc:"campaign's id; nothing for the do-not-call list of all campaigns"`
	File     string `json:"file" doc:"name of the file"`
	By       string `json:"by" doc:"id of the one who began it"`
	ByName   string `json:"by_name,omitempty" doc:"name of the one who began it, as it is now"` // not kept; whoever tells of an import fills it in
	DryRun   bool   `json:"dry_run" doc:"nothing is changed: it tells what would become of each row"`

	State   State     `json:"state" enum:"running,finished,cancelled,interrupted,failed" doc:"interrupted: its process ended. What was imported stays; the same file sent again goes on from there"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero" doc:"left out while it is running"`

	Rows     int64            `json:"rows" doc:"rows read, without the header"`
	Taken    int64            `json:"taken" doc:"rows that became records, or entries; in a dry run those that would"`
	Known    int64            `json:"known" doc:"rows whose contact the list has already, by id or number; nothing of them is changed"`
	Rejected int64            `json:"rejected" doc:"rows that cannot be used"`
	Reasons  map[string]int64 `json:"reasons" doc:"known and rejected rows by code"`
	First    []Row            `json:"first" doc:"the first known and rejected rows, twenty at most"`

	Bytes      int64     `json:"bytes" doc:"how far the text of the file was read, decompressed"`
	TotalBytes int64     `json:"total_bytes" doc:"how long it is"`
	Rate       float64   `json:"rate" doc:"rows a second"`
	Ends       time.Time `json:"ends,omitzero" doc:"when it will probably have ended"`

	Already     bool   `json:"already,omitempty" doc:"the same file was imported completely before: nothing was done, and the figures are those of then"`
	ResumedAt   int    `json:"resumed_at,omitempty" doc:"line at which it went on with an earlier import of the same file that had been interrupted"`
	HasRejects  bool   `json:"has_rejects" doc:"there are rejects to download"`
	RejectsLost bool   `json:"rejects_lost,omitempty" doc:"rows that an earlier import of the same file rejected are missing from the rejects"`
	Problem     string `json:"problem,omitempty" doc:"of a failed one: what went wrong"`
	CancelledBy string `json:"cancelled_by,omitempty" doc:"id of the one who cancelled it"`
}

// Row is a row that was not imported.
type Row struct {
	Line    int      `json:"line" doc:"line of the file at which it begins"`
	Code    string   `json:"code" doc:"stable name of the reason"`
	Reason  string   `json:"reason" doc:"the reason, for people"`
	Columns []string `json:"columns" doc:"the row"`
}

// firstRows is how many rows [Import.First] has, each of a length that a page can show.
const (
	firstRows   = 20
	firstColumn = 200
)
