package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/emersion/go-smtp"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/outbox"
	"github.com/hasshin/hasshin/internal/textfile"
	"github.com/hasshin/hasshin/scheduler"
)

const patience = 15 * time.Second

var names = []string{"contact.name", "contract", "homepage"}

var offer = mail.TemplateConfig{
	ID: "offer", Subject: "Your contract {{contract}}",
	Text: textfile.File{Name: "offer.txt", Path: "offer.txt", Text: "Dear {{contact.name}},\n\nas promised.\n"},
	HTML: textfile.File{Name: "offer.html", Path: "offer.html", Text: `<body><h1 title="{{contract}}">{{contract|none}}</h1>{{body}}<a href="{{homepage}}">you</a></body>`},
}

func read(t testing.TB, c mail.TemplateConfig) *mail.Template {
	t.Helper()
	tmpl, err := c.Read(names)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// process is one hasshin that sends.
type process struct {
	box  *outbox.Outbox
	rdb  *redis.Client
	stop func()
}

func newProcess(t testing.TB, redisAddr string, deliver outbox.Deliver) *process {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: redisAddr, MaxRetries: -1})
	times, err := scheduler.New(scheduler.Config{
		Redis: rdb, Name: "outbox", Shards: 2, Lease: 400 * time.Millisecond, PollInterval: 20 * time.Millisecond, Membership: 200 * time.Millisecond,
		Drain: 50 * time.Millisecond, Backoff: func(int) time.Duration { return 30 * time.Millisecond },
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &process{rdb: rdb, box: outbox.New(outbox.Options{
		Redis: rdb, Scheduler: times, Deliver: map[outbox.Kind]outbox.Deliver{outbox.KindEmail: deliver}, Logger: zerolog.Nop(),
	})}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = p.box.Run(ctx) }) // it may be killed
	p.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		_ = rdb.Close() // it may be closed: killed
	})
	t.Cleanup(p.stop)
	return p
}

// kill cuts the process off from Redis, as death does: nothing that it knows is written any more.
func (p *process) kill() { _ = p.rdb.Close() }

func (p *process) send(t testing.TB, id, to string) {
	t.Helper()
	l, err := read(t, offer).Draft(fill.Values{"contact.name": "Taro", "contract": id})
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(mail.Content{From: "Example Ltd <sales@example.com>", ReplyTo: "service@example.com", MessageID: id + "@example.com", Letter: l})
	if err != nil {
		t.Fatal(err)
	}
	m := outbox.Message{ID: id, Kind: outbox.KindEmail, Campaign: "spring", Record: "r1", To: to, Title: l.Subject, Queued: time.Now().UTC(), Content: content}
	if err := p.box.Add(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// await waits until all messages of the contact are settled.
func (p *process) await(t testing.TB, messages int) []outbox.Status {
	t.Helper()
	return p.awaitAll(t, messages, "settled", func(m outbox.Status) bool { return m.State == outbox.Sent || m.State == outbox.Failed })
}

// awaitAll waits until all messages of the contact fit.
func (p *process) awaitAll(t testing.TB, messages int, what string, fits func(outbox.Status) bool) []outbox.Status {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		all, err := p.box.Of(t.Context(), "spring", "r1")
		if err != nil {
			t.Fatal(err)
		}
		fitting := 0
		for _, m := range all {
			if fits(m) {
				fitting++
			}
		}
		if fitting == messages {
			return all
		}
		if time.Now().After(deadline) {
			for _, m := range all {
				t.Logf("%s is %s after %d tries: %s", m.ID, m.State, m.Attempts, m.Problem)
			}
			t.Fatalf("%d of %d messages are %s", fitting, messages, what)
		}
		time.Sleep(10 * time.Millisecond) // nothing tells when: it is another process's doing
	}
}

// parts takes an e-mail apart.
func parts(t testing.TB, text string) (h netmail.Header, bodies map[string]string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	bodies = map[string]string{}
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		bodies[kind] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
}

func TestALetterArrivesFilledInAndEscaped(t *testing.T) {
	s := newServer(t)
	values := fill.Values{
		"contact.name": "田中 <b>太郎</b>", "contract": "B-77\" onload=\"x\r\nBcc: evil@example.com", "homepage": "javascript:alert(1)",
	}
	tmpl := read(t, offer)
	l, err := tmpl.Draft(values)
	if err != nil {
		t.Fatal(err)
	}
	if l, err = tmpl.Letter(values, l.Subject, l.Text+"\nP.S. 5 < 6 & {{contract}}\n"); err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(mail.Content{From: "Example Ltd <sales@example.com>", ReplyTo: "service@example.com", MessageID: "m1@example.com", Letter: l})
	if err != nil {
		t.Fatal(err)
	}
	handed := false
	err = mail.NewSender(s.config(t)).Deliver(t.Context(), outbox.Message{To: "taro@example.com", Queued: time.Unix(1_700_000_000, 0), Content: content}, func() error {
		handed = len(s.got()) == 0
		return nil
	})
	got := s.got()
	if err != nil || !handed || len(got) != 1 || got[0].from != "sales@example.com" || got[0].to != "taro@example.com" {
		t.Fatalf("arrived %+v, %v, handed over before: %t", got, err, handed)
	}
	h, bodies := parts(t, got[0].text)
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if want := `Your contract B-77" onload="x Bcc: evil@example.com`; err != nil || subject != want || h.Get("Bcc") != "" {
		t.Errorf("subject %q, want %q; Bcc %q", subject, want, h.Get("Bcc"))
	}
	if h.Get("Message-ID") != "<m1@example.com>" || h.Get("Reply-To") != "<service@example.com>" || h.Get("To") != "<taro@example.com>" {
		t.Errorf("headers %v", h)
	}
	if want := "Dear 田中 <b>太郎</b>,\n\nas promised.\n\nP.S. 5 < 6 & {{contract}}\n"; bodies["text/plain"] != want {
		t.Errorf("text is %q, want %q", bodies["text/plain"], want)
	}
	page := bodies["text/html"]
	for _, want := range []string{"<p>Dear 田中 &lt;b&gt;太郎&lt;/b&gt;,</p>", "<p>P.S. 5 &lt; 6 &amp; {{contract}}</p>", "B-77&#34; onload=&#34;x"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in\n%s", want, page)
		}
	}
	for _, bad := range []string{"<b>", `onload="x`, "javascript:"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is in\n%s", bad, page)
		}
	}
}

func TestUnfitLettersAreRefused(t *testing.T) {
	tmpl := read(t, offer)
	for _, row := range []struct{ subject, text string }{
		{"", "x"}, {"x", " \n"}, {"x\nBcc: a@example.com", "x"}, {"x\r", "x"}, {strings.Repeat("x", mail.MaxSubject+1), "x"}, {"x", "a\x00b"}, {"x", "\xff"},
		{"x", strings.Repeat("x", mail.MaxText+1)},
	} {
		var unfit mail.Unfit
		if _, err := tmpl.Letter(nil, row.subject, row.text); !errors.As(err, &unfit) {
			t.Errorf("%q, %.20q: %v", row.subject, row.text, err)
		}
	}
	fixed := offer
	fixed.HTML.Text = "<p>{{contract}}</p>"
	tmpl = read(t, fixed)
	l, err := tmpl.Draft(fill.Values{"contract": "B-77"})
	if err != nil || tmpl.Editable {
		t.Fatal(err)
	}
	if _, err := tmpl.Letter(fill.Values{"contract": "B-77"}, l.Subject, l.Text+"!"); err == nil {
		t.Error("a letter without a place for the text was changed")
	}
	for _, bad := range []string{"a", "a@b, c@d.com", "A <a@example.com>", "a@example.com\r\nBcc: b@example.com", "ä@example.com", "<a@example.com>", ""} {
		if got, err := mail.Address(bad); err == nil {
			t.Errorf("%q is the address %q", bad, got)
		}
	}
}

func TestNothingIsSaidToAServerThatCannotBeBelieved(t *testing.T) {
	s := newServer(t)
	for name, change := range map[string]func(*mail.Config){
		"its authority is unknown": func(c *mail.Config) { c.CA = textfile.File{} },
		"the password is wrong":    func(c *mail.Config) { c.Password = s.config(t).Password; c.Username = "somebody" },
		"nothing is there":         func(c *mail.Config) { c.Port = 1 },
	} {
		cfg := s.config(t)
		change(&cfg)
		content, err := json.Marshal(mail.Content{From: "sales@example.com", MessageID: "m@example.com", Letter: mail.Letter{Subject: "x", Text: "x"}})
		if err != nil {
			t.Fatal(err)
		}
		err = mail.NewSender(cfg).Deliver(t.Context(), outbox.Message{To: "taro@example.com", Content: content}, func() error {
			t.Errorf("%s: handed over", name)
			return nil
		})
		var refusal *outbox.Refusal
		if err == nil || errors.As(err, &refusal) || len(s.got()) > 0 {
			t.Errorf("%s: %v, arrived %v", name, err, s.got())
		}
	}
}

// The server is away, then says "later", then takes everything: each letter arrives once.
func TestAServerThatIsDownForAWhileLosesNoneAndDoublesNone(t *testing.T) {
	s := newServer(t)
	r := miniredis.RunT(t)
	p := newProcess(t, r.Addr(), mail.NewSender(s.config(t)).Deliver)
	s.stop()
	const letters = 20
	for i := range letters {
		for range 2 { // the answer to the first may be lost
			p.send(t, fmt.Sprintf("m%d", i), fmt.Sprintf("taro%d@example.com", i))
		}
	}
	p.awaitAll(t, letters, "tried while nobody listens", func(m outbox.Status) bool { return m.Attempts > 0 && m.Problem != "" })
	put := map[string]bool{}
	s.change(func() {
		s.refuse = func(to string) error {
			if !put[to] {
				put[to] = true
				return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
			}
			return nil
		}
	})
	s.again(t)
	for _, m := range p.await(t, letters) {
		if m.State != outbox.Sent || m.Twice || m.Problem != "" || m.Attempts < 3 {
			t.Errorf("%s is %s after %d tries, twice: %t, problem: %s", m.ID, m.State, m.Attempts, m.Twice, m.Problem)
		}
	}
	copies := map[string]int{}
	for _, m := range s.got() {
		copies[m.to]++
	}
	for to, n := range copies {
		if n != 1 {
			t.Errorf("%d copies for %s", n, to)
		}
	}
	if len(copies) != letters {
		t.Errorf("%d letters arrived, want %d", len(copies), letters)
	}
}

func TestARefusedAddressIsShownAtOnce(t *testing.T) {
	s := newServer(t)
	s.change(func() {
		s.refuse = func(string) error {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here"}
		}
	})
	p := newProcess(t, miniredis.RunT(t).Addr(), mail.NewSender(s.config(t)).Deliver)
	p.send(t, "m1", "Nobody@example.com")
	m := p.await(t, 1)[0]
	if m.State != outbox.Failed || m.Attempts != 1 || !strings.Contains(m.Problem, "no such user here") || m.Unsure {
		t.Errorf("%+v", m)
	}
	refused, err := p.box.Refused(t.Context(), []string{"nobody@EXAMPLE.com", "taro@example.com"})
	if err != nil || len(refused) != 1 || !strings.Contains(refused["nobody@EXAMPLE.com"], "550") {
		t.Errorf("refused %v, %v", refused, err)
	}
}

// A process is killed in the middle of a letter, and another takes its place.
func TestAKillLosesNothing(t *testing.T) {
	for _, row := range []struct {
		when   string
		copies int
		twice  bool
	}{
		{"before the final dot", 1, false}, // the server throws away what has no end
		{"after the final dot", 2, true},   // nobody can know: under the same Message-ID once more
	} {
		t.Run(row.when, func(t *testing.T) {
			s := newServer(t)
			r := miniredis.RunT(t)
			sender := mail.NewSender(s.config(t))
			var first *process
			dying, added := make(chan struct{}), make(chan struct{})
			first = newProcess(t, r.Addr(), func(ctx context.Context, m outbox.Message, handOver func() error) error {
				defer close(dying)
				<-added // only then the message has to survive
				return sender.Deliver(ctx, m, func() error {
					if row.twice {
						return handOver()
					}
					first.kill() // then handing over cannot be noted, and the dot is not sent
					return handOver()
				})
			})
			if row.twice {
				s.change(func() {
					s.taken = func(arrived) { first.kill() }
				})
			}
			first.send(t, "m1", "taro@example.com")
			close(added)
			<-dying
			s.change(func() { s.taken = nil })
			second := newProcess(t, r.Addr(), sender.Deliver)
			m := second.await(t, 1)[0]
			if m.State != outbox.Sent || m.Twice != row.twice || m.Attempts != 2 {
				t.Errorf("%+v", m)
			}
			got := s.got()
			if len(got) != row.copies {
				t.Fatalf("%d copies, want %d", len(got), row.copies)
			}
			for _, copy := range got {
				if h, _ := parts(t, copy.text); h.Get("Message-ID") != "<m1@example.com>" {
					t.Errorf("Message-ID %s", h.Get("Message-ID"))
				}
			}
		})
	}
}
