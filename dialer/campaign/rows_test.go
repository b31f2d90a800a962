package campaign

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// readAll gives the fields of good rows and "line problem" of the others.
func readAll(t interface{ Fatal(...any) }, r io.Reader, delimiter byte) (rows [][]string, problems []string, end *rowReader) {
	reader := newRowReader(r, delimiter, 1, 0)
	for {
		row, err := reader.next()
		if errors.Is(err, io.EOF) {
			return rows, problems, reader
		}
		if err != nil {
			t.Fatal(err)
		}
		if row.problem != "" {
			problems = append(problems, fmt.Sprintf("%d %s", row.line, row.problem))
			continue
		}
		rows = append(rows, splitFields(string(row.text), delimiter, nil))
	}
}

// What encoding/csv writes is read back as it was, however it arrives.
func TestRowsRoundTrip(t *testing.T) {
	field := rapid.OneOf(rapid.StringMatching(`[a-z ,;"\n氏名0-9]{0,12}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]byte{',', ';', '\t', '|'}).Draw(t, "delimiter")
		crlf := rapid.Bool().Draw(t, "crlf")
		want := rapid.SliceOfN(rapid.SliceOfN(field, 2, 5), 1, 20).Draw(t, "rows")
		var text strings.Builder
		w := csv.NewWriter(&text)
		w.Comma, w.UseCRLF = rune(delimiter), crlf
		for i, row := range want {
			for j := range row {
				// encoding/csv itself turns line ends in fields into those of the file, and does not keep bare carriage returns.
				row[j] = strings.ReplaceAll(row[j], "\r", "")
				if crlf {
					row[j] = strings.ReplaceAll(row[j], "\n", " ")
				}
			}
			row[0] = fmt.Sprint(i) // not an empty row
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		for name, r := range map[string]io.Reader{
			"at once":                 strings.NewReader(text.String()),
			"byte by byte":            iotest.OneByteReader(strings.NewReader(text.String())),
			"end with the last bytes": iotest.DataErrReader(strings.NewReader(text.String())),
		} {
			got, problems, end := readAll(t, r, delimiter)
			if diff := cmp.Diff(want, got); diff != "" || problems != nil {
				t.Fatalf("read %s (-want +got):\n%s\nproblems: %v\ntext: %q", name, diff, problems, text.String())
			}
			if end.offset != int64(text.Len()) || end.line != strings.Count(text.String(), "\n")+1 {
				t.Fatalf("ended at byte %d, line %d; the text has %d bytes, %d lines", end.offset, end.line, text.Len(), strings.Count(text.String(), "\n"))
			}
		}
	})
}

// A stray quote costs its own line and the field it pairs with, never the rows behind.
func TestRowsAfterStrayQuotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		var want []string
		n := rapid.IntRange(1, 60).Draw(t, "rows")
		for i := range n {
			if rapid.IntRange(0, 9).Draw(t, "stray") == 0 {
				text.WriteString("s,\"stray,x\n")
				continue
			}
			fmt.Fprintf(&text, "%d,good,x\n", i)
			want = append(want, fmt.Sprint(i))
		}
		rows, problems, _ := readAll(t, strings.NewReader(text.String()), ',')
		var got []string
		for _, row := range rows {
			got = append(got, row[0])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("rows (-want +got):\n%s\nproblems: %v\ntext:\n%s", diff, problems, text.String())
		}
		if strays := n - len(want); len(problems) != strays {
			t.Fatalf("%d problems %v for %d stray quotes\n%s", len(problems), problems, strays, text.String())
		}
	})
}

// An arbitrary text never makes the reader loop, panic or lose count.
func TestRowsOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`["a,\n\r]{0,200}`)).Draw(t, "text")
		_, _, end := readAll(t, iotest.HalfReader(strings.NewReader(text)), ',')
		if end.offset != int64(len(text)) || end.line != strings.Count(text, "\n")+1 {
			t.Fatalf("ended at byte %d, line %d of %d bytes, %d line feeds", end.offset, end.line, len(text), strings.Count(text, "\n"))
		}
	})
}

func TestOverlongRowsAreNotHeld(t *testing.T) {
	// 64 MiB in one line, from a reader that makes them up.
	long := io.LimitReader(endless{}, 64<<20)
	rows, problems, end := readAll(t, io.MultiReader(strings.NewReader("a,b\n"), long, strings.NewReader("\nc,d\n")), ',')
	if diff := cmp.Diff([][]string{{"a", "b"}, {"c", "d"}}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"2 row_too_long"}, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(end.buf) > 2*maxRow {
		t.Errorf("the buffer grew to %d bytes", len(end.buf))
	}
}

// endless is a line without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
