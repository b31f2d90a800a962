package ari

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recording returns the messages of testdata/ari-events.jsonl.gz: 3,075 events of 150 calls, as Asterisk 22.10.1 sent them.
func recording(t testing.TB) [][]byte {
	t.Helper()
	f, err := os.Open("testdata/ari-events.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var messages [][]byte
	lines := bufio.NewScanner(z)
	for lines.Scan() {
		messages = append(messages, bytes.Clone(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return messages
}
