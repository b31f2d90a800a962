package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/campaign"
)

var (
	// ErrStopping: the process is stopping, or not running yet.
	ErrStopping = errors.New("the process is stopping")
	// ErrTooMany: this process runs as many imports as it may.
	ErrTooMany = errors.New("too many imports are running")
	// ErrOver: the import has ended.
	ErrOver = errors.New("the import has ended")
)

var errCancelled = errors.New("the import was cancelled")

// Options is what a [Runner] is made of.
type Options struct {
	Config Config
	Redis  redis.UniversalClient
	Store  *campaign.RedisStore
	Logger zerolog.Logger
}

// Runner runs imports. Make it with [New]; it imports while [Runner.Run] runs.
type Runner struct {
	cfg   Config
	rdb   redis.UniversalClient
	lists *campaign.RedisStore
	store store
	log   zerolog.Logger

	mu   sync.Mutex
	ctx  context.Context // nil until it runs
	over func(context.Context, Import)
	jobs map[string]*job
	busy sync.WaitGroup
}

// New makes a runner.
func New(opts Options) *Runner {
	return &Runner{
		cfg: opts.Config, rdb: opts.Redis, lists: opts.Store, log: opts.Logger, jobs: map[string]*job{},
		store: store{rdb: opts.Redis, keep: opts.Config.Keep},
	}
}

// sweepEvery is how often a process looks for imports whose process died.
const sweepEvery = 5 * time.Second

// Run lets imports run until ctx ends; those that have not ended then are interrupted, and it returns when they are. over is called with each import that has
// ended here, and by one of all processes with each that was interrupted because its process died.
func (r *Runner) Run(ctx context.Context, over func(context.Context, Import)) {
	r.mu.Lock()
	r.ctx, r.over = ctx, over
	r.mu.Unlock()
	every := time.NewTicker(sweepEvery)
	defer every.Stop()
	for ctx.Err() == nil {
		if err := r.sweep(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn().Err(err).Msg("interrupted imports cannot be looked for")
		}
		select {
		case <-ctx.Done():
		case <-every.C:
		}
	}
	r.busy.Wait()
}

// sweep writes down that imports were interrupted.
func (r *Runner) sweep(ctx context.Context) error {
	found, err := r.store.unfinished(ctx)
	if err != nil {
		return err
	}
	for _, im := range found {
		if im.State != Interrupted {
			continue
		}
		mine, err := r.store.bury(ctx, im.ID)
		if err != nil {
			return fmt.Errorf("see to import %s: %w", im.ID, err)
		}
		if !mine {
			continue
		}
		im.Ended = time.Now().UTC()
		if err := r.store.save(ctx, im); err != nil {
			return err
		}
		r.log.Warn().Str("import", im.ID).Str("campaign", im.Campaign).Int64("rows", im.Rows).Msg("an import was interrupted: its process gives no sign of life")
		r.over(ctx, im.Import)
	}
	return nil
}

// Order is what to import.
type Order struct {
	ID       string // of the import, chosen by who orders it
	Kind     Kind
	Campaign string
	Name     string   // of the file
	Content  *os.File // is closed, whatever happens
	By       string
	DryRun   bool

	List    campaign.ListConfig // of contacts: how to read the file
	Arrange campaign.Arrange

	Listing campaign.ListingDefaults // of do-not-call entries
}

// importing is an import of either kind.
type importing interface {
	Run(context.Context) error
	Summary() campaign.Summary
	Size() int64
	Close() error
}

// Start looks at the whole file and then imports it in the background. An *campaign.FileError says why the file cannot be used. began is called before the first
// row is imported, and nothing is when it fails.
func (r *Runner) Start(ctx context.Context, o Order, began func(context.Context, Import) error) (Import, error) {
	j := &job{r: r, order: o, im: stored{Import: Import{
		ID: o.ID, Kind: o.Kind, Campaign: o.Campaign, File: o.Name, By: o.By, DryRun: o.DryRun, State: Running, Started: time.Now().UTC(),
		Reasons: map[string]int64{}, First: []Row{},
	}}}
	if err := r.admit(j); err != nil {
		return Import{}, errors.Join(err, o.Content.Close())
	}
	started := false
	defer func() {
		if !started {
			r.leave(j)
		}
	}()
	if err := j.open(ctx); err != nil {
		return Import{}, err
	}
	j.im.TotalBytes = j.work.Size()
	err := r.store.alive(ctx, o.ID)
	if err == nil {
		err = r.store.add(ctx, j.im)
	}
	if err == nil {
		err = began(ctx, j.im.Import)
	}
	if err != nil {
		return Import{}, errors.Join(err, j.work.Close())
	}
	im := j.im.Import
	im.Reasons = maps.Clone(im.Reasons) // the job goes on counting in its own
	started = true
	go func() {
		defer r.leave(j)
		j.run()
	}()
	return im, nil
}

// admit counts a job in.
func (r *Runner) admit(j *job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx == nil || r.ctx.Err() != nil {
		return ErrStopping
	}
	if len(r.jobs) >= r.cfg.AtOnce {
		return ErrTooMany
	}
	j.ctx, j.end = context.WithCancelCause(r.ctx)
	j.over = r.over
	r.jobs[j.order.ID] = j
	r.busy.Add(1)
	return nil
}

func (r *Runner) leave(j *job) {
	j.end(nil)
	r.mu.Lock()
	delete(r.jobs, j.order.ID)
	r.mu.Unlock()
	r.busy.Done()
}

// Get tells how far an import is.
func (r *Runner) Get(ctx context.Context, id string) (Import, error) {
	im, err := r.store.one(ctx, id)
	return im.Import, err
}

// List gives the latest imports, the newest first; before a time if it is not zero.
func (r *Runner) List(ctx context.Context, before time.Time, limit int) ([]Import, error) {
	found, err := r.store.list(ctx, before, limit)
	all := make([]Import, len(found))
	for i, im := range found {
		all[i] = im.Import
	}
	return all, err
}

// cancelPatience is how long Cancel waits for the import's end.
const cancelPatience = 5 * time.Second

// Cancel ends an import, at whatever process it runs, and tells how far it came. What was imported stays. When the other process does not say within a few seconds
// that it has ended, the import is still running in the answer. ErrOver says that it had ended before.
func (r *Runner) Cancel(ctx context.Context, id, by string) (Import, error) {
	im, err := r.store.one(ctx, id)
	if err != nil {
		return Import{}, err
	}
	if im.State != Running {
		return im.Import, ErrOver
	}
	if err := r.store.cancel(ctx, id, by); err != nil {
		return Import{}, fmt.Errorf("cancel import %s: %w", id, err)
	}
	r.mu.Lock()
	j := r.jobs[id]
	r.mu.Unlock()
	if j != nil {
		j.cancel(by)
	}
	patience, done := context.WithTimeout(ctx, cancelPatience)
	defer done()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-patience.Done():
			return im.Import, ctx.Err()
		case <-look.C:
		}
		if im, err = r.store.one(ctx, id); err != nil || im.State != Running {
			return im.Import, err
		}
	}
}

// WriteRejects writes the rejects of an import, or those so far, as CSV. campaign.ErrRejectsGone says that there are none.
func (r *Runner) WriteRejects(ctx context.Context, id string, w io.Writer) error {
	im, err := r.store.one(ctx, id)
	if err != nil {
		return err
	}
	if im.RejectsAt == "" {
		return campaign.ErrRejectsGone
	}
	return campaign.WriteRejects(ctx, r.rdb, im.RejectsAt, w)
}
