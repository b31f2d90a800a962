package campaign

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// rehearsal is the list as a dry run finds it: what Redis has, and what the run would have added to it. It decides as lua/import_batch.lua does.
type rehearsal struct {
	rdb      redis.UniversalClient
	campaign string
	ids      map[string]int // line of the file that would bring it
	numbers  map[string]rehearsed
}

// rehearsed is a record that the file would bring.
type rehearsed struct {
	id   string // "" when it would be numbered
	line int
}

// unnumbered stands for the number of an import that never began.
const unnumbered = -1

func newRehearsal(store *RedisStore, campaign string) *rehearsal {
	return &rehearsal{rdb: store.rdb, campaign: campaign, ids: map[string]int{}, numbers: map[string]rehearsed{}}
}

// peek finds out how far the import came, and begins nothing.
func (l *importLog) peek(ctx context.Context) error {
	reply, err := l.store.rdb.HMGet(ctx, keysOf(l.campaign).importOf(l.digest), "number", "offset", "about", "progress", "verdicts").Result()
	if err != nil {
		return fmt.Errorf("look at the import into campaign %s: %w", l.campaign, err)
	}
	texts := make([]string, len(reply))
	for i := range reply {
		texts[i], _ = reply[i].(string)
	}
	if texts[0] == "" {
		texts[0] = strconv.Itoa(unnumbered)
	}
	return l.found(texts)
}

// inList is what Redis knows of the ids and numbers of a batch.
type inList struct {
	records map[string]string // id → record
	owners  map[string]string // number → id
}

func (r *rehearsal) look(ctx context.Context, batch []*candidate) (inList, error) {
	found := inList{records: map[string]string{}, owners: map[string]string{}}
	var ids, numbers []string
	for _, c := range batch {
		if c.id != "" {
			ids = append(ids, c.id)
		}
		numbers = append(numbers, c.numbers...)
	}
	k := keysOf(r.campaign)
	if err := r.read(ctx, k.rec(), ids, found.records); err != nil {
		return found, err
	}
	if err := r.read(ctx, k.num(), numbers, found.owners); err != nil {
		return found, err
	}
	var owners []string
	for _, id := range found.owners {
		if _, known := found.records[id]; !known && !slices.Contains(owners, id) {
			owners = append(owners, id)
		}
	}
	return found, r.read(ctx, k.rec(), owners, found.records)
}

func (r *rehearsal) read(ctx context.Context, key string, fields []string, into map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	values, err := r.rdb.HMGet(ctx, key, fields...).Result()
	if err != nil {
		return fmt.Errorf("look into the list of campaign %s: %w", r.campaign, err)
	}
	for i, value := range values {
		if text, ok := value.(string); ok {
			into[fields[i]] = text
		}
	}
	return nil
}

// judge tells which candidates would not be added; the others are remembered.
func (r *rehearsal) judge(ctx context.Context, number int, batch []*candidate) ([]verdict, error) {
	list, err := r.look(ctx, batch)
	if err != nil {
		return nil, err
	}
	var verdicts []verdict
	for i, c := range batch {
		v, taken, err := r.taken(c, number, list)
		if err != nil {
			return nil, err
		}
		if taken {
			v.Index = i
			verdicts = append(verdicts, v)
			continue
		}
		id := strings.Clone(c.id) // else it would hold the whole row in memory
		if id != "" {
			r.ids[id] = c.line
		}
		for _, n := range c.numbers {
			r.numbers[n] = rehearsed{id, c.line}
		}
	}
	return verdicts, nil
}

// taken tells whether the list or a row before has the candidate's id or one of its numbers.
func (r *rehearsal) taken(c *candidate, number int, list inList) (verdict, bool, error) {
	if record, has := list.records[c.id]; has && c.id != "" {
		from, line, err := sourceOf(record)
		return verdict{Kind: "id", Value: c.id, Owner: c.id, Import: from, Line: line}, true, err
	}
	if line, before := r.ids[c.id]; before && c.id != "" {
		return verdict{Kind: "id", Value: c.id, Owner: c.id, Import: number, Line: line}, true, nil
	}
	for _, n := range c.numbers {
		if owner, has := list.owners[n]; has {
			from, line, err := sourceOf(list.records[owner])
			return verdict{Kind: "number", Value: n, Owner: owner, Import: from, Line: line}, true, err
		}
		if before, has := r.numbers[n]; has {
			return verdict{Kind: "number", Value: n, Owner: before.id, Import: number, Line: before.line}, true, nil
		}
	}
	return verdict{}, false, nil
}

var recordSource = regexp.MustCompile(`^{"s":\[(\d+),(\d+)\]`)

// sourceOf tells which import and line brought a record.
func sourceOf(record string) (number, line int, err error) {
	m := recordSource.FindStringSubmatch(record)
	if m == nil {
		return 0, 0, nil // as lua/import_batch.lua has it
	}
	number, err = strconv.Atoi(m[1])
	line, errLine := strconv.Atoi(m[2])
	return number, line, errors.Join(err, errLine)
}
