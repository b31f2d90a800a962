package directory

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/hasshin/hasshin/internal/fold"
)

// Kind says what a target is.
type Kind string

const (
	Agent  Kind = "agent"
	Group  Kind = "group"
	Queue  Kind = "queue"
	Number Kind = "number"
)

// Ref names a target: an id of an agent, group or queue, or a number in E.164.
type Ref struct {
	Kind Kind
	ID   string
}

// Person is an agent as the index knows it.
type Person struct {
	ID      string
	Name    string
	Reading string
}

// ContactNumber is a number of the record that a call is about.
type ContactNumber struct {
	Name   string // of the contact
	Number string // E.164
	Type   string // mobile, home …
}

// Presence is what an agent is doing now.
type Presence struct {
	State     string
	Since     time.Time
	Available bool // would get an offer
}

// Presences tells what agents are doing now. It is asked for each agent in question at each search, so it should answer from memory.
type Presences interface {
	Presence(agent string) Presence
}

// Source is what an index is made of.
type Source struct {
	People  []Person
	Groups  map[string][]string // group → agents' ids
	Queues  []string
	Entries []Entry
}

// Index finds targets. It never changes and is safe for concurrent use.
type Index struct {
	all     []candidate
	byRef   map[Ref]int // index in all
	members map[string][]string
}

// candidate is somebody or something to be found, with its texts ready for comparing.
type candidate struct {
	ref    Ref
	name   string
	key    string   // its name for sorting
	detail string   // type of a contact's number
	groups []string // for people to read
	mine   bool     // a number of the call's own record

	names   []term   // what it is called
	under   []term   // groups it is in
	numbers []string // digits: international, and as dialed within its country
}

// term is a text to be compared with what is looked for.
type term struct {
	text    string   // folded
	compact string   // without spaces and marks
	words   []string // its words
}

func termOf(text string) term {
	folded := fold.Fold(text)
	w := fold.Words(folded)
	return term{text: folded, compact: strings.Join(w, ""), words: w}
}

// NewIndex makes an index.
func NewIndex(src Source) *Index {
	x := &Index{byRef: map[Ref]int{}, members: src.Groups}
	groupsOf := map[string][]string{}
	for _, group := range slices.Sorted(maps.Keys(src.Groups)) {
		for _, id := range src.Groups[group] {
			groupsOf[id] = append(groupsOf[id], group)
		}
		x.add(candidate{ref: Ref{Group, group}, name: group, names: []term{termOf(group)}})
	}
	for _, p := range src.People {
		c := candidate{ref: Ref{Agent, p.ID}, name: p.Name, groups: groupsOf[p.ID], names: terms(p.Name, p.Reading, p.ID)}
		c.under = terms(c.groups...)
		x.add(c)
	}
	for _, queue := range src.Queues {
		x.add(candidate{ref: Ref{Queue, queue}, name: queue, names: []term{termOf(queue)}})
	}
	for _, e := range src.Entries {
		c := candidate{ref: Ref{Number, e.Number}, name: e.Name, names: terms(e.Name, e.Reading), numbers: digitForms(e.Number)}
		if e.Group != "" {
			c.groups, c.under = []string{e.Group}, terms(e.Group)
		}
		x.add(c)
	}
	return x
}

func (x *Index) add(c candidate) {
	c.key = fold.Fold(c.name)
	x.byRef[c.ref] = len(x.all)
	x.all = append(x.all, c)
}

// Name is what a target is called, "" for one that the index does not have.
func (x *Index) Name(ref Ref) string {
	if i, ok := x.byRef[ref]; ok {
		return x.all[i].name
	}
	return ""
}

func terms(texts ...string) []term {
	var all []term
	for _, text := range texts {
		if text != "" {
			all = append(all, termOf(text))
		}
	}
	return all
}

// digitForms are the digits under which people look for a number: 81312345678 and 0312345678.
func digitForms(e164 string) []string {
	forms := []string{strings.TrimPrefix(e164, "+")}
	if number, err := phonenumbers.Parse(e164, phonenumbers.UNKNOWN_REGION); err == nil {
		if national, _, ok := fold.Digits(phonenumbers.Format(number, phonenumbers.NATIONAL)); ok {
			forms = append(forms, national)
		}
	}
	return forms
}

// candidate makes one of a number of the call's own record.
func (n ContactNumber) candidate() candidate {
	return candidate{ref: Ref{Number, n.Number}, name: n.Name, detail: n.Type, mine: true, key: fold.Fold(n.Name), names: terms(n.Name), numbers: digitForms(n.Number)}
}
