package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
	// File is the file itself, open, and Path no more than its name for people. Importing closes it.
	File *os.File
	// Rejects is where rows go that are not imported. Left out: beside the list, as NAME.rejects.csv. What exists there is not overwritten: a number is added to
	// the name.
	Rejects string
	// RejectsTo keeps the rejects in Redis rather than in a file.
	RejectsTo *RejectsKeeper
	// DryRun tells what would become of each row, and changes nothing. What stands before in the file is remembered for that: some hundred bytes a row.
	DryRun bool
	// Arrange says where each record waits. Left out: each can be taken at any time, in the order of the list, and is looked at then.
	Arrange Arrange
	// Workers is how many rows are read at the same time. Default: the number of processors.
	Workers int
	// BatchRows is how many rows are added in one step. Default: 500.
	BatchRows int
	// OnProgress, if set, is called after each batch, one call at a time.
	OnProgress func(Progress)
	// OnReject, if set, is called with each row that is not imported, in the order of the file.
	OnReject func(Reject)
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
func Import(ctx context.Context, store *RedisStore, req ImportRequest) (Summary, error) {
	im, err := prepareImport(ctx, store, req)
	if im == nil {
		return Summary{Campaign: req.Campaign, File: req.Path}, err
	}
	if err == nil {
		err = im.Run(ctx)
	}
	sum := im.Summary()
	return sum, errors.Join(err, im.Close())
}

// OpenImport is the first part of [Import]: it looks at the whole file, and finds out whether and how far it was imported before. So what makes the file
// unfit shows here, before any row was imported.
func OpenImport(ctx context.Context, store *RedisStore, req ImportRequest) (*Importing, error) {
	im, err := prepareImport(ctx, store, req)
	if im != nil && err != nil {
		err = errors.Join(err, im.Close())
	}
	if err != nil {
		return nil, err
	}
	return &Importing{im}, nil
}

// Importing is an import whose file was looked at. It must be closed.
type Importing struct{ *importer }

// prepareImport gives the importer also with an error that came after it had been made.
func prepareImport(ctx context.Context, store *RedisStore, req ImportRequest) (*importer, error) {
	err := req.check()
	if err != nil {
		if req.File != nil {
			err = errors.Join(err, req.File.Close())
		}
		return nil, err
	}
	if req.BatchRows <= 0 {
		req.BatchRows = batchRows
	}
	var src *source
	if req.File != nil {
		src, err = newSource(req.Path, req.File, req.List.Encoding)
	} else {
		src, err = openSource(req.Path, req.Stdin, req.List.Encoding)
	}
	if err != nil {
		return nil, err
	}
	im := &importer{req: req, src: src, started: time.Now()}
	return im, im.prepare(ctx, store)
}

func (req ImportRequest) check() error {
	if !ValidID(req.Campaign) {
		return fmt.Errorf("%q is not a campaign id", req.Campaign)
	}
	return req.List.Validate()
}

// Run imports, and returns when all rows are settled. It may be called once.
func (im *importer) Run(ctx context.Context) error {
	if im.log.state.Done {
		return nil
	}
	if err := im.replay(ctx); err != nil {
		return err
	}
	if err := im.run(ctx); err != nil {
		return err
	}
	return im.finish(ctx)
}

// Summary tells how far the import came, after Run.
func (im *importer) Summary() Summary {
	sum := Summary{Campaign: im.req.Campaign, File: im.src.name}
	im.summarize(&sum)
	return sum
}

// Size is how long the file's text is, decompressed and decoded, in bytes.
func (im *importer) Size() int64 { return im.survey.size }

// Close lets go of the file and of the rejects.
func (im *importer) Close() error {
	err := im.src.close()
	if im.rejects != nil {
		err = errors.Join(err, im.rejects.close())
	}
	return err
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
	rejects *rejects

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
	if im.req.DryRun {
		im.log.dry = newRehearsal(store, im.req.Campaign)
	}
	if err := im.log.begin(ctx, im.src.name); err != nil {
		return err
	}
	im.parser.number = im.log.number
	im.counts = im.log.state.Counts.clone()
	if im.counts.Reasons == nil {
		im.counts.Reasons = map[Reason]int64{}
	}
	im.spent = im.log.state.Spent
	im.rejects = &rejects{path: im.log.state.Rejects, delimiter: delimiter, header: header, to: im.req.rejectsPlace()}
	if im.log.state.Done {
		return nil
	}
	return im.openRejects(ctx)
}

// openRejects finds the rejects of the interrupted run, or a name for new ones.
func (im *importer) openRejects(ctx context.Context) error {
	if im.log.began {
		if found, err := im.rejects.resume(ctx, im.log.state.Size); found || err != nil {
			return err
		}
	}
	var err error
	im.rejects.path, err = im.rejects.to.unused()
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
func (im *importer) replay(ctx context.Context) error {
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
	if err := im.settle(ctx, b, im.log.verdicts); err != nil {
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
	if err := im.settle(ctx, b, im.log.verdicts); err != nil {
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
	p.estimate(p.Rows-im.rowsAtRun, offset-im.log.state.From)
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
