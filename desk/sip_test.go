package desk_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer/agent"
)

// echo is a SIP server as far as a tunnel can tell: it takes the subprotocol and sends everything back.
func echo(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"sip"}})
		if err != nil || ws.Subprotocol() != "sip" {
			t.Errorf("the tunnel speaks %q: %v", ws.Subprotocol(), err)
			return
		}
		defer ws.CloseNow()
		ws.SetReadLimit(1 << 20)
		for {
			kind, message, err := ws.Read(r.Context())
			if err != nil || ws.Write(r.Context(), kind, message) != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http") + "/ws"
}

// withPagePhone opens a house in which jiro has the phone in the page, and Asterisk is at that address.
func withPagePhone(t testing.TB, asterisk string) *house {
	t.Helper()
	h := open(t, func(o *desk.Options) {
		jiro := o.Agents["jiro"]
		jiro.Phone.Kind = agent.PhonePage
		o.Agents["jiro"] = jiro
	})
	h.engine.set(func(f *fakeEngine) { f.sip = asterisk })
	return h
}

// dialSIP connects as a page does; header pairs come on top.
func (h *house) dialSIP(token string, headers ...string) (*websocket.Conn, *http.Response, error) {
	h.t.Helper()
	header := http.Header{"Authorization": {"Bearer " + token}}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return websocket.Dial(h.ctx(), h.url+"/sip", &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"sip"}})
}

func TestThePagesPhoneReachesAsteriskThroughTheDesk(t *testing.T) {
	h := withPagePhone(t, echo(t))
	c := h.signedIn("jiro")
	if got := must(c.PhoneCredentials(h.ctx()))(t); got.WebSocket != "/sip" {
		t.Errorf("the page is told %q; expected the desk's own address", got.WebSocket)
	}
	ws, _, err := h.dialSIP(c.Token())
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	if ws.Subprotocol() != "sip" {
		t.Errorf("subprotocol %q", ws.Subprotocol())
	}
	long := "REGISTER sip:asterisk SIP/2.0\r\n" + strings.Repeat("x", 60_000)
	for _, message := range []string{"OPTIONS sip:asterisk SIP/2.0\r\n\r\n", long} {
		if err := ws.Write(h.ctx(), websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		ws.SetReadLimit(1 << 20)
		kind, got, err := ws.Read(h.ctx())
		if err != nil || kind != websocket.MessageText || string(got) != message {
			t.Fatalf("%d bytes came back as %d: %v", len(message), len(got), err)
		}
	}
	if err := c.SignOut(h.ctx()); err != nil {
		t.Fatal(err)
	}
	_, _, err = ws.Read(h.ctx())
	if got := websocket.CloseStatus(err); got != api.CloseSignedOut {
		t.Errorf("after sign-out: %v", err)
	}
}

func TestWhoMayReachAsterisk(t *testing.T) {
	h := withPagePhone(t, echo(t))
	jiro, hanako := h.signedIn("jiro"), h.signedIn("hanako")
	for _, test := range []struct {
		what, token, header, value string
		status                     int
	}{
		{"nobody", "wrong", "", "", http.StatusUnauthorized},
		{"another site's page", jiro.Token(), "Origin", "https://evil.example", http.StatusForbidden},
		{"an agent with a SIP phone", hanako.Token(), "", "", http.StatusConflict},
	} {
		headers := []string{}
		if test.header != "" {
			headers = append(headers, test.header, test.value)
		}
		ws, answer, err := h.dialSIP(test.token, headers...)
		if err == nil {
			ws.CloseNow()
			t.Errorf("%s gets through", test.what)
			continue
		}
		if answer == nil || answer.StatusCode != test.status {
			t.Errorf("%s: %v, expected status %d", test.what, err, test.status)
		}
	}
}

func TestAnAsteriskThatIsAwayIsToldToThePage(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	h := withPagePhone(t, "ws"+strings.TrimPrefix(gone.URL, "http")+"/ws")
	_, answer, err := h.dialSIP(h.signedIn("jiro").Token())
	if err == nil || answer == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v, expected status 503", err)
	}
}

func TestWhenAsteriskClosesThePageIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"sip"}})
		if err != nil {
			t.Error(err)
			return
		}
		ws.CloseNow()
	}))
	t.Cleanup(server.Close)
	h := withPagePhone(t, "ws"+strings.TrimPrefix(server.URL, "http")+"/ws")
	ws, _, err := h.dialSIP(h.signedIn("jiro").Token())
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	if _, _, err := ws.Read(context.Background()); err == nil {
		t.Error("a message came from nowhere")
	}
}
