package campaign

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// RejectsKeeper keeps the rejects of an import in Redis, where every process finds them: a hash from "FROM-TO", the place of a piece in the whole in bytes,
// to the piece, compressed. It is forgotten some time after it was last written to.
type RejectsKeeper struct {
	rdb  redis.UniversalClient
	key  string
	keep time.Duration
}

// keptPrefix marks a path that is a key in Redis.
const keptPrefix = "redis:"

// NewRejectsKeeper keeps rejects under a key of rdb. An import that goes on with an earlier one's writes under that one's key; [Summary.Rejects] tells.
func NewRejectsKeeper(rdb redis.UniversalClient, key string, keep time.Duration) *RejectsKeeper {
	return &RejectsKeeper{rdb, key, keep}
}

func (k *RejectsKeeper) unused() (string, error) { return keptPrefix + k.key, nil }

func (k *RejectsKeeper) resume(ctx context.Context, path string, size int64) (bool, error) {
	key, kept := strings.CutPrefix(path, keptPrefix)
	if !kept {
		return false, nil
	}
	pieces, err := piecesOf(ctx, k.rdb, key)
	if err != nil {
		return false, err
	}
	end := int64(0)
	var behind []string
	for _, p := range pieces {
		if p.from == end && p.to <= size {
			end = p.to
		} else {
			behind = append(behind, p.name())
		}
	}
	if end != size {
		return false, nil
	}
	if len(behind) > 0 {
		if err := k.rdb.HDel(ctx, key, behind...).Err(); err != nil {
			return false, fmt.Errorf("go on with the rejects: %w", err)
		}
	}
	return true, nil
}

func (k *RejectsKeeper) write(ctx context.Context, path string, at int64, b []byte) error {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(b); err != nil {
		return fmt.Errorf("pack rejects: %w", err)
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("pack rejects: %w", err)
	}
	key := strings.TrimPrefix(path, keptPrefix)
	_, err := k.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, key, piece{at, at + int64(len(b))}.name(), packed.Bytes())
		p.PExpire(ctx, key, k.keep)
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep rejects: %w", err)
	}
	return nil
}

func (*RejectsKeeper) sync() error  { return nil }
func (*RejectsKeeper) close() error { return nil }

// piece is where a part of the rejects stands in the whole.
type piece struct{ from, to int64 }

func (p piece) name() string { return fmt.Sprintf("%d-%d", p.from, p.to) }

// piecesOf lists the pieces in their order.
func piecesOf(ctx context.Context, rdb redis.UniversalClient, key string) ([]piece, error) {
	names, err := rdb.HKeys(ctx, key).Result()
	if err != nil {
		return nil, fmt.Errorf("look for rejects: %w", err)
	}
	pieces := make([]piece, len(names))
	for i, name := range names {
		if _, err := fmt.Sscanf(name, "%d-%d", &pieces[i].from, &pieces[i].to); err != nil {
			return nil, fmt.Errorf("rejects at %s are damaged: a piece is named %q", key, name)
		}
	}
	slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	return pieces, nil
}

// ErrRejectsGone: rejects are not in Redis any more, or are in a file.
var ErrRejectsGone = errors.New("the rejects are not kept any more")

// WriteRejects writes rejects that a [RejectsKeeper] has to w, piece by piece. The path is that of the [Summary]. While the import runs, these are the rejects so far.
func WriteRejects(ctx context.Context, rdb redis.UniversalClient, path string, w io.Writer) error {
	key, kept := strings.CutPrefix(path, keptPrefix)
	if !kept {
		return ErrRejectsGone
	}
	pieces, err := piecesOf(ctx, rdb, key)
	if err != nil {
		return err
	}
	if len(pieces) == 0 {
		return ErrRejectsGone
	}
	end := int64(0)
	for _, p := range pieces {
		if p.from != end {
			return fmt.Errorf("rejects at %s are damaged: bytes %d to %d are missing", key, end, p.from)
		}
		packed, err := rdb.HGet(ctx, key, p.name()).Bytes()
		if err != nil {
			return fmt.Errorf("read rejects: %w", err)
		}
		zip, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return fmt.Errorf("rejects at %s are damaged: %w", key, err)
		}
		n, err := io.Copy(w, zip)
		if err != nil {
			return err
		}
		if end += n; end != p.to {
			return fmt.Errorf("rejects at %s are damaged: bytes %d to %d are missing", key, end, p.to)
		}
	}
	return nil
}

// RejectsKept tells whether rejects at a path of a [Summary] are in Redis, and not in a file.
func RejectsKept(path string) bool { return strings.HasPrefix(path, keptPrefix) }
