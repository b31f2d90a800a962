package redistest

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/redis/go-redis/v9"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	redisimage "github.com/hasshin/hasshin/deploy/redis"
)

// Node is one Redis of several, in a container of its own on the host's network, so that all find each other by the addresses they announce.
type Node struct {
	Addr string
	// Client speaks to this node alone.
	Client *redis.Client

	t         testing.TB
	container testcontainers.Container
}

// Kill ends it at once, like a loss of power but for what the system has not written to the disk.
func (n *Node) Kill() {
	n.t.Helper()
	now := time.Duration(0)
	if err := n.container.Stop(context.WithoutCancel(n.t.Context()), &now); err != nil {
		n.t.Fatalf("kill redis %s: %v", n.Addr, err)
	}
}

// Start starts it again with what it had on disk.
func (n *Node) Start() {
	n.t.Helper()
	if err := n.container.Start(n.t.Context()); err != nil {
		n.t.Fatalf("start redis %s: %v", n.Addr, err)
	}
}

func newNode(t testing.TB, port int, args ...string) *Node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	n := &Node{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), t: t}
	n.container = onHost(ctx, t, testcontainers.ContainerRequest{
		Cmd: args, Env: map[string]string{"REDIS_PORT": strconv.Itoa(port)},
		WaitingFor: wait.ForLog("Ready to accept connections"),
	})
	n.Client = redis.NewClient(&redis.Options{Addr: n.Addr})
	t.Cleanup(func() { n.Client.Close() })
	return n
}

func onHost(ctx context.Context, t testing.TB, request testcontainers.ContainerRequest) testcontainers.Container {
	t.Helper()
	request.Image = redisimage.Image
	request.HostConfigModifier = func(host *container.HostConfig) {
		host.NetworkMode, host.Tmpfs = "host", map[string]string{memory: "mode=1777"}
	}
	c, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{ContainerRequest: request, Started: true})
	testcontainers.CleanupContainer(t, c, testcontainers.StopTimeout(0))
	if err != nil {
		t.Fatalf("start redis: %v", err)
	}
	return c
}

// RunCluster starts a Redis Cluster of so many masters and no replicas. What lives on a master that is down is away; the rest goes on.
func RunCluster(t testing.TB, masters int) []*Node {
	t.Helper()
	if err := ensureImage(t.Context()); err != nil {
		t.Fatalf("redis image: %v", err)
	}
	var nodes []*Node
	for i := range masters {
		n := newNode(t, freePort(t), "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-node-timeout", "2000")
		command(t, n, "CLUSTER", "ADDSLOTSRANGE", i*16384/masters, (i+1)*16384/masters-1)
		command(t, n, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
		nodes = append(nodes, n)
	}
	for _, n := range nodes[1:] {
		_, port, _ := net.SplitHostPort(nodes[0].Addr)
		command(t, n, "CLUSTER", "MEET", "127.0.0.1", port)
	}
	for _, n := range nodes {
		until(t, "all of the cluster know each other", func() bool {
			info, err := n.Client.ClusterInfo(t.Context()).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_slots_ok:16384") &&
				strings.Contains(info, fmt.Sprintf("cluster_size:%d", masters))
		})
	}
	return nodes
}

// Sentinels watch a master and its replicas.
type Sentinels struct {
	Addrs  []string
	Master string  // its name
	Nodes  []*Node // the first was the master
}

// RunSentinel starts a master with so many replicas, and three sentinels that make one of them the master when it is silent for half a second. Their data is
// in memory: who is killed does not come back.
func RunSentinel(t testing.TB, replicas int) Sentinels {
	t.Helper()
	if err := ensureImage(t.Context()); err != nil {
		t.Fatalf("redis image: %v", err)
	}
	s := Sentinels{Master: "hasshin"}
	s.Nodes = append(s.Nodes, newNode(t, freePort(t), "--dir", memory))
	_, port, _ := net.SplitHostPort(s.Nodes[0].Addr)
	for range replicas {
		s.Nodes = append(s.Nodes, newNode(t, freePort(t), "--dir", memory, "--replicaof", "127.0.0.1 "+port, "--repl-diskless-sync-delay", "0"))
	}
	until(t, "the replicas are in step", func() bool {
		info, err := s.Nodes[0].Client.Info(t.Context(), "replication").Result()
		return err == nil && strings.Count(info, "state=online") == replicas
	})
	script := ""
	for i := range 3 {
		own := freePort(t)
		s.Addrs = append(s.Addrs, net.JoinHostPort("127.0.0.1", strconv.Itoa(own)))
		script += fmt.Sprintf("printf 'port %d\\nbind 127.0.0.1\\nprotected-mode no\\nsentinel monitor %s 127.0.0.1 %s 2\\n"+
			"sentinel down-after-milliseconds %s 500\\nsentinel failover-timeout %s 3000\\n' > /tmp/%d.conf\nredis-server /tmp/%d.conf --sentinel &\n",
			own, s.Master, port, s.Master, s.Master, i, i)
	}
	onHost(t.Context(), t, testcontainers.ContainerRequest{Entrypoint: []string{"sh", "-c", script + "wait"}})
	for _, addr := range s.Addrs {
		sentinel := redis.NewSentinelClient(&redis.Options{Addr: addr})
		t.Cleanup(func() { sentinel.Close() })
		until(t, "the sentinels know all others", func() bool {
			about, err := sentinel.Master(t.Context(), s.Master).Result()
			return err == nil && about["num-other-sentinels"] == "2" && about["num-slaves"] == strconv.Itoa(replicas)
		})
	}
	return s
}

func command(t testing.TB, n *Node, args ...any) {
	t.Helper()
	if err := n.Client.Do(t.Context(), args...).Err(); err != nil {
		t.Fatalf("%v at %s: %v", args, n.Addr, err)
	}
}

func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// freePort is one that a cluster's node can have: its bus is 10000 above it.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // held until then, so that it is not found again
		port := l.Addr().(*net.TCPAddr).Port
		bus, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+10000)))
		if port+10000 < 65536 && err == nil {
			bus.Close()
			return port
		}
	}
	t.Fatal("no free port with one 10000 above it")
	return 0
}
