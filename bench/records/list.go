package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
)

// areas are American area codes, of six time zones.
var areas = []string{
	"212", "305", "404", "617", "202", "216", "312", "214", "504", "314", "612", "901", "303", "505", "801", "602", "213", "415", "206", "503", "702", "619", "907", "808",
}

// tiers are what the list is sorted by.
var tiers = []string{"gold", "silver", "bronze"}

// calling is the campaign: its records wait by the hours of their time zones and by their tier.
func calling() campaign.Config {
	c := campaign.Defaults()
	c.Trunk, c.List.Region, c.Hours.Profile = "carrier", "US", hours.ProfileUS
	c.List.Columns = campaign.Columns{ID: "id", Name: "name", Fields: map[string]string{"tier": "tier", "city": "city"}}
	c.List.OtherColumns = campaign.OtherColumnsIgnore
	c.Sort = campaign.Sort{{Field: "tier", Values: tiers}}
	return c
}

// noonInTheEast is a moment at which calling hours are open in some zones and not in others, so that it does not matter when it is measured.
var noonInTheEast = time.Date(2026, 3, 4, 13, 30, 0, 0, time.UTC)

// writeList writes contacts as an export of a customer database has them; first is the serial number of the first one.
func writeList(w io.Writer, rows, first int) error {
	b := bufio.NewWriterSize(w, 1<<20)
	fmt.Fprint(b, "id,name,phone,tier,city\n")
	for i := first; i < first+rows; i++ {
		local := 2_000_000 + i/len(areas)
		fmt.Fprintf(b, "C%08d,Contact %d,+1%s%d,%s,Springfield\n", i, i, areas[i%len(areas)], local, tiers[i*7%len(tiers)])
	}
	return b.Flush()
}

type loaded struct{ bytes, rate float64 }

// load imports a list as `hasshin import` does.
func load(ctx context.Context, rdb *redis.Client, id string, rows, first int) (l loaded, err error) {
	fmt.Fprintf(os.Stderr, "importing %d records …\n", rows)
	dir, err := os.MkdirTemp("", "hasshin-bench-records")
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "list.csv")
	f, err := os.Create(path)
	if err != nil {
		return l, err
	}
	if err := errors.Join(writeList(f, rows, first), f.Close()); err != nil {
		return l, err
	}
	c := calling()
	arrange, err := c.Arrange()
	if err != nil {
		return l, err
	}
	before, err := stack.UsedMemory(ctx, rdb)
	if err != nil {
		return l, err
	}
	began := time.Now()
	sum, err := campaign.Import(ctx, campaign.NewRedisStore(rdb), campaign.ImportRequest{Campaign: id, List: c.List, Path: path, Arrange: arrange})
	if err != nil {
		return l, err
	}
	if sum.Imported != int64(rows) {
		return l, fmt.Errorf("%d of %d records are in the list: %+v", sum.Imported, rows, sum)
	}
	took := time.Since(began)
	after, err := stack.UsedMemory(ctx, rdb)
	return loaded{bytes: float64(after-before) / float64(rows), rate: float64(rows) / took.Seconds()}, err
}
