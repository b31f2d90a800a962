package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/redis/go-redis/v9"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/wait"

	redisimage "github.com/hasshin/hasshin/deploy/redis"
)

// server is a Redis of our own on loopback.
type server struct {
	addr, what string
	said       bytes.Buffer // by the program; to be read when it has ended
	stop       func()
}

// startRedis starts a Redis with the settings that hasshin is deployed with: the
// program if it is installed and no container is asked for, else the container.
func startRedis(ctx context.Context, dir string, inContainer bool) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{addr: "127.0.0.1:" + port}
	if binary, err := exec.LookPath("redis-server"); err == nil && !inContainer {
		err = s.run(ctx, binary, dir, port)
		if err != nil {
			return nil, err
		}
	} else if err := s.contain(ctx, port); err != nil {
		return nil, err
	}
	if err := s.wait(ctx); err != nil {
		s.stop()
		return nil, fmt.Errorf("%w\n%s", err, s.said.String())
	}
	return s, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

func (s *server) run(ctx context.Context, binary, dir, port string) error {
	conf, err := redisimage.Files.ReadFile("redis.conf")
	if err != nil {
		return err
	}
	confPath := filepath.Join(dir, "redis.conf")
	// /data is the image's folder.
	conf = bytes.Replace(conf, []byte("\ndir /data\n"), []byte("\ndir "+dir+"\n"), 1)
	if err := os.WriteFile(confPath, conf, 0o600); err != nil {
		return err
	}
	cmd := exec.Command(binary, confPath, "--bind", "127.0.0.1", "--port", port)
	cmd.Stdout, cmd.Stderr = &s.said, &s.said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start redis-server: %w", err)
	}
	s.what = "redis-server of this machine"
	s.stop = func() {
		// What it has is thrown away, so nothing is gained by a graceful end.
		if err := errors.Join(cmd.Process.Kill(), ignoreExit(cmd.Wait())); err != nil {
			fmt.Fprintln(os.Stderr, "stop redis-server:", err)
		}
	}
	return nil
}

// ignoreExit drops the error that a killed process always gives.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

func (s *server) contain(ctx context.Context, port string) error {
	c, err := testcontainers.Run(ctx, redisimage.Image,
		testcontainers.WithLogger(log.NewNoopLogger()),
		testcontainers.WithEnv(map[string]string{"REDIS_PORT": port}),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) { h.NetworkMode = "host" }),
		testcontainers.WithWaitStrategyAndDeadline(30*time.Second, wait.ForLog("Ready to accept connections")),
	)
	s.what = redisimage.Image
	s.stop = func() {
		if err := c.Terminate(context.Background(), testcontainers.StopTimeout(0)); err != nil {
			fmt.Fprintln(os.Stderr, "stop redis:", err)
		}
	}
	if err != nil {
		if c != nil {
			s.stop()
		}
		return fmt.Errorf("start the container %s (`make images` builds it): %w", redisimage.Image, err)
	}
	return nil
}

// wait waits until Redis answers.
func (s *server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", s.addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("redis at %s: %w", s.addr, err)
		case <-tick.C:
		}
	}
}

// rowByRow is the simple program: read a row, HSET it, wait, next. It gives rows a second.
func rowByRow(ctx context.Context, rdb *redis.Client, path string, rows int) (float64, error) {
	return load(path, rows, func(i int, row []string) error {
		return rdb.HSet(ctx, "record:"+row[0], "name", row[1], "phone", row[2], "lang", row[3], "city", row[4], "plan", row[5]).Err()
	}, func() error { return nil })
}

// rawPipelined writes the same number of hash fields and list entries as an
// import does, 500 rows a pipeline, and neither checks nor changes what it reads.
func rawPipelined(ctx context.Context, rdb *redis.Client, path string) (float64, error) {
	pipe := rdb.Pipeline()
	flush := func() error {
		_, err := pipe.Exec(ctx)
		return err
	}
	return load(path, -1, func(i int, row []string) error {
		pipe.HSet(ctx, "raw:rec", row[0], strings.Join(row, ","))
		pipe.HSet(ctx, "raw:num", row[2], row[0])
		pipe.ZAdd(ctx, "raw:ready", redis.Z{Score: float64(i), Member: row[0]})
		if pipe.Len() < 1500 {
			return nil
		}
		return flush()
	}, flush)
}

func load(path string, rows int, each func(i int, row []string) error, end func() error) (float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return 0, err
	}
	start := time.Now()
	n := 0
	for ; rows < 0 || n < rows; n++ {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		if err := each(n, row); err != nil {
			return 0, err
		}
	}
	if err := end(); err != nil {
		return 0, err
	}
	return float64(n) / time.Since(start).Seconds(), nil
}
