//go:build integration

package campaign

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

// childVariable makes this test binary an importer that can be killed. It holds the address of Redis.
const childVariable = "HASSHIN_TEST_IMPORT_INTO"

func init() {
	addr := os.Getenv(childVariable)
	if addr == "" {
		return
	}
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	_, err := Import(context.Background(), NewRedisStore(rdb), ImportRequest{
		Campaign: demo, List: listIn(), Path: os.Args[1], BatchRows: 50,
		OnProgress: func(p Progress) { fmt.Println(p.Rows) },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func TestImportGoesOnAfterItsProcessWasKilled(t *testing.T) {
	addr := redistest.Run(t)
	list := mixedList(5000)
	whole := connect(t, addr, 1)
	sum, err := Import(t.Context(), NewRedisStore(whole), ImportRequest{Campaign: demo, List: listIn(), Path: writeList(t, list)})
	must(t, err)
	want := contentOf(t, whole, sum)

	path := writeList(t, list)
	random := rand.New(rand.NewPCG(5, 5))
	kills := 0
	for done := false; !done; {
		done = importAndKill(t, addr, path, 1+random.IntN(12))
		if !done {
			kills++
		}
	}
	if kills < 5 {
		t.Errorf("the importer was killed %d times; that proves little", kills)
	}
	rdb := connect(t, addr, 0)
	sum, err = Import(t.Context(), NewRedisStore(rdb), ImportRequest{Campaign: demo, List: listIn(), Path: path})
	must(t, err)
	if !sum.Already {
		t.Error("the import finished and does not know")
	}
	sum.Already = false
	if diff := cmp.Diff(want, contentOf(t, rdb, sum)); diff != "" {
		t.Errorf("an import killed %d times differs from one in one go (-want +got):\n%s", kills, diff)
	}
}

// importAndKill starts an importer and kills it (SIGKILL) after so many batches. It reports whether the importer had finished before.
func importAndKill(t *testing.T, addr, path string, batches int) (finished bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], path)
	cmd.Env = append(os.Environ(), childVariable+"="+addr)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for range batches {
		if !lines.Scan() {
			must(t, cmd.Wait())
			return true
		}
	}
	must(t, cmd.Process.Kill())
	return cmd.Wait() == nil
}
