package api

import "github.com/hasshin/hasshin/dialer/imports"

// Imports is a page of imports.
type Imports struct {
	Imports   []imports.Import `json:"imports" doc:"the newest first; the first rows that each rejected are only in the answer about the one import"`
	MaxUpload int64            `json:"max_upload" doc:"the largest file that can be sent, in bytes" example:"268435456"`
}
