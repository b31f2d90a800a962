package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/recording"
)

func TestRecordingsAreListedHeardInPartsAndDeleted(t *testing.T) {
	h := open(t)
	c := h.signedIn("akira")
	h.engine.set(func(f *fakeEngine) {
		f.kept = []recording.Meta{{ID: "r1", Call: "c1", Channels: recording.Mono, State: recording.Stored, File: "spring/a.wav", Ended: time.Unix(1000, 0)}}
		f.sound = []byte("RIFF0123456789")
	})
	q := recording.Query{Campaign: "spring", Record: "C 1/2", Agent: "hanako", Call: "c1", From: time.Unix(10, 0).UTC(), Before: time.Unix(20, 0).UTC(), After: "r2", Limit: 7}
	found := must(c.Recordings(h.ctx(), q))(t)
	if len(found) != 1 || found[0].ID != "r1" {
		t.Errorf("recordings = %+v", found)
	}
	h.engine.set(func(f *fakeEngine) {
		if fmt.Sprint(f.sought) != fmt.Sprint(q) {
			t.Errorf("the engine was asked for %+v, want %+v", f.sought, q)
		}
	})
	if m := must(c.Recording(h.ctx(), "r1"))(t); m.File != "spring/a.wav" {
		t.Errorf("recording = %+v", m)
	}
	audio := strings.TrimPrefix(c.RecordingAudio("r1"), h.url)
	for _, row := range []struct {
		ranges, body string
		status       int
	}{
		{"", "RIFF0123456789", 200}, {"bytes=0-3", "RIFF", 206}, {"bytes=4-6", "012", 206}, {"bytes=-2", "89", 206}, {"bytes=99-", "", 416},
	} {
		headers := bearer(c)
		if row.ranges != "" {
			headers = append(headers, "Range", row.ranges)
		}
		r := h.send("GET", audio, "", headers...)
		if r.status != row.status || row.body != "" && r.body != row.body {
			t.Errorf("%q: %d %q, want %d %q", row.ranges, r.status, r.body, row.status, row.body)
		}
		if row.status < 400 && (r.header.Get("Content-Type") != "audio/wav" || r.header.Get("Accept-Ranges") != "bytes" || r.header.Get("Cache-Control") != "no-store") {
			t.Errorf("%q: %v", row.ranges, r.header)
		}
	}
	heard := 0
	for _, did := range h.engine.done() {
		if did == "heard r1" {
			heard++
		}
	}
	if heard != 3 { // whole, from the beginning, the end; reading on is not noted again
		t.Errorf("heard %d times, want 3: %v", heard, h.engine.done())
	}
	r := h.send("GET", audio+"?download=true", "", bearer(c)...)
	if got := r.header.Get("Content-Disposition"); got != "attachment; filename=a.wav" {
		t.Errorf("a download is %q", got)
	}
	if err := c.DeleteRecording(h.ctx(), "r1"); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"unknown", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "a/../../b"} {
		_, err := c.Recording(h.ctx(), id)
		if p := wantCode(t, err, api.Code(dialer.CodeUnknownRecording)); p.Status != 404 {
			t.Errorf("%s: %s", id, text(p))
		}
	}
}

func TestACallIsRecordedThroughTheAPI(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	for _, do := range []func() (dialer.CallView, error){
		func() (dialer.CallView, error) { return c.StartRecording(h.ctx(), "c1") },
		func() (dialer.CallView, error) { return c.PauseRecording(h.ctx(), "c1") },
		func() (dialer.CallView, error) { return c.ResumeRecording(h.ctx(), "c1") },
		func() (dialer.CallView, error) { return c.StopRecording(h.ctx(), "c1") },
	} {
		if v := must(do())(t); v.Recording == nil || v.Recording.State != "recording" {
			t.Errorf("recording = %+v", v.Recording)
		}
	}
	did := slices.DeleteFunc(h.engine.done(), func(name string) bool { return !strings.HasPrefix(name, "record-") })
	if want := []string{"record-start c1", "record-pause c1", "record-resume c1", "record-stop c1"}; !slices.Equal(did, want) {
		t.Errorf("the engine did %v, want %v", did, want)
	}
}
