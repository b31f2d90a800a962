package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// batchRows and batchBytes bound what is added to the list at a time: small enough that Redis answers others in between within
	// a few milliseconds, large enough that round trips do not count.
	batchRows  = 500
	batchBytes = 256 << 10
)

// ImportRequest says what to import and where to.
type ImportRequest struct {
	Campaign string     // id
	List     ListConfig // how to read the file
	Path     string     // of the file, plain or gzip; "-" for Stdin
	Stdin    io.Reader  // needed for "-"
	// Rejects is where rows go that are not imported. Left out: beside the list, as NAME.rejects.csv. What exists there is not overwritten: a number is added to
	// the name.
	Rejects string
	// Arrange says where each record waits. Left out: each can be taken at any time, in the order of the list, and is looked at then.
	Arrange Arrange
	// Workers is how many rows are read at the same time. Default: the number of processors.
	Workers int
	// BatchRows is how many rows are added in one step. Default: 500.
	BatchRows int
	// OnProgress, if set, is called after each batch, one call at a time.
	OnProgress func(Progress)
}

// Import reads a file of contacts into a campaign's list: CSV with a header line,
// streamed, so that its size does not matter.
//
// A row becomes a record if it has at least one telephone number, all its numbers
// can be dialed, and neither its id nor any of its numbers is in the list already. All
// other rows go into the rejects file with line, code and reason, and nothing of them
// is imported.
//
// Each batch of rows is added together with how far the import came, in one step. So
// an import that was interrupted, however, goes on where it stopped when it is
// started again with the same file, and a file that was imported completely is not
// imported twice: the Summary then says Already.
//
// Errors: *FileError when the file as a whole cannot be used, ErrImportRunning, a
// problem.List for an impossible configuration, those of Redis and of the file system, and
// ctx's. After an error the Summary tells how far the import came.
func Import(ctx context.Context, store *RedisStore, req ImportRequest) (sum Summary, err error) {
	sum = Summary{Campaign: req.Campaign, File: req.Path}
	if !ValidID(req.Campaign) {
		return sum, fmt.Errorf("%q is not a campaign id", req.Campaign)
	}
	if err := req.List.Validate(); err != nil {
		return sum, err
	}
	if req.BatchRows <= 0 {
		req.BatchRows = batchRows
	}
	src, err := openSource(req.Path, req.Stdin, req.List.Encoding)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	sum.File = src.name
	im := &importer{req: req, src: src, started: time.Now()}
	defer func() { im.summarize(&sum) }()
	if err := im.prepare(ctx, store); err != nil || im.log.state.Done {
		return sum, err
	}
	defer func() { err = errors.Join(err, im.rejects.close()) }()
	if err := im.replay(); err != nil {
		return sum, err
	}
	if err := im.run(ctx); err != nil {
		return sum, err
	}
	return sum, im.finish(ctx)
}

// importer is one run of Import.
type importer struct {
	req     ImportRequest
	src     *source
	started time.Time

	survey  survey
	parser  *rowParser
	rows    *rowReader
	log     *importLog
	rejects *rejectsFile

	counts    rowCounts
	rowsAtRun int64 // read by earlier runs
	resumedAt int
	spent     time.Duration // by earlier runs
}

// prepare looks at the whole file and finds out whether it was imported, wholly or in part, before.
func (im *importer) prepare(ctx context.Context, store *RedisStore) error {
	var err error
	if im.survey, err = takeStock(ctx, im.src); err != nil {
		return err
	}
	delimiter, err := im.req.List.delimiter()
	if err != nil {
		return err
	}
	im.parser = &rowParser{cfg: im.req.List, arrange: im.req.Arrange, delimiter: delimiter, decoded: im.src.encoding.table() != nil}
	header, err := im.readHeader()
	if err != nil {
		return err
	}
	digest, err := importDigest(im.survey.digest, im.req.List)
	if err != nil {
		return err
	}
	im.log = &importLog{store: store, campaign: im.req.Campaign, digest: digest}
	if err := im.log.begin(ctx, im.src.name); err != nil {
		return err
	}
	im.parser.number = im.log.number
	im.counts = im.log.state.Counts.clone()
	if im.counts.Reasons == nil {
		im.counts.Reasons = map[Reason]int64{}
	}
	im.spent = im.log.state.Spent
	im.rejects = &rejectsFile{path: im.log.state.Rejects, delimiter: delimiter, header: header}
	if im.log.state.Done {
		return nil
	}
	return im.openRejects()
}

// openRejects finds the rejects file of the interrupted run, or a name for a new one.
func (im *importer) openRejects() error {
	if im.log.began {
		if found, err := im.rejects.resume(im.log.state.Size); found || err != nil {
			return err
		}
	}
	path := im.req.Rejects
	if path == "" {
		path = rejectsPath(im.req.Path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("name the rejects file: %w", err)
	}
	im.rejects.path, err = unusedPath(path)
	return err
}

// readHeader reads the header line and decides what each column is.
func (im *importer) readHeader() ([]string, error) {
	text, err := im.src.text(0)
	if err != nil {
		return nil, err
	}
	im.rows = newRowReader(text, im.parser.delimiter, 1, 0)
	row, err := im.rows.next()
	if errors.Is(err, io.EOF) {
		return nil, &FileError{File: im.src.name, Byte: -1, Code: FileEmpty, Message: "there is nothing in it, not even a header line"}
	}
	if err != nil {
		return nil, im.src.readError(err)
	}
	refuse := func(code FileCode, message, hint string) error {
		return &FileError{File: im.src.name, Line: row.line, Byte: -1, Code: code, Message: message, Hint: hint}
	}
	if row.problem != "" {
		return nil, refuse(FileBadHeader, "the header line cannot be read: "+explain(row.problem), "")
	}
	header := splitFields(string(row.text), im.parser.delimiter, nil)
	im.parser.columns, err = mapHeader(im.req.List, header)
	var bad *headerError
	if errors.As(err, &bad) {
		return nil, refuse(bad.code, bad.message, bad.hint)
	}
	return header, err
}

// replay brings this run to where the last one stopped: it reads the batch that was committed last again, to count its rows and write its rejects
// as the last run did or was about to do.
func (im *importer) replay() error {
	if !im.log.began {
		return nil
	}
	text, err := im.src.text(im.log.state.From)
	if err != nil {
		return err
	}
	im.rows = newRowReader(text, im.parser.delimiter, im.log.state.Line, im.log.state.From)
	b, err := im.readBatch(im.log.committed)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	b.parse(im.parser)
	if err := im.settle(b, im.log.verdicts); err != nil {
		return err
	}
	im.rowsAtRun, im.resumedAt = im.counts.Read, im.rows.line
	return nil
}

// run reads, parses on all processors, and commits in the order of the file.
func (im *importer) run(ctx context.Context) error {
	workers := im.req.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	group, ctx := errgroup.WithContext(ctx)
	parse, commit := make(chan *batch), make(chan *batch, 2*workers)
	group.Go(func() error {
		defer close(parse)
		defer close(commit)
		for {
			b, err := im.readBatch("")
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			if len(b.rows) > 0 {
				select {
				case commit <- b:
				case <-ctx.Done():
					return ctx.Err()
				}
				select {
				case parse <- b:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if err != nil {
				return nil
			}
		}
	})
	for range workers {
		group.Go(func() error {
			for b := range parse {
				b.parse(im.parser)
				close(b.parsed)
			}
			return nil
		})
	}
	group.Go(func() error {
		for b := range commit {
			select {
			case <-b.parsed:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := im.commit(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// commit adds a batch to the list and settles what became of its rows.
func (im *importer) commit(ctx context.Context, b *batch) error {
	if err := im.log.commit(ctx, im.stateBefore(b.from, b.line), b.to, b.candidates); err != nil {
		return err
	}
	if err := im.settle(b, im.log.verdicts); err != nil {
		return err
	}
	if im.req.OnProgress != nil {
		im.req.OnProgress(im.progress(b.to))
	}
	return nil
}

func (im *importer) stateBefore(offset int64, line int) importState {
	return importState{
		From: offset, Line: line, Counts: im.counts.clone(), Rejects: im.rejects.path, Size: im.rejects.size,
		Spent: im.spent + time.Since(im.started),
	}
}

// finish marks the import as complete, after all its rejects are on disk.
func (im *importer) finish(ctx context.Context) error {
	if err := im.rejects.sync(); err != nil {
		return err
	}
	state := im.stateBefore(im.rows.offset, im.rows.line)
	state.Done = true
	if im.rejects.size == 0 {
		state.Rejects = ""
	}
	return im.log.commit(ctx, state, im.rows.offset, nil)
}

func (im *importer) progress(offset int64) Progress {
	p := Progress{
		Rows: im.counts.Read, Imported: im.counts.Imported, Bytes: offset, TotalBytes: im.survey.size, Elapsed: time.Since(im.started),
	}
	for reason, n := range im.counts.Reasons {
		if reason.Duplicate() {
			p.Duplicates += n
		} else {
			p.Rejected += n
		}
	}
	rows := p.Rows - im.rowsAtRun
	if p.Elapsed > 0 && rows > 0 {
		p.Rate = float64(rows) / p.Elapsed.Seconds()
		perByte := p.Elapsed.Seconds() / float64(max(1, offset-im.log.state.From))
		p.Remaining = time.Duration(perByte * float64(p.TotalBytes-offset) * float64(time.Second))
	}
	return p
}

// summarize fills in what is known, also after an error.
func (im *importer) summarize(sum *Summary) {
	sum.ResumedAt = im.resumedAt
	sum.Read, sum.Imported = im.counts.Read, im.counts.Imported
	sum.Duplicates, sum.Rejected = map[Reason]int64{}, map[Reason]int64{}
	for reason, n := range im.counts.Reasons {
		if reason.Duplicate() {
			sum.Duplicates[reason] = n
		} else {
			sum.Rejected[reason] = n
		}
	}
	sum.Duration = im.spent + time.Since(im.started)
	if im.log != nil {
		sum.Import, sum.Already = im.log.number, im.log.state.Done
		if sum.Already {
			sum.Duration = im.spent
		}
	}
	if im.rejects != nil {
		sum.RejectsLost = im.rejects.lost
		if im.rejects.size > 0 || sum.Already {
			sum.Rejects = im.rejects.path
		}
	}
}
