package simulate

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hasshin/hasshin/dialer/pacing"
)

// WriteLog writes a decision log, one record a line.
func WriteLog(w io.Writer, records []pacing.Record) error {
	buffered := bufio.NewWriter(w)
	encoder := json.NewEncoder(buffered)
	for _, r := range records {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// ReadLog reads a decision log, one record a line. Errors name the line.
func ReadLog(r io.Reader) ([]pacing.Record, error) {
	var records []pacing.Record
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var record pacing.Record
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(records)+1, err)
		}
		records = append(records, record)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", len(records)+1, err)
	}
	return records, nil
}
