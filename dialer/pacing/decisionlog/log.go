package decisionlog

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/pacing"
)

const (
	// waiting is how many records wait to be written, at most; the pacing does not wait for a disk.
	waiting = 4096
	// flushEvery is how much a killed process loses.
	flushEvery = 10 * time.Second
	// retryAfter is how long nothing is written after the disk has failed.
	retryAfter = time.Minute
	// names are the files' names: when they were begun, in UTC.
	names = "2006-01-02T150405.000Z"
	// ending is how they end.
	ending = ".jsonl.gz"
)

// Log is the decision log of one campaign. Writing to it never waits and never fails: what cannot be written is counted, logged, and told in the
// log itself.
type Log struct {
	directory string
	keep      time.Duration
	log       zerolog.Logger

	records chan pacing.Record
	lost    atomic.Int64 // at least so many records since the last file were not written
	retry   atomic.Int64 // when a new file is wanted, in Unix nanoseconds; 0 for not at all

	file   *os.File
	zipped *gzip.Writer
	out    *bufio.Writer
	lines  *json.Encoder
}

// Open makes the log of a campaign, in a directory of its own. [Log.Run] writes it. What comes before the first [pacing.Begin] is lost.
func Open(cfg Config, campaign string, log zerolog.Logger) (*Log, error) {
	l := &Log{
		directory: filepath.Join(cfg.Directory, campaign), keep: cfg.Keep, log: log,
		records: make(chan pacing.Record, waiting),
	}
	if err := os.Mkdir(l.directory, 0o750); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("decision_log.directory: %w; expected a directory that hasshin can write to", err)
	}
	probe, err := os.CreateTemp(l.directory, ".probe")
	if err != nil {
		return nil, fmt.Errorf("decision_log.directory: %w; expected a directory that hasshin can write to", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, fmt.Errorf("decision_log.directory: %w", err)
	}
	return l, nil
}

// Write hands a record over. One with Begin starts a new file.
func (l *Log) Write(r pacing.Record) {
	if r.Begin != nil {
		l.retry.Store(0)
	}
	select {
	case l.records <- r:
	default:
		l.lost.Add(1)
		l.retry.CompareAndSwap(0, time.Now().UnixNano())
	}
}

// WantsBegin tells whether records were lost and it is time to try again, with a record that begins a new file.
func (l *Log) WantsBegin(now time.Time) bool {
	retry := l.retry.Load()
	return retry != 0 && now.UnixNano() >= retry
}

// Close ends Run once it has written what was handed over. Nothing may be handed over any more.
func (l *Log) Close() { close(l.records) }

// Run writes what is handed over, until Close.
func (l *Log) Run() {
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	for {
		select {
		case r, more := <-l.records:
			if !more {
				l.failed(l.shut())
				return
			}
			l.write(r)
		case <-flush.C:
			if l.file != nil {
				l.failed(errors.Join(l.out.Flush(), l.zipped.Flush()))
			}
		}
	}
}

func (l *Log) write(r pacing.Record) {
	if b := r.Begin; b != nil {
		l.failed(l.shut())
		l.failed(l.begin(b))
	}
	if l.file == nil {
		l.lost.Add(1)
		return
	}
	if err := l.lines.Encode(r); err != nil {
		l.lost.Add(1)
		l.failed(err)
	}
}

// begin opens a new file and deletes those that are too old.
func (l *Log) begin(b *pacing.Begin) error {
	lost := l.lost.Load()
	if b.Continues {
		b.Lost = int(lost)
	}
	name := filepath.Join(l.directory, b.At.UTC().Format(names)+ending)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	l.lost.Add(-lost)
	l.file = file
	l.zipped = gzip.NewWriter(file)
	l.out = bufio.NewWriter(l.zipped)
	l.lines = json.NewEncoder(l.out)
	if err := l.forget(b.At); err != nil {
		l.log.Warn().Err(err).Str("directory", l.directory).Msg("an old decision log cannot be deleted; it is tried again with the next file")
	}
	return nil
}

// forget deletes the files that were begun too long before now.
func (l *Log) forget(now time.Time) error {
	entries, err := os.ReadDir(l.directory)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		begun, ours := strings.CutSuffix(entry.Name(), ending)
		at, err := time.Parse(names, begun)
		if ours && err == nil && now.Sub(at) > l.keep {
			errs = append(errs, os.Remove(filepath.Join(l.directory, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// shut ends the file.
func (l *Log) shut() error {
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.out.Flush(), l.zipped.Close(), l.file.Close())
	l.file = nil
	return err
}

// failed ends a file that cannot be written to, and has another begun later.
func (l *Log) failed(err error) {
	if err == nil {
		return
	}
	if l.file != nil {
		_ = l.file.Close() // the error that counts is known
		l.file = nil
	}
	l.log.Error().Err(err).Str("directory", l.directory).Msg("the decision log cannot be written; it is tried again in a minute, and dialing goes on")
	l.lost.Add(1) // or more, of those that the file was not given yet
	l.retry.Store(time.Now().Add(retryAfter).UnixNano())
}
