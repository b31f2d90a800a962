package imports

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
)

// job is one import that this process runs.
type job struct {
	r     *Runner
	order Order
	work  importing
	ctx   context.Context
	end   context.CancelCauseFunc
	over  func(context.Context, Import)

	im    stored // the importer's goroutine's alone while it runs
	saved time.Time
	by    atomic.Pointer[string] // who cancels it
}

// open looks at the whole file.
func (j *job) open(ctx context.Context) (err error) {
	o := j.order
	rejects := campaign.NewRejectsKeeper(j.r.rdb, rejectsKey(o.ID), j.r.cfg.Keep)
	if o.Kind == DoNotCall {
		j.work, err = opened(campaign.OpenDoNotCall(ctx, j.r.lists, campaign.DoNotCallRequest{
			ListingDefaults: o.Listing, Name: o.Name, File: o.Content, RejectsTo: rejects, DryRun: o.DryRun, OnProgress: j.progress, OnReject: j.rejected,
		}))
		return err
	}
	j.work, err = opened(campaign.OpenImport(ctx, j.r.lists, campaign.ImportRequest{
		Campaign: o.Campaign, List: o.List, Path: o.Name, File: o.Content, Arrange: o.Arrange, RejectsTo: rejects, DryRun: o.DryRun,
		OnProgress: j.progress, OnReject: j.rejected,
	}))
	return err
}

// opened keeps a nil pointer from becoming an importing that is not nil.
func opened[T importing](work T, err error) (importing, error) {
	if err != nil {
		return nil, err
	}
	return work, nil
}

// saveEvery is how often progress is written down.
const saveEvery = 250 * time.Millisecond

func (j *job) progress(p campaign.Progress) {
	j.im.Bytes, j.im.Rate = p.Bytes, p.Rate
	j.im.Ends = time.Now().Add(p.Remaining).UTC()
	if time.Since(j.saved) < saveEvery {
		return
	}
	j.count()
	j.saved = time.Now()
	if err := j.r.store.save(j.ctx, j.im); err != nil && j.ctx.Err() == nil {
		j.r.log.Warn().Err(err).Str("import", j.im.ID).Msg("progress cannot be written down")
	}
}

// count takes the importer's figures over.
func (j *job) count() {
	sum := j.work.Summary()
	j.im.Rows, j.im.Taken, j.im.Known, j.im.Rejected = sum.Read, sum.Imported, sum.DuplicateCount(), sum.RejectedCount()
	for _, counts := range []map[campaign.Reason]int64{sum.Duplicates, sum.Rejected} {
		for reason, n := range counts {
			j.im.Reasons[string(reason)] = n
		}
	}
	j.im.Already, j.im.ResumedAt, j.im.RejectsLost = sum.Already, sum.ResumedAt, sum.RejectsLost
	j.im.RejectsAt = sum.Rejects
	j.im.HasRejects = campaign.RejectsKept(sum.Rejects)
}

func (j *job) rejected(r campaign.Reject) {
	if len(j.im.First) >= firstRows {
		return
	}
	row := Row{Line: r.Line, Code: string(r.Reason), Reason: r.Text, Columns: make([]string, len(r.Fields))}
	for i, column := range r.Fields {
		row.Columns[i] = clip(column)
	}
	j.im.First = append(j.im.First, row)
}

// clip shortens what would not fit on a page.
func clip(text string) string {
	runes := []rune(text)
	if len(runes) <= firstColumn {
		return text
	}
	return string(runes[:firstColumn]) + "…"
}

func (j *job) cancel(by string) {
	j.by.CompareAndSwap(nil, &by)
	j.end(errCancelled)
}

// run imports, and writes down how it ended.
func (j *job) run() {
	var watching sync.WaitGroup
	watching.Go(j.watch)
	err := j.work.Run(j.ctx)
	j.count()
	if err == nil {
		j.im.Bytes = j.im.TotalBytes
	}
	j.settle(err)
	err = j.work.Close()
	if err != nil {
		j.r.log.Warn().Err(err).Str("import", j.im.ID).Msg("an import's file did not close")
	}
	j.end(nil)
	watching.Wait()
	j.finish()
}

// settle says how the import ended.
func (j *job) settle(err error) {
	j.im.Ended, j.im.Ends = time.Now().UTC(), time.Time{}
	switch cause := context.Cause(j.ctx); {
	case err == nil:
		j.im.State = Finished
		j.im.Rate = float64(j.im.Rows) / max(0.001, j.im.Ended.Sub(j.im.Started).Seconds())
	case errors.Is(cause, errCancelled):
		j.im.State = Cancelled
		if by := j.by.Load(); by != nil {
			j.im.CancelledBy = *by
		}
	case cause != nil:
		j.im.State = Interrupted
	default:
		j.im.State, j.im.Problem = Failed, err.Error()
		j.r.log.Warn().Err(err).Str("import", j.im.ID).Str("campaign", j.im.Campaign).Msg("an import failed")
	}
}

// finishPatience is how long it is tried to write the end of an import down. When that is not possible it shows as interrupted.
const finishPatience = 10 * time.Second

// finish writes the end down, and only then stops to give signs of life.
func (j *job) finish() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), finishPatience)
	defer cancel()
	err := j.r.store.save(ctx, j.im)
	for err != nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
		err = j.r.store.save(ctx, j.im)
	}
	if err == nil {
		err = j.r.store.dead(ctx, j.im.ID)
	}
	if err != nil {
		j.r.log.Error().Err(err).Str("import", j.im.ID).Str("state", string(j.im.State)).Msg("the end of an import cannot be written down")
	}
	j.r.log.Info().Str("import", j.im.ID).Str("campaign", j.im.Campaign).Str("by", j.im.By).Bool("dry_run", j.im.DryRun).Str("state", string(j.im.State)).
		Int64("rows", j.im.Rows).Int64("taken", j.im.Taken).Int64("known", j.im.Known).Int64("rejected", j.im.Rejected).Msg("import ended")
	j.over(ctx, j.im.Import)
}

// watchEvery is how often a sign of life is given, and how soon word from another process is heard.
const watchEvery = time.Second

func (j *job) watch() {
	every := time.NewTicker(watchEvery)
	defer every.Stop()
	for {
		select {
		case <-j.ctx.Done():
			return
		case <-every.C:
		}
		if err := j.r.store.alive(j.ctx, j.im.ID); err != nil && j.ctx.Err() == nil {
			j.r.log.Warn().Err(err).Str("import", j.im.ID).Msg("no sign of life can be given")
		}
		switch by, err := j.r.store.cancelled(j.ctx, j.im.ID); {
		case err != nil && j.ctx.Err() == nil:
			j.r.log.Warn().Err(err).Str("import", j.im.ID).Msg("whether it is cancelled cannot be read")
		case by != "":
			j.cancel(by)
		}
	}
}
