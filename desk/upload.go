package desk

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/hasshin/hasshin/desk/api"
)

// uploadTypes are the media types that a list can be sent as (RFC 7111 for text/csv, RFC 6713 for gzip).
var uploadTypes = []string{"text/csv", "application/gzip"}

// uploadPiece is how much of a file must arrive within the time that the whole body of another request may take.
const uploadPiece = 32 << 10

// receiveFile lets somebody in, and only then takes a file in: onto the disk, piece by piece. What it gives stands for the file where requests are compared.
func (s *Server) receiveFile(w http.ResponseWriter, r *http.Request, who access) (print []byte, err error) {
	if err := s.admit(r, who); err != nil {
		return nil, err
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil || !slices.Contains(uploadTypes, kind):
		err = api.NewProblem(api.CodeUnsupportedMedia, fmt.Sprintf("a list is sent as one of %v", uploadTypes))
	case r.ContentLength > s.cfg.MaxUpload:
		err = s.uploadTooLarge()
	default:
		print, err = s.spoolUpload(w, r)
	}
	if err != nil {
		s.readOn(w, r)
		return nil, err
	}
	r.Body = http.NoBody
	return print, nil
}

func (s *Server) uploadTooLarge() error {
	return api.NewProblem(api.CodeTooLarge, fmt.Sprintf("the limit is %d bytes (max_upload)", s.cfg.MaxUpload))
}

// readOn passes over what is left of a file that is refused: clients send it to its end before they look for an answer, and would see a broken connection instead of
// it. That of a file of more than twice the limit is broken all the same.
func (s *Server) readOn(w http.ResponseWriter, r *http.Request) {
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.bodyTimeout)); err != nil {
		return
	}
	// An error here is the client's going away, or its being too slow; the log line has the status that it was to get.
	_, _ = io.CopyN(io.Discard, r.Body, s.cfg.MaxUpload)
}

// spoolUpload writes the body to the disk.
func (s *Server) spoolUpload(w http.ResponseWriter, r *http.Request) (print []byte, err error) {
	file, err := os.CreateTemp("", "hasshin-upload-*")
	if err != nil {
		return nil, fmt.Errorf("take a file in: %w", err)
	}
	exchangeOf(r.Context()).upload = file
	if err := os.Remove(file.Name()); err != nil { // it ends with the process, whatever happens
		return nil, fmt.Errorf("take a file in: %w", err)
	}
	conn, sum := http.NewResponseController(w), sha256.New()
	for size := int64(0); ; {
		if err := conn.SetReadDeadline(time.Now().Add(s.bodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return nil, fmt.Errorf("set read deadline: %w", err)
		}
		// A disk that is full is our affair, a body that breaks off is the client's.
		from := &readErrors{Reader: io.LimitReader(r.Body, uploadPiece)}
		n, err := io.Copy(io.MultiWriter(file, sum), from)
		size += n
		switch {
		case errors.Is(from.err, os.ErrDeadlineExceeded):
			return nil, api.NewProblem(api.CodeRequestTimeout, "")
		case from.err != nil:
			return nil, api.NewProblem(api.CodeBadRequest, "the file could not be read to its end")
		case err != nil:
			return nil, fmt.Errorf("take a file in: %w", err)
		case size > s.cfg.MaxUpload:
			return nil, s.uploadTooLarge()
		}
		if n < uploadPiece {
			break
		}
	}
	// A deadline for reading must not outlast the body, see receive.
	if err := conn.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("clear read deadline: %w", err)
	}
	return sum.Sum(nil), nil
}

// readErrors tells errors of reading from those of writing.
type readErrors struct {
	io.Reader
	err error
}

func (r *readErrors) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// takeUpload gives the file that was sent to whoever closes it.
func (x *exchange) takeUpload() *os.File {
	file := x.upload
	x.upload = nil
	return file
}

// dropUpload closes a file that nobody took; it is gone then.
func (x *exchange) dropUpload() {
	if file := x.takeUpload(); file != nil {
		_ = file.Close() // nothing of it is wanted any more
	}
}
