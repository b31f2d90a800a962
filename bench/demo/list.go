package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"

	"github.com/redis/go-redis/v9"
)

// freshList empties the campaign's calling list in Redis, so that the same contacts can be imported and called again. Of the campaign's data
// nothing is kept; those of other campaigns are not touched.
func freshList(ctx context.Context, addr, campaign string) (err error) {
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { err = errors.Join(err, rdb.Close()) }()
	prefix := "hs:{c:" + campaign + "}:" // all keys of a campaign; package campaign documents them
	out, err := rdb.ZCard(ctx, prefix+"out").Result()
	if err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	if out > 0 {
		return fmt.Errorf("%d contacts of campaign %s are being handled by somebody just now; the demo would pull their records away", out, campaign)
	}
	keys := rdb.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	for keys.Next(ctx) {
		if err := rdb.Unlink(ctx, keys.Val()).Err(); err != nil {
			return fmt.Errorf("redis: %w", err)
		}
	}
	if err := keys.Err(); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

// importList runs `hasshin import`, or whatever command stands for it. What it says goes to out if it fails.
func importList(ctx context.Context, command []string, out io.Writer) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return errors.Join(fmt.Errorf("%v: %w", cmd, err), writeAll(out, said))
	}
	return nil
}

func writeAll(out io.Writer, text []byte) error {
	_, err := out.Write(text)
	return err
}
