package desk

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/imports"
)

// Inputs and outputs of the operations on imports.
type (
	startImportInput struct {
		Kind      string `query:"kind" enum:"contacts,do-not-call" default:"contacts" doc:"what the file brings: records of a campaign's calling list, or entries of a do-not-call list" example:"contacts"`
		Campaign  string `query:"campaign" maxLength:"64" doc:"campaign's id; left out with do-not-call: the list of all campaigns" example:"spring"`
		File      string `query:"file" required:"true" minLength:"1" maxLength:"200" doc:"name of the file, for people" example:"spring-2026.csv"`
		DryRun    bool   `query:"dry_run" doc:"change nothing, and tell what would become of each row" example:"true"`
		Encoding  string `query:"encoding" enum:"utf-8,shift_jis,euc-jp,iso-8859-1,windows-1252,utf-16" doc:"of contacts: the file's character encoding, where it is another than the campaign's list.encoding" example:"shift_jis"`
		Delimiter string `query:"delimiter" enum:"comma,semicolon,tab,pipe" doc:"of contacts: what separates columns, where it is something else than the campaign's list.delimiter" example:"semicolon"`
		Region    string `query:"region" pattern:"^[A-Z]{2}$" doc:"of do-not-call entries: country whose national numbers are meant; left out: that of the campaign's list, else numbers begin with +" example:"JP"`
		Until     string `query:"until" maxLength:"40" doc:"of do-not-call entries whose row says nothing: until when, a day or a time as in RFC 3339; left out: for good" example:"2027-01-31"`
		Why       string `query:"why" maxLength:"1000" doc:"of do-not-call entries whose row says nothing: the reason; left out: the file's name" example:"opt-outs of March"`
	}
	importsInput struct {
		Before time.Time `query:"before" doc:"only those that began before this time; RFC 3339" example:"2026-04-02T00:00:00Z"`
		Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"most to answer with" example:"50"`
	}
	importInput struct {
		ID string `path:"id" maxLength:"64" doc:"import's id" example:"01jn8z6b3k5w8e2n4r"`
	}
	importsOutput struct{ Body api.Imports }
	importOutput  struct{ Body imports.Import }
)

var delimiters = map[string]string{"comma": ",", "semicolon": ";", "tab": `\t`, "pipe": "|"}

// Who may import lists.
var (
	importReader  = access{privilege: agent.ImportLists}
	importCommand = access{privilege: agent.ImportLists, command: true}
	importUpload  = access{privilege: agent.ImportLists, command: true, upload: true}
)

func (s *Server) importOperations() {
	needs := " Needs the privilege `" + string(agent.ImportLists) + "`."
	register(s, operation{
		id: "start-import", method: http.MethodPost, path: "/api/v1/imports", tag: tagImports,
		summary: "Import a list",
		description: "Takes a CSV file (plain or gzip), looks at it as a whole, and answers when it is fit to be imported; then it is imported in the background, by the same importer " +
			"as `hasshin import` and `hasshin do-not-call --file`. What its columns mean says the campaign's configuration under `list`. Rows that cannot be used, and contacts that " +
			"the list has already, go into the rejects.\n\n" +
			"A row that was taken is never lost, and never taken twice: if an import is cancelled or its process dies, the same file sent again goes on where it stopped, and a " +
			"file that was imported completely is not imported again (`already`). The file may be at most as large as `max_upload` of the configuration." + needs,
		access: importUpload, status: http.StatusAccepted, upload: uploadBody(), example: exampleImport(imports.Running),
		codes: engineCodes(dialer.CodeUnfitFile, dialer.CodeUnknownCampaign, dialer.CodeTooManyImports, dialer.CodeStoreUnavailable),
	}, s.startImport)
	register(s, operation{
		id: "list-imports", method: http.MethodGet, path: "/api/v1/imports", tag: tagImports,
		summary: "List imports",
		description: "Imports that are running and past ones, also of other processes, the newest first. They are kept for as long as `imports.keep` says. For the next page, `before` is " +
			"when the last one of this page `started`." + needs,
		access: importReader, codes: engineCodes(dialer.CodeStoreUnavailable), example: api.Imports{Imports: []imports.Import{exampleImport(imports.Finished)}, MaxUpload: 256 << 20},
	}, func(ctx context.Context, in *importsInput) (*importsOutput, error) {
		found, err := s.engine.Imports(ctx, caller(ctx).agent, in.Before, in.Limit)
		for i := range found {
			found[i].First = nil
		}
		return &importsOutput{api.Imports{Imports: mapped(found, wholeImport), MaxUpload: s.cfg.MaxUpload}}, err
	})
	codes := engineCodes(dialer.CodeUnknownImport, dialer.CodeStoreUnavailable)
	register(s, operation{
		id: "get-import", method: http.MethodGet, path: "/api/v1/imports/{id}", tag: tagImports,
		summary:     "How far is an import?",
		description: "Shows how far an import is, with the first rows that it did not take." + needs,
		access:      importReader, codes: codes, example: exampleImport(imports.Finished),
	}, func(ctx context.Context, in *importInput) (*importOutput, error) {
		return importAnswer(s.engine.Import(ctx, caller(ctx).agent, in.ID))
	})
	register(s, operation{
		id: "cancel-import", method: http.MethodPost, path: "/api/v1/imports/{id}/cancel", tag: tagImports,
		summary: "Cancel an import",
		description: "Ends an import where it is. What was imported stays; the same file sent again goes on from there. When another process runs the import and is slow to say " +
			"that it has ended, it is still running in the answer." + needs,
		access: importCommand, codes: append(codes, api.Code(dialer.CodeWrongState)), example: exampleImport(imports.Cancelled),
	}, func(ctx context.Context, in *importInput) (*importOutput, error) {
		return importAnswer(s.engine.CancelImport(ctx, caller(ctx).agent, in.ID))
	})
	register(s, operation{
		id: "get-import-rejects", method: http.MethodGet, path: "/api/v1/imports/{id}/rejects", tag: tagImports,
		summary: "Download an import's rejects",
		description: "The rows that were not taken, as `hasshin import` writes them: CSV in UTF-8 with a byte order mark; `reject_line`, `reject_code` and `reject_reason`, then the row. " +
			"Mended, it can be imported in its turn: these three columns are passed over. While the import runs these are the rejects so far." + needs,
		access: importReader, codes: append(codes, api.Code(dialer.CodeNoRejects)),
		answer: &answerDoc{"text/csv", &huma.MediaType{
			Schema:  &huma.Schema{Type: huma.TypeString},
			Example: "reject_line,reject_code,reject_reason,id,phone,name\n17,invalid_number,column phone: \"none\" is not a telephone number,C-16,none,Sato\n",
		}},
	}, func(_ context.Context, in *importInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			r, w := humago.Unwrap(hctx)
			s.serveRejects(w, r, in.ID)
		}}, nil
	})
}

func uploadBody() *huma.RequestBody {
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	return &huma.RequestBody{
		Required: true, Description: "the file",
		Content: map[string]*huma.MediaType{
			"text/csv":         {Schema: file.Schema, Example: "id,phone,name\nC-16,+81312345678,Sato\n"},
			"application/gzip": file,
		},
	}
}

func (s *Server) startImport(ctx context.Context, in *startImportInput) (*importOutput, error) {
	if strings.ContainsFunc(in.File, unicode.IsControl) {
		return nil, api.NewProblem(api.CodeBadRequest, "the file's name has control characters")
	}
	content := exchangeOf(ctx).takeUpload()
	if content == nil {
		return nil, errors.New("no file was taken in")
	}
	return importAnswer(s.engine.StartImport(ctx, caller(ctx).agent, dialer.ImportOrder{
		Kind: imports.Kind(in.Kind), Campaign: in.Campaign, Name: in.File, Content: content, DryRun: in.DryRun,
		Encoding: campaign.Encoding(in.Encoding), Delimiter: delimiters[in.Delimiter], Region: in.Region, Until: in.Until, Why: in.Why,
	}))
}

func importAnswer(im imports.Import, err error) (*importOutput, error) {
	return &importOutput{wholeImport(im)}, err
}

func wholeImport(im imports.Import) imports.Import {
	im.First = mapped(im.First, func(row imports.Row) imports.Row {
		row.Columns = filled(row.Columns)
		return row
	})
	if im.Reasons == nil {
		im.Reasons = map[string]int64{}
	}
	return im
}

// serveRejects sends rejects as they come out of Redis.
func (s *Server) serveRejects(w http.ResponseWriter, r *http.Request, id string) {
	im, err := s.engine.Import(r.Context(), caller(r.Context()).agent, id)
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	// A long file outlasts the deadline of ordinary answers.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.log.Warn().Err(err).Msg("clear write deadline")
	}
	name := strings.TrimSuffix(strings.TrimSuffix(im.File, ".gz"), ".csv") + ".rejects.csv"
	out := &lateHeader{ResponseWriter: w, header: func(h http.Header) {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		h.Set("Cache-Control", "no-store")
	}}
	switch err := s.engine.WriteImportRejects(r.Context(), caller(r.Context()).agent, id, out); {
	case err == nil:
	case !out.begun:
		writeProblem(w, r, err)
	default:
		// A file that ends early must not look whole: the connection is broken off.
		note(r.Context(), api.NewProblem(api.CodeInternal, ""), fmt.Errorf("rejects of import %s broke off: %w", id, err))
		panic(http.ErrAbortHandler)
	}
}

// lateHeader sets headers with the first byte, so that a problem can be answered as long as there is none.
type lateHeader struct {
	http.ResponseWriter
	header func(http.Header)
	begun  bool
}

func (l *lateHeader) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.header(l.Header())
	}
	return l.ResponseWriter.Write(b)
}

func exampleImport(state imports.State) imports.Import {
	began := time.Date(2026, 4, 1, 9, 30, 0, 0, time.UTC)
	im := imports.Import{
		ID: "01jn8z6b3k5w8e2n4r", Kind: imports.Contacts, Campaign: "spring", File: "spring-2026.csv", By: "sumire", ByName: "Sumire Ito", State: state, Started: began,
		Rows: 60_000, Taken: 58_700, Known: 1_100, Rejected: 200, Bytes: 3_300_000, TotalBytes: 5_500_000, Rate: 40_000,
		Reasons: map[string]int64{"duplicate_id_in_list": 900, "duplicate_number_in_list": 200, "invalid_number": 200}, HasRejects: true,
		First: []imports.Row{{Line: 17, Code: "invalid_number", Reason: `column phone: "none" is not a telephone number`, Columns: []string{"C-16", "none", "Sato"}}},
	}
	switch state {
	case imports.Running:
		im.Ends = began.Add(2500 * time.Millisecond)
	case imports.Finished:
		im.Ended = began.Add(2500 * time.Millisecond)
		im.Rows, im.Taken, im.Bytes = 100_000, 98_700, im.TotalBytes
	case imports.Cancelled:
		im.Ended, im.CancelledBy = began.Add(1500*time.Millisecond), "sumire"
	}
	return im
}
