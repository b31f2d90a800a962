package callerid

import (
	"context"
	_ "embed"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/use.lua
var useSource string

var useScript = redis.NewScript(useSource)

// Chooser chooses caller ids, for all processes that share a Redis. It is safe for concurrent use.
type Chooser struct {
	rdb   redis.UniversalClient
	plans map[string]*plan
}

// NewChooser makes a chooser of valid groups. rdb stays the caller's to close.
func NewChooser(rdb redis.UniversalClient, groups map[string]Group) *Chooser {
	c := &Chooser{rdb: rdb, plans: map[string]*plan{}}
	for name, g := range groups {
		c.plans[name] = newPlan(g)
	}
	return c
}

// Choose chooses the number of a group that a contact's number (E.164) is shown. seen are those that the contact has been shown before, the latest
// last: the latest that still fits is shown again.
//
// There is a number also with an error, which is Redis's: then it is one that fits, always the same for the same contact.
func (c *Chooser) Choose(ctx context.Context, group, contact string, seen []string) (string, error) {
	p := c.plans[group]
	if p == nil {
		return "", fmt.Errorf("there is no group %q of caller ids", group)
	}
	offered := p.offer(contact)
	for _, s := range slices.Backward(seen) {
		if slices.Contains(offered, s) {
			if p.Rule == RoundRobin {
				return s, nil
			}
			offered = []string{s}
			break
		}
	}
	args := make([]any, len(offered))
	for i, n := range offered {
		args[i] = n
	}
	number, err := useScript.Run(ctx, c.rdb, []string{"hs:{cid:" + group + "}:uses"}, args...).Text()
	if err != nil {
		return steady(offered, contact), fmt.Errorf("choose a caller id of group %s: %w", group, err)
	}
	return number, nil
}

// Present is what is told to the network of a number of a group.
func (c *Chooser) Present(group, number string) string {
	if p := c.plans[group]; p != nil {
		return p.Present(number)
	}
	return number
}

// steady chooses without memory, the same for the same contact.
func steady(offered []string, contact string) string {
	h := fnv.New32a()
	h.Write([]byte(contact)) // never returns an error
	return offered[int(h.Sum32()%uint32(len(offered)))]
}
