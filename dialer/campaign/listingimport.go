package campaign

import (
	"context"
	"errors"
	"io"
	"time"
)

// DoNotCallImport is the import of a file of do-not-call entries that was looked at. It must be closed.
type DoNotCallImport struct {
	req     DoNotCallRequest
	rows    *listingReader
	list    redisDoNotCall
	rejects *rejects
	started time.Time
	sum     Summary
	seen    map[string]bool // by a dry run, which adds nothing
}

// Run puts all usable rows on the list. It may be called once.
func (im *DoNotCallImport) Run(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		last, err := im.batch(ctx)
		if err != nil || last {
			return err
		}
	}
}

// batch reads some rows, and puts those on the list that differ only in whom they are about together.
func (im *DoNotCallImport) batch(ctx context.Context) (last bool, err error) {
	var together []Listing
	var rejected []rejection
	read := 0
	for ; read < batchRows && !last; read++ {
		row, err := im.rows.next()
		if last = errors.Is(err, io.EOF); last {
			break
		}
		switch l := row.listing; {
		case err != nil:
			return false, err
		case row.rejected != nil:
			rejected = append(rejected, *row.rejected)
		case len(together) > 0 && together[len(together)-1].Until.Equal(l.Until) && together[len(together)-1].Why == l.Why:
			same := &together[len(together)-1]
			same.Numbers, same.Customers = append(same.Numbers, l.Numbers...), append(same.Customers, l.Customers...)
		default:
			together = append(together, l)
		}
	}
	for _, l := range together {
		added, err := im.put(ctx, l)
		if err != nil {
			return false, err
		}
		im.sum.Imported += int64(added)
		if known := len(l.entries()) - added; known > 0 {
			im.sum.Duplicates[ReasonOnList] += int64(known)
		}
	}
	if err := im.rejects.add(ctx, rejected); err != nil {
		return false, err
	}
	im.sum.Read += int64(read)
	for _, r := range rejected {
		im.sum.Rejected[r.reason]++
		if im.req.OnReject != nil {
			im.req.OnReject(Reject{Line: r.line, Reason: r.reason, Text: r.text, Fields: r.fields})
		}
	}
	if im.req.OnProgress != nil {
		im.req.OnProgress(im.progress())
	}
	return last, nil
}

// put adds entries, or in a dry run tells how many it would add.
func (im *DoNotCallImport) put(ctx context.Context, l Listing) (added int, err error) {
	if !im.req.DryRun {
		return im.list.Put(ctx, l)
	}
	on, err := im.list.check(ctx, l.entries(), doNotCallList(l.Campaign))
	if err != nil {
		return 0, err
	}
	for _, entry := range l.entries() {
		if _, is := on[entry]; !is && !im.seen[entry] {
			im.seen[entry] = true
			added++
		}
	}
	return added, nil
}

func (im *DoNotCallImport) progress() Progress {
	p := Progress{
		Rows: im.sum.Read, Imported: im.sum.Imported, Duplicates: im.sum.DuplicateCount(), Rejected: im.sum.RejectedCount(),
		Bytes: im.rows.rows.offset, TotalBytes: im.rows.survey.size, Elapsed: time.Since(im.started),
	}
	p.estimate(p.Rows, p.Bytes)
	return p
}

// Summary tells how far the import came, after Run.
func (im *DoNotCallImport) Summary() Summary {
	sum := im.sum
	sum.Duration = time.Since(im.started)
	if im.rejects.size > 0 {
		sum.Rejects = im.rejects.path
	}
	return sum
}

// Size is how long the file's text is, decompressed and decoded, in bytes.
func (im *DoNotCallImport) Size() int64 { return im.rows.survey.size }

// Close lets go of the file.
func (im *DoNotCallImport) Close() error { return errors.Join(im.rows.src.close(), im.rejects.close()) }
