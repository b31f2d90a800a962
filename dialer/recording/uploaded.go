package recording

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// UploadState is how far the upload of a recording has come.
type UploadState string

// The states.
const (
	UploadWaiting UploadState = "waiting"  // not confirmed yet; it is tried until it is
	Uploaded      UploadState = "uploaded" // the storage has confirmed that it has all of it
)

// Upload is what is known of a recording's upload.
type Upload struct {
	State     UploadState `json:"state" enum:"waiting,uploaded" doc:"waiting: not confirmed yet, it is tried until it is; uploaded: the storage has all of it"`
	Bucket    string      `json:"bucket" doc:"bucket of the storage"`
	Object    string      `json:"object" doc:"name of the object in the bucket"`
	Confirmed time.Time   `json:"confirmed,omitzero" doc:"when the storage confirmed it"`
	Tries     int         `json:"tries,omitempty" doc:"how often it was tried in vain"`
	Problem   string      `json:"problem,omitempty" doc:"why the last try was in vain"`
	Only      bool        `json:"only,omitempty" doc:"the storage alone has the file; hasshin's disk has it no more"`
}

//go:embed replace.lua
var replaceLua string

var replaceScript = redis.NewScript(replaceLua)

const keyUpload = "hs:{recordings}:upload"

// waits tells whether a recording is to be uploaded.
func (m Meta) waits() bool { return m.Upload != nil && m.Upload.State == UploadWaiting }

// Replace stores what is known of a recording anew. Errors: [ErrUnknown] when it was deleted meanwhile.
func (s *Store) Replace(ctx context.Context, m Meta) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode recording %s: %w", m.ID, err)
	}
	waits := "0"
	if m.waits() {
		waits = "1"
	}
	written, err := replaceScript.Run(ctx, s.rdb, []string{keyMeta, keyUpload}, m.ID, text, waits).Int()
	switch {
	case err != nil:
		return fmt.Errorf("write recording %s: %w", m.ID, err)
	case written == 0:
		return ErrUnknown
	}
	return nil
}

// Waiting lists the recordings that wait to be uploaded.
func (s *Store) Waiting(ctx context.Context) ([]Meta, error) {
	return s.members(ctx, keyUpload, "recordings to be uploaded")
}
