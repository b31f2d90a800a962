package campaign

import "time"

// Progress tells how far an import is. Rows and their fates count from the
// beginning of the file, also when an earlier run did part of it.
type Progress struct {
	Rows       int64
	Imported   int64
	Duplicates int64
	Rejected   int64 // without the duplicates
	Bytes      int64 // of TotalBytes, decoded
	TotalBytes int64
	Elapsed    time.Duration // of this run
	Rate       float64       // rows a second in this run
	Remaining  time.Duration // estimate
}

// estimate fills in rate and remaining time from what this run has read.
func (p *Progress) estimate(rows, bytes int64) {
	if p.Elapsed > 0 && rows > 0 {
		p.Rate = float64(rows) / p.Elapsed.Seconds()
		perByte := p.Elapsed.Seconds() / float64(max(1, bytes))
		p.Remaining = time.Duration(perByte * float64(p.TotalBytes-p.Bytes) * float64(time.Second))
	}
}

// Summary tells what became of a list.
type Summary struct {
	Campaign string
	File     string
	Import   int // number of the import in its campaign, from 1

	// Already: the same file was imported completely before; this run did nothing, and the figures are those of then.
	Already bool
	// ResumedAt is the line at which this run went on with an interrupted import, 0 when it began with the file.
	ResumedAt int

	Read       int64            // rows without the header and empty lines
	Imported   int64            // records added
	Duplicates map[Reason]int64 // rows whose contact is in the list already, by kind
	Rejected   map[Reason]int64 // other rows not imported, by reason
	Rejects    string           // path of the file with the rows of both, "" when there are none
	// RejectsLost: an earlier run wrote rejects that are gone from their place; Rejects has only those since.
	RejectsLost bool
	Duration    time.Duration // of all runs of the import
}

// DuplicateCount is the number of rows whose contact is in the list already.
func (s Summary) DuplicateCount() int64 { return total(s.Duplicates) }

// RejectedCount is the number of rows that were not imported for another reason.
func (s Summary) RejectedCount() int64 { return total(s.Rejected) }

func total(counts map[Reason]int64) int64 {
	var n int64
	for _, c := range counts {
		n += c
	}
	return n
}
