//go:build integration

package desk_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/imports"
)

// importer is a client of the office's supervisor, once the engine runs.
func (o *office) importer() *client.Client {
	o.t.Helper()
	c, err := client.New(client.Options{URL: o.url, Token: o.token})
	noError(o.t, err)
	o.t.Cleanup(c.Close)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, err := c.Imports(o.t.Context(), time.Time{}, 1)
		if err == nil {
			return c
		}
		if time.Now().After(deadline) {
			o.t.Fatal(err)
		}
	}
}

// refused is the code of a refusal, and where a file is wrong.
func refused(err error) (api.Code, *api.Problem) {
	p := new(api.Problem)
	if !errors.As(err, &p) {
		return "", p
	}
	return p.Code, p
}

func TestTheClientImportsAList(t *testing.T) {
	o := openOffice(t)
	c, ctx := o.importer(), t.Context()
	ended := func(im imports.Import) imports.Import {
		t.Helper()
		ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
		defer cancel()
		for im.State == imports.Running {
			time.Sleep(20 * time.Millisecond)
			var err error
			im, err = c.Import(ctx, im.ID)
			noError(t, err)
		}
		return im
	}
	const list = "id,phone,name\nA,090-1234-0001,佐藤\nB,none,鈴木\nC,090-1234-0003,高橋\n"
	spring := client.ImportOrder{Campaign: "spring", File: "list.csv"}

	dry := spring
	dry.DryRun = true
	im, err := c.StartImport(ctx, dry, strings.NewReader(list))
	noError(t, err)
	if im = ended(im); im.State != imports.Finished || !im.DryRun || im.Taken != 2 || im.Rejected != 1 || len(im.First) != 1 || im.First[0].Line != 3 {
		t.Errorf("the dry run: %+v", im)
	}

	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, err = zip.Write([]byte(list))
	noError(t, err)
	noError(t, zip.Close())
	zipped := spring
	zipped.File = "list.csv.gz"
	im, err = c.StartImport(ctx, zipped, bytes.NewReader(packed.Bytes()))
	noError(t, err)
	if im = ended(im); im.State != imports.Finished || im.Taken != 2 || im.Rejected != 1 || im.By != "akira" || im.ByName != "Akira" || !im.HasRejects {
		t.Errorf("the import: %+v", im)
	}
	if counts, err := o.store.Counts(ctx, "spring"); err != nil || counts.Ready != 2 {
		t.Errorf("the list has %d records, %v", counts.Ready, err)
	}
	var rejects strings.Builder
	noError(t, c.ImportRejects(ctx, im.ID, &rejects))
	if lines := strings.Split(rejects.String(), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[1], "3,invalid_number,") || !strings.HasSuffix(lines[1], ",B,none,鈴木") {
		t.Errorf("rejects: %q", rejects.String())
	}

	entries, err := c.StartImport(ctx, client.ImportOrder{Kind: imports.DoNotCall, File: "dnc.csv", Region: "JP", Why: "opt-outs"}, strings.NewReader("number\n090-1234-0001\n"))
	noError(t, err)
	if entries = ended(entries); entries.Kind != imports.DoNotCall || entries.Taken != 1 {
		t.Errorf("the do-not-call entries: %+v", entries)
	}

	page, err := c.Imports(ctx, time.Time{}, 2)
	noError(t, err)
	if len(page.Imports) != 2 || page.Imports[0].ID != entries.ID || page.Imports[1].ID != im.ID || page.MaxUpload != 8<<20 {
		t.Errorf("the first page: %+v", page)
	}
	page, err = c.Imports(ctx, page.Imports[1].Started, 0)
	noError(t, err)
	if len(page.Imports) != 1 || !page.Imports[0].DryRun {
		t.Errorf("the second page: %+v", page)
	}
}

func TestTheClientTellsWhyAnImportIsRefused(t *testing.T) {
	o := openOffice(t)
	c, ctx := o.importer(), t.Context()
	spring := client.ImportOrder{Campaign: "spring", File: "list.csv"}
	_, err := c.StartImport(ctx, spring, strings.NewReader("number,tel\n1,2\n"))
	if code, p := refused(err); code != api.Code(dialer.CodeUnfitFile) || p.File == nil || p.File.Code != "missing_column" {
		t.Errorf("a file that is no list: %v", err)
	}
	_, err = c.StartImport(ctx, spring, strings.NewReader(strings.Repeat("x", 8<<20+1)))
	if code, _ := refused(err); code != api.CodeTooLarge {
		t.Errorf("a file that is too large: %v", err)
	}
	_, err = c.Import(ctx, "nothing")
	if code, _ := refused(err); code != api.Code(dialer.CodeUnknownImport) {
		t.Errorf("an import that is none: %v", err)
	}

	im, err := c.StartImport(ctx, spring, strings.NewReader(hundredThousand()))
	noError(t, err)
	im, err = c.CancelImport(ctx, im.ID)
	noError(t, err)
	if im.State != imports.Cancelled || im.CancelledBy != "akira" || im.Rows >= 100_000 {
		t.Errorf("cancelled: %+v", im)
	}
	_, err = c.CancelImport(ctx, im.ID)
	if code, _ := refused(err); code != api.Code(dialer.CodeWrongState) {
		t.Errorf("cancelled twice: %v", err)
	}
	err = c.ImportRejects(ctx, "nothing", new(strings.Builder))
	if code, _ := refused(err); code != api.Code(dialer.CodeUnknownImport) {
		t.Errorf("rejects of an import that is none: %v", err)
	}
}
