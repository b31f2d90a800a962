package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// batch is some rows in their order.
type batch struct {
	rows     []rawRow
	from, to int64 // offsets
	line     int   // of the first row, or before it

	parsed     chan struct{} // closed when the following are set
	candidates []*candidate
	rejections []*rejection // by row; nil for a candidate
}

func (b *batch) parse(p *rowParser) {
	b.rejections = make([]*rejection, len(b.rows))
	b.candidates = make([]*candidate, 0, len(b.rows))
	for i, row := range b.rows {
		c, rej := p.parse(row)
		if b.rejections[i] = rej; c != nil {
			b.candidates = append(b.candidates, c)
		}
	}
}

// joined is how a script takes the numbers.
func (c *candidate) joined() string { return strings.Join(c.numbers, " ") }

// readBatch reads the next rows: a batch's worth, or all up to the offset until if given. With the last rows it returns io.EOF.
func (im *importer) readBatch(until string) (*batch, error) {
	b := &batch{from: im.rows.offset, line: im.rows.line, parsed: make(chan struct{})}
	for size := 0; ; {
		if until != "" {
			if fmt.Sprint(im.rows.offset) == until {
				break
			}
		} else if len(b.rows) >= im.req.BatchRows || size >= batchBytes {
			break
		}
		row, err := im.rows.next()
		if errors.Is(err, io.EOF) {
			b.to = im.rows.offset
			if b.to != im.survey.size {
				return b, &FileError{File: im.src.name, Byte: -1, Code: FileChanged,
					Message: fmt.Sprintf("it changed while it was read: it had %d bytes and has %d", im.survey.size, b.to)}
			}
			return b, io.EOF
		}
		if err != nil {
			return b, im.src.readError(err)
		}
		row.text = []byte(string(row.text))
		b.rows = append(b.rows, row)
		size += len(row.text)
	}
	b.to = im.rows.offset
	return b, nil
}

// settle counts a batch's rows and writes its rejects in the order of the file.
func (im *importer) settle(ctx context.Context, b *batch, verdicts []verdict) error {
	refused := make(map[int]verdict, len(verdicts))
	for _, v := range verdicts {
		refused[v.Index] = v
	}
	var rejected []rejection
	next := 0
	for i, row := range b.rows {
		im.counts.Read++
		rej := b.rejections[i]
		if rej == nil {
			v, no := refused[next]
			next++
			if !no {
				im.counts.Imported++
				continue
			}
			rej = im.duplicate(row, v)
		}
		im.counts.Reasons[rej.reason]++
		rejected = append(rejected, *rej)
	}
	if err := im.rejects.add(ctx, rejected); err != nil || im.req.OnReject == nil {
		return err
	}
	for _, r := range rejected {
		im.req.OnReject(Reject{Line: r.line, Reason: r.reason, Text: r.text, Fields: r.fields})
	}
	return nil
}

// duplicate words a verdict.
func (im *importer) duplicate(row rawRow, v verdict) *rejection {
	r := &rejection{line: row.line, fields: splitFields(string(row.text), im.parser.delimiter, nil)}
	where := fmt.Sprintf("import %d, line %d", v.Import, v.Line)
	inFile := v.Import == im.log.number
	if inFile {
		where = fmt.Sprintf("line %d of this file", v.Line)
	}
	switch {
	case v.Kind == "id" && inFile:
		r.reason = ReasonIDInFile
	case v.Kind == "id":
		r.reason = ReasonIDInList
	case inFile:
		r.reason = ReasonNumberInFile
	default:
		r.reason = ReasonNumberInList
	}
	owner := "record " + v.Owner
	if v.Owner == "" {
		owner = "a row before it" // in a dry run of a list whose records are numbered only when they are added
	}
	r.text = fmt.Sprintf("%s %s is that of %s already (%s)", v.Kind, v.Value, owner, where)
	return r
}
