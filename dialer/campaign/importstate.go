package campaign

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"
)

// ErrImportRunning: another process imports the same file into the same campaign right now.
var ErrImportRunning = errors.New("the same file is being imported by another process")

// importDigest names an import: the same file read in the same way. A list
// that is imported again after its configuration was mended is another import.
func importDigest(content [sha256.Size]byte, cfg ListConfig) (string, error) {
	how, err := json.Marshal(cfg)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append(content[:], how...))
	return hex.EncodeToString(sum[:12]), nil
}

// counts are what became of the rows so far.
type rowCounts struct {
	Read     int64            `json:"read"`
	Imported int64            `json:"imported"`
	Reasons  map[Reason]int64 `json:"reasons"`
}

func (c rowCounts) clone() rowCounts {
	c.Reasons = maps.Clone(c.Reasons)
	return c
}

// importState is kept in Redis with each batch: how things stood *before* that
// batch. From it and the verdicts on the batch a later run rebuilds exactly what
// became of the batch, whether or not its rejects were written when the process died.
type importState struct {
	From    int64         `json:"from"` // offset where the last batch begins
	Line    int           `json:"line"` // and its line
	Counts  rowCounts     `json:"counts"`
	Rejects string        `json:"rejects"` // path of the rejects file
	Size    int64         `json:"size"`    // of the rejects file
	Spent   time.Duration `json:"spent"`   // time taken by all runs
	Done    bool          `json:"done"`
}

// importLog is one import's progress in Redis.
type importLog struct {
	store    *RedisStore
	campaign string
	digest   string

	number    int    // of the import in its campaign
	committed string // offset, as Redis has it
	state     importState
	began     bool      // a batch was committed before
	verdicts  []verdict // on the last batch
	dry       *rehearsal
}

// verdict is why a record of a batch was not added.
type verdict struct {
	Index  int    // of the candidate in its batch
	Kind   string // "id" or "number"
	Value  string // the id or number that is taken
	Owner  string // id of the record that has it
	Import int    // that brought the owner
	Line   int    // of its file
}

// UnmarshalJSON reads the list that the script writes.
func (v *verdict) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&v.Index, &v.Kind, &v.Value, &v.Owner, &v.Import, &v.Line})
}

// begin finds out how far the import came, or begins it.
func (l *importLog) begin(ctx context.Context, file string) error {
	about, err := json.Marshal(map[string]any{"file": file, "started": time.Now().UTC().Format(time.RFC3339)})
	if err != nil {
		return err
	}
	k := keysOf(l.campaign)
	if l.dry != nil {
		return l.peek(ctx)
	}
	reply, err := importBeginScript.Run(ctx, l.store.rdb, []string{k.importOf(l.digest), k.seq()}, about).StringSlice()
	if err != nil {
		return fmt.Errorf("begin the import into campaign %s: %w", l.campaign, err)
	}
	return l.found(reply)
}

// found takes over what Redis has of the import: number, offset, about, progress, verdicts.
func (l *importLog) found(reply []string) (err error) {
	if l.number, err = strconv.Atoi(reply[0]); err != nil {
		return fmt.Errorf("import into campaign %s is damaged in Redis: %w", l.campaign, err)
	}
	l.committed = reply[1]
	if reply[3] == "" {
		return nil
	}
	l.began = true
	if err := json.Unmarshal([]byte(reply[3]), &l.state); err != nil {
		return fmt.Errorf("import %d into campaign %s is damaged in Redis: %w", l.number, l.campaign, err)
	}
	return l.decodeVerdicts(reply[4])
}

func (l *importLog) decodeVerdicts(text string) error {
	l.verdicts = l.verdicts[:0]
	if err := json.Unmarshal([]byte(text), &l.verdicts); err != nil {
		return fmt.Errorf("import %d into campaign %s is damaged in Redis: verdicts: %w", l.number, l.campaign, err)
	}
	return nil
}

// commit adds the candidates up to offset with the state before them. The
// verdicts on them are in l.verdicts afterwards.
func (l *importLog) commit(ctx context.Context, state importState, offset int64, batch []*candidate) (err error) {
	if l.dry != nil {
		l.verdicts, err = l.dry.judge(ctx, l.number, batch)
		return err
	}
	progress, err := json.Marshal(state)
	if err != nil {
		return err
	}
	to := strconv.FormatInt(offset, 10)
	k := keysOf(l.campaign)
	args := make([]any, 0, 5+6*len(batch))
	args = append(args, l.committed, to, progress, rand.Text(), k.prefix)
	for _, c := range batch {
		args = append(args, c.id, c.record, c.joined(), c.class, c.key, c.names)
	}
	reply, err := importBatchScript.Run(ctx, l.store.rdb,
		[]string{k.importOf(l.digest), k.rec(), k.num(), k.ready(), k.seq()}, args...).Slice()
	if err != nil {
		return fmt.Errorf("import into campaign %s: %w", l.campaign, err)
	}
	accepted, ok := reply[0].(int64)
	answer, isText := reply[1].(string)
	if !ok || !isText {
		return fmt.Errorf("import into campaign %s: unexpected answer of Redis: %v", l.campaign, reply)
	}
	if accepted == 0 {
		return fmt.Errorf("import into campaign %s: %w (it is at byte %s, this one at %s)", l.campaign, ErrImportRunning, answer, l.committed)
	}
	l.committed = to
	return l.decodeVerdicts(answer)
}
