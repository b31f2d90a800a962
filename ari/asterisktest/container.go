package asterisktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/rs/zerolog"
	"github.com/testcontainers/testcontainers-go"
	tcexec "github.com/testcontainers/testcontainers-go/exec"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/hasshin/hasshin/ari"
)

// startAttempts is how often Run tries again on other ports when something took one between choosing it and Asterisk's binding it.
const startAttempts = 3

// Container is a running Asterisk. Its methods may be called from several goroutines, those that stop and start it from one.
type Container struct {
	ctr   *testcontainers.DockerContainer
	ports *portBlock
	opts  *options

	terminate    sync.Once
	terminateErr error
}

var sweepOnce struct {
	sync.Mutex
	done bool
}

// Run starts an Asterisk and waits until it is fully booted and ARI answers with all its resources. The first call on a machine builds
// the image, which takes a few minutes; ctx bounds that too. The caller must call [Container.Terminate]; in a test use [Start].
func Run(ctx context.Context, opts ...Option) (*Container, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, fmt.Errorf("asterisktest: %w", err)
	}
	if err := sweepFirst(ctx, o); err != nil {
		return nil, fmt.Errorf("asterisktest: %w", err)
	}
	image, err := ensureImage(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("asterisktest: %w", err)
	}
	for attempt := 1; ; attempt++ {
		c, err := runOnce(ctx, image, o)
		if err == nil {
			return c, nil
		}
		var taken *portTakenError
		if !errors.As(err, &taken) || attempt == startAttempts {
			return nil, fmt.Errorf("asterisktest: start asterisk: %w", err)
		}
		o.logf("%v; trying other ports", err)
	}
}

// sweepFirst removes stale containers once a process, before the first start.
func sweepFirst(ctx context.Context, o *options) error {
	sweepOnce.Lock()
	defer sweepOnce.Unlock()
	if sweepOnce.done {
		return nil
	}
	removed, err := Sweep(ctx)
	if err != nil {
		return err
	}
	if removed > 0 {
		o.logf("removed %d containers of test runs that died", removed)
	}
	sweepOnce.done = true
	return nil
}

func runOnce(ctx context.Context, image string, o *options) (_ *Container, err error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	ports, err := o.reserve(o.rtpPorts)
	if err != nil {
		return nil, err
	}
	c := &Container{ports: ports, opts: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Terminate(context.WithoutCancel(ctx)))
		}
	}()
	files := make([]testcontainers.ContainerFile, 0, len(o.files))
	for name, content := range o.files {
		files = append(files, testcontainers.ContainerFile{
			Reader: strings.NewReader(content), ContainerFilePath: name, FileMode: 0o644,
		})
	}
	c.ctr, err = testcontainers.Run(ctx, image,
		testcontainers.WithLogger(log.NewNoopLogger()),
		testcontainers.WithEnv(o.env),
		testcontainers.WithEnv(c.env()),
		testcontainers.WithFiles(files...),
		testcontainers.WithLabels(map[string]string{labelLock: ports.lockAddr(), labelHost: host}),
		testcontainers.WithConfigModifier(func(c *container.Config) {
			c.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}} // waitReady asks sooner, and who measures is not to be disturbed
		}),
		testcontainers.WithHostConfigModifier(func(hc *container.HostConfig) {
			hc.NetworkMode, hc.Binds, hc.Tmpfs, hc.CPUShares = "host", o.folders, o.small, o.shares
		}),
	)
	if err != nil {
		return nil, err
	}
	if err := c.openSmallDisks(ctx); err != nil {
		return nil, err
	}
	if err := c.waitReady(ctx); err != nil {
		return nil, err
	}
	o.logf("asterisk %.12s: ARI %s, SIP %s, RTP %d–%d", c.ctr.GetContainerID(), c.URL(), c.SIPAddr(), ports.rtpStart(), ports.rtpEnd())
	return c, nil
}

// openSmallDisks lets Asterisk write on them: they are root's when they are mounted, whatever mode was asked for.
func (c *Container) openSmallDisks(ctx context.Context) error {
	for name := range c.opts.small {
		code, out, err := c.ctr.Exec(ctx, []string{"chmod", "0777", name}, tcexec.Multiplexed(), tcexec.WithUser("0"))
		if err != nil {
			return fmt.Errorf("open disk %s: %w", name, err)
		}
		if text, err := io.ReadAll(out); err != nil || code != 0 {
			return errors.Join(fmt.Errorf("open disk %s: exit status %d: %s", name, code, text), err)
		}
	}
	return nil
}

// env is what the image's entrypoint renders the configuration from.
func (c *Container) env() map[string]string {
	env := map[string]string{
		"BIND":         "127.0.0.1",
		"HTTP_PORT":    strconv.Itoa(c.ports.http()),
		"SIP_PORT":     strconv.Itoa(c.ports.sip()),
		"RTP_START":    strconv.Itoa(c.ports.rtpStart()),
		"RTP_END":      strconv.Itoa(c.ports.rtpEnd()),
		"ARI_USER":     c.opts.username,
		"ARI_PASSWORD": c.opts.password,
	}
	if c.opts.trunk != "" {
		env["TRUNK_HOST"] = c.opts.trunk
	}
	if c.opts.carrier {
		env["CARRIER"] = "1"
	}
	return env
}

// URL is the base of the REST interface, e.g. "http://127.0.0.1:18001/ari".
func (c *Container) URL() string { return "http://" + c.HTTPAddr() + "/ari" }

// WebSocketURL is where an application's event socket is opened, credentials not included.
func (c *Container) WebSocketURL(app string) string {
	return "ws://" + c.HTTPAddr() + "/ari/events?app=" + url.QueryEscape(app)
}

// SIPWebSocketURL is where phones that speak SIP over WebSocket (RFC 7118) connect.
func (c *Container) SIPWebSocketURL() string { return "ws://" + c.HTTPAddr() + "/ws" }

// HTTPAddr is host:port of Asterisk's HTTP server.
func (c *Container) HTTPAddr() string { return loopback(c.ports.http()) }

// SIPAddr is host:port on which Asterisk takes SIP over UDP.
func (c *Container) SIPAddr() string { return loopback(c.ports.sip()) }

// RTPPorts is the range of UDP ports that Asterisk sends media from.
func (c *Container) RTPPorts() (first, last int) { return c.ports.rtpStart(), c.ports.rtpEnd() }

// Username is the ARI user, who may write.
func (c *Container) Username() string { return c.opts.username }

// Password is the ARI user's password.
func (c *Container) Password() string { return c.opts.password }

// App is the Stasis application set by [WithApp].
func (c *Container) App() string { return c.opts.app }

// Config returns the settings of a client of the given application (of [Container.App] if empty) for those who want to change some
// before connecting.
func (c *Container) Config(app string) ari.Config {
	if app == "" {
		app = c.opts.app
	}
	return ari.Config{
		URL:      c.URL(),
		Username: c.opts.username,
		Password: c.opts.password,
		App:      app,
		Logger:   zerolog.Nop(),
	}
}

// Client returns a connected client of the given application (of [Container.App] if empty). The caller closes it.
func (c *Container) Client(ctx context.Context, app string) (*ari.Client, error) {
	cl, err := ari.New(c.Config(app))
	if err != nil {
		return nil, fmt.Errorf("asterisktest: %w", err)
	}
	if err := cl.Connect(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("asterisktest: %w", err), cl.Close())
	}
	return cl, nil
}

// Exec runs a command in the container and returns its output, standard error included. An exit status other than 0 is an error.
func (c *Container) Exec(ctx context.Context, command ...string) (string, error) {
	code, out, err := c.ctr.Exec(ctx, command, tcexec.Multiplexed())
	if err != nil {
		return "", fmt.Errorf("asterisktest: exec %q: %w", command, err)
	}
	text, err := io.ReadAll(out)
	if err != nil {
		return "", fmt.Errorf("asterisktest: exec %q: read output: %w", command, err)
	}
	if code != 0 {
		return string(text), fmt.Errorf("asterisktest: exec %q: exit status %d: %s", command, code, strings.TrimSpace(string(text)))
	}
	return string(text), nil
}

// CLI runs a command of Asterisk's console, as "asterisk -rx" does, and returns what it prints.
func (c *Container) CLI(ctx context.Context, command string) (string, error) {
	return c.Exec(ctx, "asterisk", "-rx", command)
}

// Logs returns everything Asterisk has written to its console since the container was made.
func (c *Container) Logs(ctx context.Context) (string, error) {
	r, err := c.ctr.Logs(ctx)
	if err != nil {
		return "", fmt.Errorf("asterisktest: logs: %w", err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("asterisktest: logs: %w", err)
	}
	return string(text), nil
}

// Stop ends Asterisk as an operator would (SIGTERM, then SIGKILL after five seconds). Ports and configuration stay for [Container.Start].
func (c *Container) Stop(ctx context.Context) error {
	timeout := 5 * time.Second
	if err := c.ctr.Stop(ctx, &timeout); err != nil {
		return fmt.Errorf("asterisktest: stop: %w", err)
	}
	return nil
}

// Start starts Asterisk again after [Container.Stop] or [Container.Kill] and waits until it is ready. Calls, bridges and dynamic
// configuration are gone; the URL and ports are the same.
func (c *Container) Start(ctx context.Context) error {
	if err := c.ctr.Start(ctx); err != nil {
		return fmt.Errorf("asterisktest: start: %w", err)
	}
	if err := errors.Join(c.openSmallDisks(ctx), c.waitReady(ctx)); err != nil {
		return fmt.Errorf("asterisktest: start: %w", err)
	}
	return nil
}

// Restart is [Container.Stop] and [Container.Start].
func (c *Container) Restart(ctx context.Context) error {
	if err := c.Stop(ctx); err != nil {
		return err
	}
	return c.Start(ctx)
}

// Kill ends Asterisk with SIGKILL: no BYE is sent, sockets are reset.
func (c *Container) Kill(ctx context.Context) error {
	return c.engine(ctx, "kill", func(engine *testcontainers.DockerClient, id string) error {
		_, err := engine.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "SIGKILL"})
		if err != nil {
			return err
		}
		wait := engine.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
		select {
		case <-wait.Result:
			return nil
		case err := <-wait.Error:
			return err
		}
	})
}

// Pause freezes Asterisk: its sockets stay open and answer nothing, which is what a half-open connection looks like.
func (c *Container) Pause(ctx context.Context) error {
	return c.engine(ctx, "pause", func(engine *testcontainers.DockerClient, id string) error {
		_, err := engine.ContainerPause(ctx, id, client.ContainerPauseOptions{})
		return err
	})
}

// Unpause lets Asterisk go on after [Container.Pause].
func (c *Container) Unpause(ctx context.Context) error {
	return c.engine(ctx, "unpause", func(engine *testcontainers.DockerClient, id string) error {
		_, err := engine.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{})
		return err
	})
}

// Terminate removes the container and gives its ports back. Calling it again returns the first call's result.
func (c *Container) Terminate(ctx context.Context) error {
	c.terminate.Do(func() {
		if c.ctr != nil {
			// Nothing in the container is worth a graceful end.
			c.terminateErr = c.ctr.Terminate(ctx, testcontainers.StopTimeout(0))
		}
		c.terminateErr = errors.Join(c.terminateErr, c.ports.release())
	})
	if c.terminateErr != nil {
		return fmt.Errorf("asterisktest: terminate: %w", c.terminateErr)
	}
	return nil
}

func (c *Container) engine(ctx context.Context, what string, do func(*testcontainers.DockerClient, string) error) (err error) {
	engine, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return fmt.Errorf("asterisktest: %s: %w", what, err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if err := do(engine, c.ctr.GetContainerID()); err != nil {
		return fmt.Errorf("asterisktest: %s: %w", what, err)
	}
	return nil
}
