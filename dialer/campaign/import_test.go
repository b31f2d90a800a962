package campaign

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"golang.org/x/text/encoding/japanese"
	xunicode "golang.org/x/text/encoding/unicode"
)

// listIn is a list configuration for Japanese numbers with columns id, phone and name.
func listIn(change ...func(*ListConfig)) ListConfig {
	cfg := Defaults().List
	cfg.Region = "JP"
	cfg.Columns = Columns{ID: "id", Name: "name", Numbers: []NumberColumn{{Column: "phone"}}}
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

// writeList writes a file into a folder of its own.
func writeList(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	must(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func importFile(t testing.TB, rdb redis.UniversalClient, cfg ListConfig, path string) (Summary, error) {
	t.Helper()
	return Import(t.Context(), NewRedisStore(rdb), ImportRequest{Campaign: demo, List: cfg, Path: path})
}

// readRejects gives the rows of a rejects file as "line code" and the header.
func readRejects(t testing.TB, path string) (header []string, rows [][]string) {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	text, marked := strings.CutPrefix(string(content), bom)
	if !marked {
		t.Errorf("%s has no byte order mark", path)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	rows, err = r.ReadAll()
	must(t, err)
	return rows[0], rows[1:]
}

func lineAndCode(rows [][]string) []string {
	var out []string
	for _, row := range rows {
		out = append(out, row[0]+" "+row[1])
	}
	return out
}

func TestImportRejectsBadRowsAndTakesTheRest(t *testing.T) {
	rdb := newMiniredis(t)
	path := writeList(t, strings.Join([]string{
		"id,phone,name,city",                    // 1
		"a,090-1234-0001,佐藤,大阪",                 // 2
		"b,090-1234-0001,鈴木,京都",                 // 3: number of line 2
		"a,090-1234-0003,高橋,奈良",                 // 4: id of line 2
		"c,call me,田中,神戸",                       // 5: no number
		"d,,伊藤,",                                // 6: empty
		"e,090-1234-0006",                       // 7: too few columns
		"f,090-1234-0007,山本,堺,more",             // 8: too many
		"g,090-1234-0008,中村,津,,,",               // 9: too many, but empty: taken
		`h,090-1234-0009,"小林, ""K""",` + `"two`, // 10: a field over two lines
		`lines"`,                          // 11
		`i,090-1234-0010,"加藤"x,堺`,         // 12: behind a quote
		`j,090-1234-0011,"never closed,堺`, // 13
		"k,090-1234-0012,吉田,津",            // 14: goes on
		"l,090-1234-0013,\xff\xfe,津",      // 15: no characters (one line in more than a hundred)
		"",                                // 16: empty
		",090-1234-0014,no id,津",          // 17
		`m,090-1234-0015,5" disk,津`,       // 18: a quote within an unquoted field is itself
		"n,０９０－１２３４－００１６,山田,津",                     // 19
		strings.Repeat("\n", 0) + fillers(20, 420), // 20–419
	}, "\n"))
	sum, err := importFile(t, rdb, listIn(), path)
	must(t, err)
	_, rows := readRejects(t, sum.Rejects)
	want := []string{
		"3 duplicate_number_in_file", "4 duplicate_id_in_file", "5 invalid_number", "6 no_number", "7 wrong_column_count",
		"8 wrong_column_count", "12 stray_quote", "13 unclosed_quote", "15 bad_encoding", "17 bad_id",
	}
	if diff := cmp.Diff(want, lineAndCode(rows)); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if want := []string{"3", "duplicate_number_in_file", "number +819012340001 is that of record a already (line 2 of this file)", "b", "090-1234-0001", "鈴木", "京都"}; !slices.Equal(rows[0], want) {
		t.Errorf("rejected row is %q, want %q", rows[0], want)
	}
	wantImported := int64(6 + 400) // a g h k m n and the fillers
	if sum.Imported != wantImported || sum.Read != wantImported+int64(len(want)) || sum.DuplicateCount() != 2 || sum.RejectedCount() != 8 {
		t.Errorf("summary: %+v", sum)
	}
	s := NewRedisStore(rdb)
	h, err := s.Get(t.Context(), demo, "h")
	must(t, err)
	if h.Name != `小林, "K"` || h.Fields["city"] != "two\nlines" || h.Source != (Source{Import: 1, Line: 10}) {
		t.Errorf("record over two lines: %+v", h)
	}
	m, err := s.Get(t.Context(), demo, "m")
	must(t, err)
	if m.Name != `5" disk` {
		t.Errorf("name with a quote: %q", m.Name)
	}
}

// fillers are good rows with the line numbers from to to-1.
func fillers(from, to int) string {
	var b strings.Builder
	for line := from; line < to; line++ {
		fmt.Fprintf(&b, "f%d,080-1234-%04d,filler,津\n", line, line)
	}
	return b.String()
}

func TestImportRefusesWholeFiles(t *testing.T) {
	sjis, err := japanese.ShiftJIS.NewEncoder().String("id,phone,name\na,090-1234-0001,佐藤 花子\nb,090-1234-0002,鈴木 一郎\n")
	must(t, err)
	euc, err := japanese.EUCJP.NewEncoder().String("id,phone,name\na,090-1234-0001,佐藤 花子\nb,090-1234-0002,鈴木 一郎\n")
	must(t, err)
	for _, c := range []struct {
		name    string
		content string
		change  func(*ListConfig)
		code    FileCode
		line    int
		says    []string
	}{
		{name: "empty", content: "", code: FileEmpty, says: []string{"header line"}},
		{name: "only empty lines", content: "\n\n\r\n", code: FileEmpty},
		{name: "NUL", content: "id,phone,name\na,090-1234-0001,x\nb,\x00,y\n", code: FileBinary, line: 3, says: []string{"NUL", "byte 34"}},
		{name: "workbook", content: "PK\x03\x04rest of a zip", code: FileBinary, says: []string{".xlsx", "CSV UTF-8"}},
		{name: "pdf", content: "%PDF-1.7\n", code: FileBinary, says: []string{"PDF"}},
		{name: "Shift_JIS", content: sjis, code: FileWrongEncoding, line: 2,
			says: []string{"not UTF-8", "looks like shift_jis", "byte 30", "list.encoding to shift_jis", "iconv -f CP932 -t UTF-8"}},
		{name: "EUC-JP", content: euc, code: FileWrongEncoding, line: 2, says: []string{"looks like euc-jp"}},
		{name: "Windows-1252", content: "id,phone,name\na,090-1234-0001,M\xfcller\n", code: FileWrongEncoding, line: 2, says: []string{"looks like windows-1252"}},
		{name: "UTF-8 given as Shift_JIS", content: "id,phone,name\na,090-1234-0001,佐藤\n", change: func(l *ListConfig) { l.Encoding = EncodingShiftJIS },
			code: FileWrongEncoding, says: []string{"is UTF-8", "list.encoding to utf-8"}},
		{name: "EUC-JP given as Shift_JIS", content: euc + strings.Repeat("x,090-1234-0003,\xfd\xfe\n", 3), change: func(l *ListConfig) { l.Encoding = EncodingShiftJIS },
			code: FileWrongEncoding, says: []string{"not shift_jis"}},
		{name: "carriage returns", content: "id,phone,name\ra,090-1234-0001,x\r", code: FileWrongLineEnds, says: []string{"tr '"}},
		{name: "missing column", content: "id,phon,name\n", code: FileMissingColumn, line: 1,
			says: []string{`"phone" (list.columns.numbers[0])`, `did you mean "phon"?`, `the header line has "id", "phon", "name"`}},
		{name: "missing columns", content: "nr,tel\n", code: FileMissingColumn, line: 1, says: []string{`"id"`, `"name"`, `"phone"`}},
		{name: "column in Japanese", content: "id,電話番号,氏名\n", code: FileMissingColumn, line: 1,
			says: []string{`"phone" (list.columns.numbers[0]): did you mean "電話番号"?`, `did you mean "氏名"?`}},
		{name: "other delimiter", content: "id;phone;name\n", code: FileMissingColumn, says: []string{`separated by ";"`, "list.delimiter"}},
		{name: "duplicate column", content: "id,phone,name,Phone\n", code: FileDuplicateColumn, line: 1, says: []string{`"phone" (columns 2 and 4)`}},
		{name: "duplicate kept column", content: "id,phone,name,x,X\n", code: FileDuplicateColumn, says: []string{`"x" (columns 4 and 5)`}},
		{name: "unknown column", content: "id,phone,name,x\n", change: func(l *ListConfig) { l.OtherColumns = OtherColumnsRefuse },
			code: FileUnknownColumn, says: []string{`"x"`, "list.columns.fields"}},
		{name: "header with an open quote", content: `id,phone,"name` + "\n", code: FileBadHeader, line: 1, says: []string{"not closed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rdb := newMiniredis(t)
			cfg := listIn()
			if c.change != nil {
				c.change(&cfg)
			}
			_, err := importFile(t, rdb, cfg, writeList(t, c.content))
			var bad *FileError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, want a FileError", err)
			}
			if bad.Code != c.code || c.line > 0 && bad.Line != c.line {
				t.Errorf("got code %s at line %d, want %s at line %d (%v)", bad.Code, bad.Line, c.code, c.line, err)
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error does not tell of %q: %v", want, err)
				}
			}
			if keys, err := rdb.Keys(t.Context(), "*").Result(); err != nil || len(keys) > 0 {
				t.Errorf("a refused file left keys %v (error %v)", keys, err)
			}
		})
	}
}

func TestImportReads(t *testing.T) {
	const text = "id,phone,name\na,090-1234-0001,佐藤 花子\nb,090-1234-0002,鈴木\n"
	sjis, err := japanese.ShiftJIS.NewEncoder().String(text)
	must(t, err)
	utf16, err := xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM).NewEncoder().String(text)
	must(t, err)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err = z.Write([]byte(text))
	must(t, errors.Join(err, z.Close()))
	for _, c := range []struct {
		name, content string
		change        func(*ListConfig)
	}{
		{name: "UTF-8", content: text},
		{name: "UTF-8 with byte order mark", content: bom + text},
		{name: "byte order mark outranks the configuration", content: bom + text, change: func(l *ListConfig) { l.Encoding = EncodingShiftJIS }},
		{name: "Shift_JIS", content: sjis, change: func(l *ListConfig) { l.Encoding = EncodingShiftJIS }},
		{name: "UTF-16", content: utf16},
		{name: "CRLF", content: strings.ReplaceAll(text, "\n", "\r\n")},
		{name: "no line end at the end", content: strings.TrimSuffix(text, "\n")},
		{name: "gzip", content: zipped.String()},
		{name: "semicolons", content: strings.ReplaceAll(text, ",", ";"), change: func(l *ListConfig) { l.Delimiter = ";" }},
		{name: "tabs", content: strings.ReplaceAll(text, ",", "\t"), change: func(l *ListConfig) { l.Delimiter = `\t` }},
		{name: "quoted", content: "\"id\",\"phone\",\"name\"\n\"a\",\"090-1234-0001\",\"佐藤 花子\"\n\"b\",\"090-1234-0002\",\"鈴木\"\n"},
		{name: "header in capitals and full width", content: strings.Replace(text, "id,phone,name", "ＩＤ, Phone ,NAME", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			rdb := newMiniredis(t)
			cfg := listIn()
			if c.change != nil {
				c.change(&cfg)
			}
			sum, err := importFile(t, rdb, cfg, writeList(t, c.content))
			must(t, err)
			if sum.Imported != 2 || sum.Read != 2 || sum.Rejects != "" {
				t.Errorf("summary: %+v", sum)
			}
			r, err := NewRedisStore(rdb).FindByNumber(t.Context(), demo, "+819012340001")
			must(t, err)
			if r.ID != "a" || r.Name != "佐藤 花子" || len(r.Fields) != 0 {
				t.Errorf("record: %+v", r)
			}
		})
	}
}

func TestImportDamagedGzip(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte("id,phone,name\n" + fillers(2, 5000)))
	must(t, errors.Join(err, z.Close()))
	_, err = importFile(t, newMiniredis(t), listIn(), writeList(t, zipped.String()[:zipped.Len()/2]))
	var bad *FileError
	if !errors.As(err, &bad) || bad.Code != FileBinary || !strings.Contains(err.Error(), "gzip") {
		t.Errorf("half of an archive: %v", err)
	}
}

func TestImportColumns(t *testing.T) {
	rdb := newMiniredis(t)
	cfg := listIn(func(l *ListConfig) {
		l.TimeZone = "Asia/Tokyo"
		l.Columns = Columns{
			Name: "氏名", TimeZone: "tz", Language: "lang", Fields: map[string]string{"plan": "契約プラン"},
			Numbers: []NumberColumn{{Column: "携帯", Type: "mobile"}, {Column: "自宅", Type: "home"}, {Column: "勤務先", Type: "work"}},
		}
	})
	path := writeList(t, strings.Join([]string{
		"携帯,氏名,自宅,勤務先,tz,lang,契約プラン,備考",
		"090-1234-0001,佐藤,,03-1234-0001 内線 12,,ja,B,foo",
		",鈴木,06-6123-0002,06-6123-0002,America/New_York,en,,",
		"090-1234-0003,高橋,bad,,,,,",
		"090-1234-0004,田中,,,Tokyo,,,",
	}, "\n"))
	sum, err := importFile(t, rdb, cfg, path)
	must(t, err)
	_, rows := readRejects(t, sum.Rejects)
	if diff := cmp.Diff([]string{"4 invalid_number", "5 bad_time_zone"}, lineAndCode(rows)); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if !strings.Contains(rows[0][2], "自宅") || !strings.Contains(rows[1][2], "Asia/Tokyo") {
		t.Errorf("reasons: %q, %q", rows[0][2], rows[1][2])
	}
	got := func(id string) *Record {
		t.Helper()
		r, err := NewRedisStore(rdb).Get(t.Context(), demo, id)
		must(t, err)
		return r
	}
	want1 := &Record{
		ID: "1", Campaign: demo, Name: "佐藤", TimeZone: "Asia/Tokyo", Language: "ja", State: Ready, Source: Source{Import: 1, Line: 2},
		Numbers: []Number{{E164: "+819012340001", Type: "mobile"}, {E164: "+81312340001", Type: "work", Extension: "12"}},
		Fields:  map[string]string{"plan": "B", "備考": "foo"},
	}
	if diff := cmp.Diff(want1, got("1")); diff != "" {
		t.Errorf("first record (-want +got):\n%s", diff)
	}
	want2 := &Record{
		ID: "2", Campaign: demo, Name: "鈴木", TimeZone: "America/New_York", Language: "en", State: Ready, Source: Source{Import: 1, Line: 3},
		Numbers: []Number{{E164: "+81661230002", Type: "home"}}, Fields: map[string]string{},
	}
	if diff := cmp.Diff(want2, got("2")); diff != "" {
		t.Errorf("second record (-want +got):\n%s", diff)
	}
}

func TestImportOverlongRow(t *testing.T) {
	rdb := newMiniredis(t)
	path := writeList(t, "id,phone,name\na,090-1234-0001,x\nb,090-1234-0002,"+strings.Repeat("long ", 2<<20)+"\nc,090-1234-0003,y\n"+
		`d,090-1234-0004,"`+strings.Repeat("open ", 1<<20)+"\ne,090-1234-0005,z\n")
	sum, err := importFile(t, rdb, listIn(), path)
	must(t, err)
	_, rows := readRejects(t, sum.Rejects)
	if diff := cmp.Diff([]string{"3 row_too_long", "5 row_too_long"}, lineAndCode(rows)); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if len(rows[0][3]) > clippedRow+10 || !strings.HasPrefix(rows[0][3], "b,090-1234-0002,long ") {
		t.Errorf("rejects keep %d bytes of the long row: %.60q", len(rows[0][3]), rows[0][3])
	}
	if sum.Imported != 3 {
		t.Errorf("imported %d rows around the long ones, want 3", sum.Imported)
	}
}

func TestImportTwice(t *testing.T) {
	rdb := newMiniredis(t)
	path := writeList(t, "id,phone,name\na,090-1234-0001,x\nb,090-1234-0001,y\n")
	first, err := importFile(t, rdb, listIn(), path)
	must(t, err)
	again, err := importFile(t, rdb, listIn(), path)
	must(t, err)
	if !again.Already || again.Imported != 1 || again.Rejects != first.Rejects || again.DuplicateCount() != 1 {
		t.Errorf("second time: %+v", again)
	}
	wantCounts(t, NewRedisStore(rdb), 1, 0, 0)

	// Read in another way it is another import, whose contacts are there already; the rejects of the first are not touched.
	other, err := importFile(t, rdb, listIn(func(l *ListConfig) { l.TimeZone = "Asia/Tokyo" }), path)
	must(t, err)
	if other.Already || other.Imported != 0 || other.Import != 2 {
		t.Errorf("read in another way: %+v", other)
	}
	_, rows := readRejects(t, other.Rejects)
	if diff := cmp.Diff([]string{"2 duplicate_id_in_list", "3 duplicate_number_in_list"}, lineAndCode(rows)); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if !strings.HasSuffix(other.Rejects, "list.rejects-2.csv") {
		t.Errorf("rejects of the second import are in %s", other.Rejects)
	}
}

func TestImportFromAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.csv")
	must(t, syscall.Mkfifo(path, 0o600))
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(path, []byte("id,phone,name\na,090-1234-0001,x\nb,none,y\n"), 0o600) }()
	sum, err := importFile(t, newMiniredis(t), listIn(), path)
	must(t, err)
	must(t, <-written)
	if sum.Imported != 1 || filepath.Base(sum.Rejects) != "pipe.rejects.csv" {
		t.Errorf("from a named pipe: %+v", sum)
	}
}

func TestImportWhoseRejectsCannotBeWritten(t *testing.T) {
	rdb := newMiniredis(t)
	req := ImportRequest{Campaign: demo, List: listIn(), Path: writeList(t, "id,phone,name\na,bad,x\nb,090-1234-0002,y\n"),
		Rejects: filepath.Join(t.TempDir(), "none", "rejects.csv")}
	if _, err := Import(t.Context(), NewRedisStore(rdb), req); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("rejects into a folder that is not there: %v", err)
	}
	wantCounts(t, NewRedisStore(rdb), 0, 0, 0)
	must(t, os.Mkdir(filepath.Dir(req.Rejects), 0o700))
	sum, err := Import(t.Context(), NewRedisStore(rdb), req)
	must(t, err)
	if sum.Imported != 1 || sum.Rejects != req.Rejects {
		t.Errorf("with the folder made: %+v", sum)
	}
}

func TestImportMendedRejects(t *testing.T) {
	rdb := newMiniredis(t)
	path := writeList(t, "id,phone,name\na,090-1234-0001,x\nb,090-1234,y\n")
	sum, err := importFile(t, rdb, listIn(), path)
	must(t, err)
	content, err := os.ReadFile(sum.Rejects)
	must(t, err)
	must(t, os.WriteFile(sum.Rejects, bytes.Replace(content, []byte("b,090-1234,"), []byte("b,090-1234-0002,"), 1), 0o600))
	again, err := importFile(t, rdb, listIn(), sum.Rejects)
	must(t, err)
	if again.Imported != 1 || again.RejectedCount() != 0 {
		t.Errorf("mended rejects: %+v", again)
	}
	r, err := NewRedisStore(rdb).Get(t.Context(), demo, "b")
	must(t, err)
	if len(r.Fields) != 0 {
		t.Errorf("columns of the rejects file became fields: %v", r.Fields)
	}
}

func TestImportRefusesWhatCannotBe(t *testing.T) {
	rdb := newMiniredis(t)
	if _, err := Import(t.Context(), NewRedisStore(rdb), ImportRequest{Campaign: "no such!", List: listIn(), Path: "x"}); err == nil {
		t.Error("an impossible campaign id was accepted")
	}
	if _, err := importFile(t, rdb, ListConfig{}, "x"); err == nil || !strings.Contains(err.Error(), "region: is required") {
		t.Errorf("empty configuration: %v", err)
	}
	if _, err := importFile(t, rdb, listIn(), filepath.Join(t.TempDir(), "none.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := importFile(t, rdb, listIn(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("directory: %v", err)
	}
}
