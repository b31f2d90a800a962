package phone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/internal/queue"
)

// ErrClosed is returned by a phone's methods after Close.
var ErrClosed = errors.New("phone closed")

// ErrEnded is returned where a call would have to go on and has ended.
var ErrEnded = errors.New("call has ended")

// Phone is a SIP user agent on one UDP socket. Its methods are safe for concurrent use.
type Phone struct {
	cfg     Config
	log     zerolog.Logger
	conn    *net.UDPConn
	laddr   sip.Addr
	ua      *sipgo.UserAgent
	client  *sipgo.Client
	server  *sipgo.Server
	dialogs sipgo.DialogUA
	a       *analyser // nil: deaf

	serving  sync.WaitGroup // the SIP reader
	work     sync.WaitGroup // everything else; enter guards it
	arrived  *queue.Queue[*Call]
	register registration
	peers    peers

	mu      sync.Mutex
	closed  bool
	closing chan struct{}
	calls   map[dialogKey]*Call
}

// dialogKey finds the call an in-dialog request belongs to: Call-ID and our own tag. The other side's tag adds nothing, ours is
// unique.
type dialogKey struct{ callID, tag string }

// defaultAnalyser is shared by all phones that listen for what is the default.
var defaultAnalyser = sync.OnceValue(func() *analyser { return newAnalyser(listened) })

// New opens a phone's socket and begins to serve it. Close it.
func New(cfg Config) (*Phone, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("phone: %w", err)
	}
	p := &Phone{
		cfg: cfg, log: cfg.Logger.With().Str("phone", cfg.User).Logger(),
		arrived: queue.New[*Call](), calls: map[dialogKey]*Call{}, closing: make(chan struct{}),
		peers: peers{known: map[string]struct{}{}},
	}
	switch {
	case cfg.Deaf:
	case cfg.Listen == nil:
		p.a = defaultAnalyser()
	default:
		p.a = newAnalyser(cfg.Listen)
	}
	p.conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(cfg.Addr, 0)))
	if err != nil {
		return nil, fmt.Errorf("phone: opening the SIP socket: %w", err)
	}
	if err := p.assemble(); err != nil {
		return nil, errors.Join(fmt.Errorf("phone: %w", err), p.conn.Close())
	}
	conn := &servedConn{PacketConn: p.conn, served: make(chan struct{})}
	p.serving.Go(func() {
		if err := p.server.ServeUDP(conn); err != nil {
			p.log.Error().Err(err).Msg("SIP socket")
		}
	})
	<-conn.served
	return p, nil
}

// servedConn tells when the SIP stack reads from it for the first time. Only from then on does the stack use this socket for
// requests; before, it would open another one.
type servedConn struct {
	net.PacketConn
	once   sync.Once
	served chan struct{}
}

func (c *servedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.served) })
	return c.PacketConn.ReadFrom(b)
}

// assemble builds the SIP stack on the open socket.
func (p *Phone) assemble() error {
	local := p.Addr()
	p.laddr = sip.Addr{IP: local.Addr().AsSlice(), Port: int(local.Port())}
	logger := slog.New(zerolog.NewSlogHandler(p.log.Level(max(p.log.GetLevel(), zerolog.WarnLevel))))
	var err error
	p.ua, err = sipgo.NewUA(
		sipgo.WithUserAgent(p.cfg.User),
		sipgo.WithUserAgentHostname(local.Addr().String()),
		sipgo.WithUserAgentTransportLayerOptions(
			sip.WithTransportLayerLogger(logger), sip.WithTransportLayerReadFilter(p.peers.filter)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(logger),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}), // retransmissions
		),
	)
	if err != nil {
		return err
	}
	if p.server, err = sipgo.NewServer(p.ua, sipgo.WithServerLogger(logger)); err != nil {
		return err
	}
	p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientLogger(logger), sipgo.WithClientAddr(local.String()),
		sipgo.WithClientConnectionAddr(local.String()))
	if err != nil {
		return err
	}
	p.dialogs = sipgo.DialogUA{Client: p.client, ContactHDR: sip.ContactHeader{Address: p.uri()}}
	for method, handle := range map[sip.RequestMethod]func(*sip.Request, sip.ServerTransaction){
		sip.INVITE: p.onInvite, sip.ACK: p.onAck, sip.BYE: p.onBye, sip.CANCEL: p.onCancel, sip.REFER: p.onRefer,
		sip.UPDATE: p.onUpdate, sip.OPTIONS: p.onOther, sip.NOTIFY: p.onOther, sip.INFO: p.onOther, sip.MESSAGE: p.onOther,
	} {
		p.server.OnRequest(method, func(req *sip.Request, tx sip.ServerTransaction) {
			if p.enter() {
				defer p.work.Done()
				handle(req, tx)
			}
		})
	}
	return nil
}

// allow lists the methods a phone takes (RFC 3261, 20.5).
const allow = "INVITE, ACK, BYE, CANCEL, REFER, UPDATE, OPTIONS, NOTIFY, INFO, MESSAGE"

// enter adds to the work that Close waits for; false after Close.
func (p *Phone) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.work.Add(1)
	return true
}

// Addr is the address of the SIP socket.
func (p *Phone) Addr() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// User is the SIP user of the configuration.
func (p *Phone) User() string { return p.cfg.User }

// uri is the phone's contact address.
func (p *Phone) uri() sip.Uri {
	local := p.Addr()
	return sip.Uri{Scheme: "sip", User: p.cfg.User, Host: local.Addr().String(), Port: int(local.Port())}
}

// goodbye bounds what Close does on the network.
const goodbye = 2 * time.Second

// Close hangs up what is left, unregisters, closes the sockets and waits for all goroutines. It may be called twice. That the other
// side does not answer any more is logged and no error: there are tests in which it is dead.
func (p *Phone) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		p.serving.Wait()
		return nil
	}
	calls := p.live()
	p.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	var parting sync.WaitGroup
	for _, c := range calls {
		parting.Go(func() {
			if err := c.Hangup(ctx); err != nil {
				p.log.Debug().Err(err).Msg("hanging up at close")
			}
		})
	}
	parting.Wait()
	if err := p.Unregister(ctx); err != nil {
		p.log.Warn().Err(err).Msg("unregistering at close")
	}

	p.mu.Lock()
	p.closed = true
	close(p.closing)
	left := p.live()
	p.mu.Unlock()
	for _, c := range left {
		c.finish(End{Status: 0, Text: "phone closed"})
	}
	p.peers.close(p.ua.TransportLayer().Pool("udp"), p.conn.LocalAddr())
	p.ua.TransactionLayer().Close()
	err := p.conn.Close()
	p.work.Wait()
	p.serving.Wait()
	p.arrived.Close()
	return err
}

// live lists the calls that have not ended; p.mu is held.
func (p *Phone) live() []*Call {
	var out []*Call
	for _, c := range p.calls {
		out = append(out, c)
	}
	return out
}

// Calls lists the calls that have not ended, in no particular order.
func (p *Phone) Calls() []*Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live()
}

// maxArrived bounds the calls that wait for NextCall: on a phone that nobody asks for them, the oldest are forgotten.
const maxArrived = 4096

// NextCall takes the next incoming call, in the order of their INVITEs. It comes as soon as it rings; see [Call.WaitAnswered].
func (p *Phone) NextCall(ctx context.Context) (*Call, error) {
	c, err := p.arrived.Next(ctx)
	if errors.Is(err, queue.ErrClosed) {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for a call to %s: %w", p.cfg.User, err)
	}
	return c, nil
}

// CallTo waits until a call to that number is there and has not ended. Calls stay in line for NextCall.
func (p *Phone) CallTo(ctx context.Context, number string) (*Call, error) {
	var found *Call
	err := poll(ctx, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.calls {
			if c.incoming && c.number == number {
				found = c
			}
		}
		return found != nil
	})
	if err != nil {
		return nil, fmt.Errorf("waiting for a call to %s: %w", number, err)
	}
	return found, nil
}

func (p *Phone) find(req *sip.Request) *Call {
	id := req.CallID()
	to := req.To()
	if id == nil || to == nil {
		return nil
	}
	tag, _ := to.Params.Get("tag")
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[dialogKey{id.Value(), tag}]
}

func (p *Phone) add(c *Call) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.calls[c.key] = c
	return true
}

func (p *Phone) drop(c *Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, c.key)
}
