package desk

import (
	"context"
	"net/http"
	"net/netip"
	"os"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer/agent"
)

// exchange is what is known of a request while it is answered; the log line at its end tells it.
type exchange struct {
	requestID string
	route     string     // as documented, with its placeholders
	from      netip.Addr // the client's
	who       *identity
	problem   *api.Problem
	cause     error // of an internal problem: what really happened
	replayed  bool
	upload    *os.File // what was sent, until somebody takes it
}

// identity is who sent a request.
type identity struct {
	agent   string
	cfg     agent.Config
	session session
}

type exchangeKey struct{}

// exchangeOf is the exchange of a request's context; requests that did not come through [Server.Handler] have an empty one.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// caller is who sent the request. Only operations that are open to everyone have none, and they do not ask.
func caller(ctx context.Context) *identity { return exchangeOf(ctx).who }

func withExchange(r *http.Request, x *exchange) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
}
