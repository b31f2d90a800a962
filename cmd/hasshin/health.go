package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// healthVariable says where health asks; the container sets it.
const healthVariable = "HEALTH_ADDRESS"

var healthCommand = command{
	name:    "health",
	summary: "ask a running hasshin whether it is well, for health checks of containers",
	about: `
Asks a hasshin on this machine over HTTP and ends with 0 when it answers that it
is well, else with 1. It reads no configuration: the address is http.listen, or
http.metrics_listen, and is taken from ` + healthVariable + ` when no flag gives it.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		address := flags.String("address", cmp.Or(os.Getenv(healthVariable), "127.0.0.1:8080"), "`host:port` of the running hasshin")
		ready := flags.Bool("ready", false, "also ask whether it can work now: Asterisk and Redis are there")
		secure := flags.Bool("tls", false, "it speaks HTTPS")
		timeout := flags.Duration("timeout", 3*time.Second, "how long to wait for the answer")
		return func(ctx context.Context, std streams, _ []string) error {
			ctx, cancel := context.WithTimeout(ctx, *timeout)
			defer cancel()
			path := "/healthz"
			if *ready {
				path = "/readyz"
			}
			return askHealth(ctx, std.out, reachable(*address), path, *secure)
		}
	},
}

// reachable turns an address to listen at into one to connect to: one that
// listens everywhere is asked on loopback.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}

func askHealth(ctx context.Context, out io.Writer, address, path string, secure bool) error {
	url := "http://" + address + path
	transport := &http.Transport{DisableKeepAlives: true}
	if secure {
		url = "https://" + address + path
		// The certificate is for the public name, not for loopback, and nothing secret is sent.
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return usageError{fmt.Sprintf("%q is not an address; expected host:port", address)}
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return fmt.Errorf("GET %s: %w", url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %s", url, resp.Status, strings.TrimSpace(string(answer)))
	}
	_, err = fmt.Fprintln(out, strings.TrimSpace(string(answer)))
	return err
}
