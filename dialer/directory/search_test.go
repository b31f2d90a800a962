package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// office is who is there in the tests: what each agent is doing.
type office map[string]Presence

func (o office) Presence(agent string) Presence { return o[agent] }

var (
	nine  = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	ready = Presence{State: "ready", Since: nine, Available: true}
	busy  = Presence{State: "on-call", Since: nine}
)

func demoIndex() *Index {
	return NewIndex(Source{
		People: []Person{
			{ID: "hanako", Name: "山田 花子", Reading: "ヤマダ ハナコ"},
			{ID: "taro", Name: "山口太郎", Reading: "やまぐち たろう"},
			{ID: "rene", Name: "René Müller"},
			{ID: "sam", Name: "Sam Anders"},
			{ID: "anna", Name: "Anna Samson"},
			{ID: "ken", Name: "Ken O'Neil"},
		},
		Groups: map[string][]string{"sales": {"hanako", "sam", "ken"}, "サポート": {"rene", "anna"}},
		Queues: []string{"night-desk"},
		Entries: []Entry{
			{Name: "Head office", Reading: "ほんしゃ", Number: "+81312345678", Group: "Offices"},
			{Name: "パートナー", Number: "+442079460123", Group: "Partners"},
		},
	})
}

// found runs a search of ken's and gives the ids.
func found(q Query, who Presences) []string {
	q.Self = "ken"
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.Home == "" {
		q.Home = "JP"
	}
	ids := []string{}
	for _, h := range demoIndex().Search(q, who) {
		ids = append(ids, h.ID)
	}
	return ids
}

func TestSearchFinds(t *testing.T) {
	contact := []ContactNumber{{Name: "佐藤 一郎", Number: "+819012345678", Type: "mobile"}, {Name: "佐藤 一郎", Number: "+81311112222", Type: "work"}}
	for text, want := range map[string][]string{
		// names, readings and ids; kana, width, case and accents do not matter
		"山":      {"taro", "hanako"}, // the names: 山口太郎, 山田 花子
		"花子":     {"hanako"},
		"山田花子":   {"hanako"},
		"山田　花子":  {"hanako"},
		"花子 山田":  {"hanako"},
		"ヤマダ":    {"hanako"},
		"やまだ":    {"hanako"},
		"ﾔﾏﾀﾞ":   {"hanako"},
		"やまた":    {},
		"はなこ":    {"hanako"},
		"ぐち":     {"taro"},
		"TARO":   {"taro"},
		"ｔａｒｏ":   {"taro"},
		"rene":   {"rene"},
		"MULLER": {"rene"},
		"mül":    {"rene"},
		"sam":    {"sam", "anna"}, // an id as a whole before the beginning of a word
		"and":    {"sam"},
		"ders":   {"sam"},
		"nna":    {"anna"},
		"an sam": {"anna", "sam"},
		"ken":    {}, // oneself
		"nobody": {},
		// groups: by themselves, and those who are in them after those who are called so
		"sales":     {"sales", "sam", "hanako"},
		"さぽーと":      {"サポート", "anna", "rene"},
		"sales sam": {"sam"},
		"night":     {"night-desk"},
		"desk":      {"night-desk"},
		// the directory
		"head":      {"+81312345678"},
		"ホンシャ":      {"+81312345678"},
		"ぱーとなー":     {"+442079460123"},
		"partners":  {"+442079460123"},
		"03-1234":   {"+81312345678"},
		"031234":    {"+81312345678"},
		"+81 3":     {"+81312345678", "+81311112222"},
		"+3":        {},
		"２３４５":      {"+81312345678", "+819012345678"},
		"020 7946":  {"+442079460123"},
		"44207":     {"+442079460123"},
		"6":         {},
		"佐藤":        {"+81311112222", "+819012345678"},
		"一郎 佐藤":     {"+81311112222", "+819012345678"},
		"090":       {"+819012345678"},
		"- ":        {},
		"head ken":  {},
		"officehea": {},
	} {
		got := found(Query{Text: text, Contact: contact}, office{})
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
}

func TestSearchRanks(t *testing.T) {
	who := office{"anna": ready, "sam": busy, "hanako": ready}
	for name, c := range map[string]struct {
		q    Query
		want []string
	}{
		"what fits better":                 {Query{Text: "sam"}, []string{"sam", "anna"}},
		"a favourite counts a step better": {Query{Text: "an", Memory: liking("sam")}, []string{"sam", "anna", "hanako"}},
		"but not several":                  {Query{Text: "anna", Memory: liking("sam")}, []string{"anna"}},
		"called so before being in it":     {Query{Text: "sales"}, []string{"sales", "hanako", "sam"}},
		"an exact number first":            {Query{Text: "0312345678"}, []string{"+81312345678"}},
		"everything: favourites, used lately, available, then by kind and name": {
			Query{Memory: Remembered{
				Favourites: map[Ref]time.Time{{Queue, "night-desk"}: nine},
				Recents:    map[Ref]time.Time{{Agent, "rene"}: nine, {Number, "+81399998888"}: nine.Add(time.Minute)},
			}},
			[]string{
				"night-desk", "+81399998888", "rene",
				"anna", "hanako", "sales", "サポート", "+81312345678", "+442079460123", // available: numbers are
				"sam", "taro",
			},
		},
		"the contact's numbers before others": {
			Query{Limit: 3, Contact: []ContactNumber{{Name: "x", Number: "+819012345678"}}}, []string{"+819012345678", "anna", "hanako"},
		},
	} {
		if got := found(c.q, who); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func liking(agents ...string) Remembered {
	r := Remembered{Favourites: map[Ref]time.Time{}}
	for _, id := range agents {
		r.Favourites[Ref{Agent, id}] = nine
	}
	return r
}

func TestSearchTellsWhatIsKnown(t *testing.T) {
	who := office{"hanako": ready, "sam": busy, "ken": ready}
	memory := Remembered{Favourites: map[Ref]time.Time{{Agent, "hanako"}: nine}, Recents: map[Ref]time.Time{{Agent, "sam"}: nine.Add(time.Hour)}}
	byID := map[string]Hit{}
	for _, h := range demoIndex().Search(Query{
		Limit: 100, Self: "ken", Home: "JP", Memory: memory, Contact: []ContactNumber{{Name: "佐藤", Number: "+819012345678", Type: "mobile"}},
	}, who) {
		byID[h.ID] = h
	}
	if h := byID["hanako"]; h.Kind != Agent || h.Name != "山田 花子" || h.Presence != ready || !h.Available() || !h.Favourite || !slices.Equal(h.Groups, []string{"sales"}) {
		t.Errorf("hanako: %+v", h)
	}
	if h := byID["sam"]; h.Available() || h.Presence.State != "on-call" || !h.Used.Equal(nine.Add(time.Hour)) || h.Favourite {
		t.Errorf("sam: %+v", h)
	}
	if h := byID["sales"]; h.Kind != Group || h.Ready != 1 || !h.Available() {
		t.Errorf("sales: %+v, want one ready, ken himself not counted", h)
	}
	if h := byID["サポート"]; h.Ready != 0 || h.Available() {
		t.Errorf("サポート: %+v, want nobody ready", h)
	}
	if h := byID["+819012345678"]; !h.Contact || h.Type != "mobile" || h.Name != "佐藤" || h.Kind != Number {
		t.Errorf("the contact's number: %+v", h)
	}
	if _, found := byID["ken"]; found {
		t.Error("ken finds himself")
	}
}

func TestSearchOffersTheNumberTyped(t *testing.T) {
	for text, want := range map[string][]string{
		"03-5555-0007":     {"+81355550007"},
		"+44 20 7946 0999": {"+442079460999"},
		"０９０－１２３４－５６７８": {"+819012345678"},
		"03-1234-5678": {"+81312345678"}, // in the directory: once
		"03-5555":      {},               // not whole
	} {
		if got := found(Query{Text: text}, office{}); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
	if got := found(Query{Text: "020 7946 0999", Home: "GB"}, office{}); !slices.Equal(got, []string{"+442079460999"}) {
		t.Errorf("at home in Britain: %v", got)
	}
	recent := Remembered{Recents: map[Ref]time.Time{{Number, "+81355550007"}: nine}}
	if got := found(Query{Text: "5555", Memory: recent}, office{}); !slices.Equal(got, []string{"+81355550007"}) {
		t.Errorf("one used lately, by part of it: %v", got)
	}
}

func TestNameOfATarget(t *testing.T) {
	x := demoIndex()
	for ref, want := range map[Ref]string{
		{Agent, "rene"}: "René Müller", {Number, "+81312345678"}: "Head office", {Group, "sales"}: "sales", {Number, "+81300000000"}: "", {Agent, "x"}: "",
	} {
		if got := x.Name(ref); got != want {
			t.Errorf("%v is called %q, want %q", ref, got, want)
		}
	}
}

// A search of a big house must not be felt while typing.
func BenchmarkSearch(b *testing.B) {
	src := Source{Groups: map[string][]string{}}
	for i := range 5000 {
		id := fmt.Sprintf("agent%04d", i)
		src.People = append(src.People, Person{ID: id, Name: fmt.Sprintf("山田 花子%d", i), Reading: strings.Repeat("はな", i%5+1)})
		group := fmt.Sprintf("group%d", i%50)
		src.Groups[group] = append(src.Groups[group], id)
	}
	for i := range 2000 {
		src.Entries = append(src.Entries, Entry{Name: fmt.Sprintf("Partner %d", i), Number: fmt.Sprintf("+8131234%04d", i)})
	}
	x := NewIndex(src)
	for b.Loop() {
		if len(x.Search(Query{Text: "ハナ 4", Limit: 20, Home: "JP"}, office{})) != 20 {
			b.Fatal("nothing found")
		}
	}
}
