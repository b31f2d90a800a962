package asterisktest

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Labels of every container that this package starts.
const (
	labelLock = "hasshin.asterisktest.lock" // address that the owner listens on while it lives
	labelHost = "hasshin.asterisktest.host" // host (network namespace) in which that address means something
)

// Sweep removes the containers of test binaries that died without cleaning up (killed, timed out) and returns how many. Containers
// whose owner lives, and those started on other hosts, stay. [Run] sweeps before it starts anything.
func Sweep(ctx context.Context) (removed int, err error) {
	host, err := os.Hostname()
	if err != nil {
		return 0, fmt.Errorf("sweep containers: %w", err)
	}
	engine, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return 0, fmt.Errorf("sweep containers: %w", err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	list, err := engine.ContainerList(ctx, client.ContainerListOptions{
		All:     true,
		Filters: client.Filters{}.Add("label", labelHost+"="+host),
	})
	if err != nil {
		return 0, fmt.Errorf("sweep containers: %w", err)
	}
	for _, item := range list.Items {
		if !ownerGone(item.Labels[labelLock]) {
			continue
		}
		_, err := engine.ContainerRemove(ctx, item.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		switch {
		case err == nil:
			removed++
		case errdefs.IsNotFound(err) || errdefs.IsConflict(err): // another test binary sweeps at the same time
		default:
			return removed, fmt.Errorf("remove container %.12s: %w", item.ID, err)
		}
	}
	return removed, nil
}
