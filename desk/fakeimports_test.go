package desk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/imports"
)

func (f *fakeEngine) StartImport(ctx context.Context, by string, o dialer.ImportOrder) (imports.Import, error) {
	content, err := io.ReadAll(io.NewSectionReader(o.Content, 0, 1<<30))
	err = errors.Join(err, o.Content.Close())
	if err != nil {
		return imports.Import{}, err
	}
	f.mu.Lock()
	f.serial++
	im := imports.Import{ID: fmt.Sprint("i", f.serial), Kind: o.Kind, Campaign: o.Campaign, File: o.Name, By: by, DryRun: o.DryRun, State: imports.Running, TotalBytes: int64(len(content))}
	f.mu.Unlock()
	if err := f.command(ctx, fmt.Sprintf("import %s %s %s %d bytes", o.Campaign, o.Name, o.Delimiter, len(content))); err != nil {
		return imports.Import{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.imported = append(f.imported, im)
	return im, nil
}

func (f *fakeEngine) Imports(context.Context, string, time.Time, int) ([]imports.Import, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.imported, nil
}

func (f *fakeEngine) Import(_ context.Context, _, id string) (imports.Import, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, im := range f.imported {
		if im.ID == id {
			return im, nil
		}
	}
	return imports.Import{}, no(dialer.CodeUnknownImport, "there is no such import")
}

func (f *fakeEngine) CancelImport(ctx context.Context, by, id string) (imports.Import, error) {
	im, err := f.Import(ctx, by, id)
	if err != nil {
		return im, err
	}
	im.State, im.CancelledBy = imports.Cancelled, by
	return im, f.command(ctx, "cancel-import "+id)
}

func (f *fakeEngine) WriteImportRejects(ctx context.Context, by, id string, w io.Writer) error {
	if _, err := f.Import(ctx, by, id); err != nil {
		return err
	}
	f.mu.Lock()
	text, broken := f.rejects, f.torn
	f.mu.Unlock()
	if text == "" {
		return no(dialer.CodeNoRejects, "no rejects")
	}
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	return broken
}
