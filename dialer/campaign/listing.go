package campaign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// ListingDefaults is what is said of do-not-call entries as a whole; a file's lines can say otherwise of themselves.
type ListingDefaults struct {
	Campaign string // "" for the list of all campaigns
	Region   string // country whose national numbers are meant; "" for none: numbers begin with +
	Until    string // as in a file; "" for good
	By, Why  string
}

// Parse reads one entry: name is a number or id:CUSTOMER; until is a day in local time, which is included, or a time as in RFC 3339, "" for good.
func (d ListingDefaults) Parse(name, until, why string) (Listing, error) {
	l, rej := d.parse(name, until, why)
	if rej != nil {
		return l, errors.New(rej.text)
	}
	return l, nil
}

func (d ListingDefaults) parse(name, until, why string) (Listing, *rejection) {
	l := Listing{Campaign: d.Campaign, By: d.By, Why: cmp.Or(why, d.Why)}
	if customer, is := strings.CutPrefix(name, customerPrefix); is {
		if customer == "" {
			return l, &rejection{reason: ReasonBadID, text: "id: names no customer"}
		}
		l.Customers = []string{customer}
	} else {
		n, err := Normalize(name, cmp.Or(d.Region, "ZZ"))
		if err != nil {
			return l, &rejection{reason: ReasonInvalidNumber, text: err.Error()}
		}
		l.Numbers = []string{n.E164}
	}
	if until = cmp.Or(until, d.Until); until == "" {
		return l, nil
	}
	at, err := time.Parse(time.RFC3339, until)
	if day, errDay := time.ParseInLocation(time.DateOnly, until, time.Local); errDay == nil {
		at, err = day.AddDate(0, 0, 1), nil // that day included
	}
	if err != nil {
		return l, &rejection{reason: ReasonBadTime, text: fmt.Sprintf("%q is no time; expected 2027-01-31 or 2027-01-31T18:00:00+09:00", clip(until, 60))}
	}
	l.Until = at
	return l, nil
}

// Read reads the entries of a CSV file, "-" for stdin: a number or id:CUSTOMER, then if wanted until when and why. A first line without digits is its
// header; empty lines and those that begin with # are passed over. Each is given to row with its line, or with what is wrong with it. Its errors are *FileError
// and those of the file system.
func (d ListingDefaults) Read(ctx context.Context, path string, stdin io.Reader, row func(line int, l Listing, err error)) error {
	src, err := openSource(path, stdin, EncodingUTF8)
	if err != nil {
		return err
	}
	err = func() error {
		r, err := openListings(ctx, src, d)
		if err != nil {
			return err
		}
		for {
			e, err := r.next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if e.rejected != nil {
				row(e.line, e.listing, errors.New(e.rejected.text))
			} else {
				row(e.line, e.listing, nil)
			}
		}
	}()
	return errors.Join(err, src.close())
}

// listingReader reads do-not-call entries from a file that was looked at as a whole.
type listingReader struct {
	defaults ListingDefaults
	src      *source
	survey   survey
	rows     *rowReader
	decoded  bool
	first    bool // nothing was read yet
}

// listingRow is one row: an entry, or what is wrong with it.
type listingRow struct {
	line     int
	listing  Listing
	rejected *rejection
}

func openListings(ctx context.Context, src *source, d ListingDefaults) (*listingReader, error) {
	r := &listingReader{defaults: d, src: src, decoded: src.encoding.table() != nil, first: true}
	var err error
	if r.survey, err = takeStock(ctx, src); err != nil {
		return nil, err
	}
	if r.survey.size == 0 {
		return nil, &FileError{File: src.name, Byte: -1, Code: FileEmpty, Message: "there is nothing in it"}
	}
	text, err := src.text(0)
	if err != nil {
		return nil, err
	}
	r.rows = newRowReader(text, ',', 1, 0)
	return r, nil
}

// next gives the next row; io.EOF after the last.
func (r *listingReader) next() (listingRow, error) {
	for {
		raw, err := r.rows.next()
		if err != nil && !errors.Is(err, io.EOF) {
			err = r.src.readError(err)
		}
		if err != nil {
			return listingRow{}, err
		}
		first := r.first
		r.first = false
		if strings.HasPrefix(string(raw.text), "#") {
			r.first = first
			continue
		}
		row := listingRow{line: raw.line}
		refuse := func(reason Reason, text string, fields []string) (listingRow, error) {
			row.rejected = &rejection{line: raw.line, reason: reason, text: text, fields: fields}
			return row, nil
		}
		switch {
		case raw.problem != "":
			return refuse(raw.problem, explain(raw.problem), []string{printable(raw.text)})
		case !isText(raw.text, r.decoded):
			return refuse(ReasonBadEncoding, "has bytes that are no characters", []string{printable(raw.text)})
		}
		fields := splitFields(string(raw.text), ',', nil)
		cell := func(i int) string {
			if i < len(fields) {
				return strings.TrimSpace(fields[i])
			}
			return ""
		}
		if first && !strings.ContainsAny(cell(0), "0123456789") {
			continue // a header line
		}
		if row.listing, row.rejected = r.defaults.parse(cell(0), cell(1), cell(2)); row.rejected != nil {
			row.rejected.line, row.rejected.fields = raw.line, fields
		}
		return row, nil
	}
}

// DoNotCallRequest says what to put on a do-not-call list.
type DoNotCallRequest struct {
	ListingDefaults
	Name      string   // of the file, for people
	File      *os.File // plain or gzip; importing closes it
	RejectsTo *RejectsKeeper
	DryRun    bool // tell what would become of each row, and change nothing
	// OnProgress and OnReject are as in an ImportRequest.
	OnProgress func(Progress)
	OnReject   func(Reject)
}

// OpenDoNotCall looks at a whole file of do-not-call entries, as [ListingDefaults.Read] describes it. A *FileError says why it cannot be used.
//
// To import it again, after it was interrupted or not, does no harm: who is on the list already stays there, and is counted as known.
func OpenDoNotCall(ctx context.Context, store *RedisStore, req DoNotCallRequest) (*DoNotCallImport, error) {
	src, err := newSource(req.Name, req.File, EncodingUTF8)
	if err != nil {
		return nil, err
	}
	rows, err := openListings(ctx, src, req.ListingDefaults)
	if err != nil {
		return nil, errors.Join(err, src.close())
	}
	im := &DoNotCallImport{
		req: req, rows: rows, list: redisDoNotCall{store.rdb}, started: time.Now(), seen: map[string]bool{},
		sum: Summary{Campaign: req.Campaign, File: req.Name, Duplicates: map[Reason]int64{}, Rejected: map[Reason]int64{}},
	}
	im.rejects = &rejects{delimiter: ',', header: []string{"number", "until", "why"}, to: noRejects{}}
	if req.RejectsTo != nil {
		im.rejects.to = req.RejectsTo
	}
	if im.rejects.path, err = im.rejects.to.unused(); err != nil {
		return nil, errors.Join(err, src.close())
	}
	return im, nil
}
