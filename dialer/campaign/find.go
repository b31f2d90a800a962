package campaign

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/fold"
)

// Contacts are found by their names in a sorted set without scores, `names`: its members are a name that begins with one of its words, folded, a NUL and
// the record's id, one member for each word. What begins with some text is next to each other there, so finding costs O(log n) and what is found. The
// import writes it in the step that adds the records, and a record's name never changes; a list that was imported before there was an index is read through
// once, which can be broken off and done again ([RedisStore.IndexNames]). Numbers have a hash of their own, `num`.

const (
	nameWords = 6  // more of a name are not indexed
	nameRunes = 64 // longer ones are cut
)

// nameKeys are how a name is found: from each of its words on, the words before at the end; written in Japanese also without the spaces.
func nameKeys(name string) []string {
	words := fold.Words(fold.Fold(name))
	words = words[:min(len(words), nameWords)]
	var all []string
	for i := range words {
		all = append(all, strings.Join(slices.Concat(words[i:], words[:i]), " "))
	}
	if len(words) > 1 && strings.ContainsFunc(name, unspaced) {
		all = append(all, strings.Join(words, ""))
	}
	for i, key := range all {
		key = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, key)
		if runes := []rune(key); len(runes) > nameRunes {
			key = string(runes[:nameRunes])
		}
		all[i] = key
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(key string) bool { return key == "" })
}

// unspaced is of a script that is written without spaces.
func unspaced(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }

// looked is how many names are looked at for words that do not follow one another.
const looked = 500

// FindByName reads records in whose names there are words that begin as those of text do, at most so many. Which ones of more is not said.
func (s *RedisStore) FindByName(ctx context.Context, campaign, text string, most int) ([]*Record, error) {
	words := fold.Words(fold.Fold(text))
	if len(words) == 0 || most <= 0 {
		return nil, nil
	}
	var ids []string
	look := func(prefix string, count int, fits func(name string) bool) error {
		found, err := s.rdb.ZRangeByLex(ctx, keysOf(campaign).names(), &redis.ZRangeBy{Min: "[" + prefix, Max: "[" + prefix + "\xff", Count: int64(count)}).Result()
		if err != nil {
			return fmt.Errorf("find contacts of campaign %s: %w", campaign, err)
		}
		for _, member := range found {
			at := strings.LastIndexByte(member, 0)
			if at >= 0 && fits(member[:at]) && !slices.Contains(ids, member[at+1:]) {
				ids = append(ids, member[at+1:])
			}
		}
		return nil
	}
	any := func(string) bool { return true }
	// A name that is found from each of two of its words is there twice.
	if err := look(strings.Join(words, " "), most*nameWords, any); err != nil {
		return nil, err
	}
	if len(words) > 1 && len(ids) < most {
		if err := look(strings.Join(words, ""), most*nameWords, any); err != nil {
			return nil, err
		}
		longest := slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
		if err := look(longest, looked, func(name string) bool { return hasAll(name, words) }); err != nil {
			return nil, err
		}
	}
	var all []*Record
	for _, id := range ids[:min(len(ids), most)] {
		r, err := s.Get(ctx, campaign, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// hasAll tells whether each of the words begins a word of a name, each another one.
func hasAll(name string, words []string) bool {
	left := strings.Fields(name)
	for _, w := range words {
		i := slices.IndexFunc(left, func(of string) bool { return strings.HasPrefix(of, w) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// namesAtOnce is how many records are read in one go to index their names.
const namesAtOnce = 1000

// IndexNames makes the index of names of a list that was imported before there was one; otherwise it does nothing. Broken off it begins anew.
func (s *RedisStore) IndexNames(ctx context.Context, campaign string) error {
	k := keysOf(campaign)
	fail := func(err error) error { return fmt.Errorf("index the names of campaign %s: %w", campaign, err) }
	switch named, err := s.rdb.HGet(ctx, k.seq(), "named").Result(); {
	case err != nil && !errors.Is(err, redis.Nil):
		return fail(err)
	case named != "":
		return nil
	}
	if n, err := s.rdb.HLen(ctx, k.rec()).Result(); err != nil || n == 0 {
		return err
	}
	for cursor := uint64(0); ; {
		pairs, next, err := s.rdb.HScan(ctx, k.rec(), cursor, "", namesAtOnce).Result()
		if err != nil {
			return fail(err)
		}
		var members []redis.Z
		for i := 0; i+1 < len(pairs); i += 2 {
			var rec storedRecord
			if err := json.Unmarshal([]byte(pairs[i+1]), &rec); err != nil {
				return fail(fmt.Errorf("record %s is damaged: %w", pairs[i], err))
			}
			for _, key := range nameKeys(rec.Name) {
				members = append(members, redis.Z{Member: key + "\x00" + pairs[i]})
			}
		}
		if len(members) > 0 {
			if err := s.rdb.ZAdd(ctx, k.names(), members...).Err(); err != nil {
				return fail(err)
			}
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	if err := s.rdb.HSet(ctx, k.seq(), "named", "1").Err(); err != nil {
		return fail(err)
	}
	return nil
}
