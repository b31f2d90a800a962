package directory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/fold"
)

// Query is what somebody looks for.
type Query struct {
	Text    string          // name, reading, id, group or number, the beginning or any part of it; "" for everything
	Limit   int             // most hits to answer
	Self    string          // id of the agent who looks; not found
	Home    string          // country whose national numbers are understood, ISO 3166 alpha-2
	Contact []ContactNumber // numbers of the call's own record
	Memory  Remembered      // what the agent likes and used lately
}

// Hit is a target that was found.
type Hit struct {
	Ref
	Name      string // "" for an outside number that is in no directory
	Type      string // of a contact's number: mobile, home …
	Groups    []string
	Contact   bool // a number of the call's own record
	Presence  Presence
	Ready     int // of a group: how many of its agents are available
	Favourite bool
	Used      time.Time // when the agent used it last, zero for never or long ago
}

// Available tells whether somebody is there to take an offer. Queues and numbers always are, as far as we know.
func (h Hit) Available() bool {
	switch h.Kind {
	case Agent:
		return h.Presence.Available
	case Group:
		return h.Ready > 0
	}
	return true
}

// How well a text fits, best first.
const (
	fitsWhole  = iota // it is just that
	fitsStart         // it begins so
	fitsWord          // one of its words begins so
	fitsWithin        // it has it somewhere
	fitsNot
)

// underGroup is how much less a fit with a group counts than one with a name.
const underGroup = 1

// Search finds targets, best first: by how well they fit, where a favourite or lately used one counts as a step better; among equals favourites,
// the lately used, who is available now, then by kind and name. A text that is a telephone number nobody has is itself the last hit.
func (x *Index) Search(q Query, who Presences) []Hit {
	type found struct {
		Hit
		rank int
		key  string
	}
	look := newLook(q)
	var hits []*found
	seen := map[Ref]bool{}
	consider := func(c candidate) {
		if seen[c.ref] || c.ref == (Ref{Agent, q.Self}) {
			return
		}
		fit := look.fit(c)
		if fit == fitsNot {
			return
		}
		seen[c.ref] = true
		h := &found{Hit: x.hit(c, q, who), rank: fit, key: c.key}
		if h.Favourite || !h.Used.IsZero() {
			h.rank--
		}
		hits = append(hits, h)
	}
	for _, n := range q.Contact {
		consider(n.candidate())
	}
	for _, c := range x.all {
		consider(c)
	}
	for ref := range q.Memory.all() {
		if _, listed := x.byRef[ref]; !listed && ref.Kind == Number {
			consider(candidate{ref: ref, numbers: digitForms(ref.ID)})
		}
	}
	slices.SortFunc(hits, func(a, b *found) int {
		return cmp.Or(
			cmp.Compare(a.rank, b.rank), first(a.Favourite, b.Favourite), b.Used.Compare(a.Used), first(a.Available(), b.Available()),
			cmp.Compare(order(a.Hit), order(b.Hit)), cmp.Compare(a.key, b.key), cmp.Compare(a.ID, b.ID))
	})
	all := make([]Hit, 0, min(len(hits)+1, q.Limit))
	for _, h := range hits[:min(len(hits), q.Limit)] {
		h.Groups = slices.Clone(h.Groups) // the index keeps its own
		all = append(all, h.Hit)
	}
	if n, ok := look.number(q.Home); ok && !seen[Ref{Number, n}] && len(all) < q.Limit {
		all = append(all, x.hit(candidate{ref: Ref{Number, n}}, q, who))
	}
	return all
}

func (x *Index) hit(c candidate, q Query, who Presences) Hit {
	h := Hit{Ref: c.ref, Name: c.name, Type: c.detail, Groups: c.groups, Contact: c.mine}
	_, h.Favourite = q.Memory.Favourites[c.ref]
	h.Used = q.Memory.Recents[c.ref]
	switch c.ref.Kind {
	case Agent:
		h.Presence = who.Presence(c.ref.ID)
	case Group:
		for _, id := range x.members[c.ref.ID] {
			if id != q.Self && who.Presence(id).Available {
				h.Ready++
			}
		}
	}
	return h
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// order is by kind: the call's own numbers, people, groups, queues, other numbers.
func order(h Hit) int {
	if h.Contact {
		return 0
	}
	return 1 + slices.Index([]Kind{Agent, Group, Queue, Number}, h.Kind)
}

// look is a query made ready for comparing.
type look struct {
	text          string
	whole         term
	digits        string // "" if it is not written like a number
	international bool
}

func newLook(q Query) look {
	l := look{text: q.Text, whole: termOf(q.Text)}
	if digits, international, ok := fold.Digits(q.Text); ok {
		l.digits, l.international = digits, international
	}
	return l
}

// fit tells how well a candidate fits, by its best way of being found.
func (l look) fit(c candidate) int {
	if strings.TrimSpace(l.whole.text) == "" {
		return fitsWhole
	}
	best := fitsNot
	if l.digits != "" {
		for i, number := range c.numbers {
			if l.international && i > 0 {
				break // with + only the international form is meant
			}
			best = min(best, within(number, l.digits, l.international))
		}
	}
	if len(l.whole.words) == 0 {
		return best // nothing but marks
	}
	return min(best, l.fitNames(c))
}

// fitNames compares with names and groups: the whole text, as people write Japanese names with a space or without; else each of its words, of
// which the one that fits worst counts.
func (l look) fitNames(c candidate) int {
	best := fitsNot
	for _, t := range c.names {
		best = min(best, t.fit(l.whole.compact))
	}
	worst := fitsWhole
	for _, word := range l.whole.words {
		one := fitsNot
		for _, t := range c.names {
			one = min(one, t.fit(word))
		}
		for _, t := range c.under {
			if fit := t.fit(word); fit < fitsNot {
				one = min(one, fit+underGroup, fitsWithin)
			}
		}
		worst = max(worst, one)
	}
	return min(best, worst)
}

func (t term) fit(text string) int {
	switch {
	case t.compact == text:
		return fitsWhole
	case strings.HasPrefix(t.compact, text):
		return fitsStart
	case slices.ContainsFunc(t.words, func(w string) bool { return strings.HasPrefix(w, text) }):
		return fitsWord
	case strings.Contains(t.compact, text):
		return fitsWithin
	}
	return fitsNot
}

// within compares digits; fromStart wants them at the beginning.
func within(number, digits string, fromStart bool) int {
	switch {
	case number == digits:
		return fitsWhole
	case strings.HasPrefix(number, digits):
		return fitsStart
	case !fromStart && len(digits) > 1 && strings.Contains(number, digits):
		return fitsWithin
	}
	return fitsNot
}

// number gives the text as a number in E.164, if it is a whole one.
func (l look) number(home string) (string, bool) {
	if l.digits == "" {
		return "", false
	}
	n, err := campaign.Normalize(l.text, home)
	if err != nil {
		return "", false
	}
	return n.E164, true
}
