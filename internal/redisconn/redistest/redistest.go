// Package redistest starts real Redis servers for tests: the one of the compose file, in a container.
package redistest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	redisimage "github.com/hasshin/hasshin/deploy/redis"
)

const port = "6379/tcp"

// memory is a directory in the container that is on no disk.
const memory = "/memory"

// startTimeout covers building the image on a machine that does not have it yet.
const startTimeout = 5 * time.Minute

// Run starts an empty Redis for one test and returns its host:port on loopback.
// Arguments go to redis-server after its configuration: "--maxmemory-policy",
// "allkeys-lru". The container is gone when the test ends, and its data with it: they
// are in memory, so that no test waits for a disk that others keep busy. A [Node]
// of a cluster has its data on a disk, with which it can be started again.
func Run(t testing.TB, args ...string) (addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	if err := ensureImage(ctx); err != nil {
		t.Fatalf("redis image: %v", err)
	}
	server, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		ContainerRequest: testcontainers.ContainerRequest{
			Image:        redisimage.Image,
			Cmd:          append([]string{"--dir", memory}, args...),
			Env:          map[string]string{"BIND": "0.0.0.0"}, // within the container; published on loopback only
			ExposedPorts: []string{port},
			HostConfigModifier: func(host *container.HostConfig) {
				host.PortBindings = network.PortMap{network.MustParsePort(port): {{HostIP: netip.MustParseAddr("127.0.0.1")}}}
				host.Tmpfs = map[string]string{memory: "mode=1777"}
			},
			WaitingFor: wait.ForLog("Ready to accept connections"),
		},
		Started: true,
	})
	testcontainers.CleanupContainer(t, server)
	if err != nil {
		t.Fatalf("start redis: %v", err)
	}
	published, err := server.MappedPort(ctx, port)
	if err != nil {
		t.Fatalf("port of redis: %v", err)
	}
	return "127.0.0.1:" + published.Port()
}

// ensureImage builds the image when the engine does not have it; `make images` does so beforehand.
func ensureImage(ctx context.Context) (err error) {
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, provider.Close()) }()
	if _, err := provider.Client().ImageInspect(ctx, redisimage.Image); err == nil || !errdefs.IsNotFound(err) {
		return err
	}
	files, err := archive(redisimage.Files)
	if err != nil {
		return err
	}
	_, err = provider.BuildImage(ctx, &testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		ContextArchive:       files,
		Repo:                 "hasshin/redis",
		Tag:                  "dev",
		KeepImage:            true,
		BuildOptionsModifier: func(opts *client.ImageBuildOptions) { opts.NetworkMode = "host" },
	}})
	return err
}

// archive packs the build context.
func archive(files fs.FS) (*bytes.Reader, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.AddFS(files); err != nil {
		return nil, fmt.Errorf("pack the build context: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack the build context: %w", err)
	}
	return bytes.NewReader(b.Bytes()), nil
}
