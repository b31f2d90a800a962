package dialer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/imports"
)

// ImportOrder is what somebody wants to import.
type ImportOrder struct {
	Kind     imports.Kind
	Campaign string   // "" for the do-not-call list of all campaigns
	Name     string   // of the file, for people
	Content  *os.File // is closed, whatever happens
	DryRun   bool

	Encoding  campaign.Encoding // of contacts: other than the campaign's list has, "" for the same
	Delimiter string            // likewise

	Region, Until, Why string // of do-not-call entries, as in a campaign.ListingDefaults
}

// StartImport looks at a file, and imports it in the background. It needs the privilege lists.import. CodeUnfitFile says why a file cannot be used.
func (e *Engine) StartImport(ctx context.Context, agentID string, o ImportOrder) (imports.Import, error) {
	order, err := e.importOrder(agentID, o)
	if err != nil {
		if errClose := o.Content.Close(); errClose != nil {
			e.log.Warn().Err(errClose).Msg("a file that was not imported did not close")
		}
		return imports.Import{}, err
	}
	im, err := e.imports.Start(ctx, order, e.importBegan)
	return e.whose(im), importError(err)
}

func (e *Engine) importOrder(agentID string, o ImportOrder) (imports.Order, error) {
	if err := e.mayImport(agentID); err != nil {
		return imports.Order{}, err
	}
	order := imports.Order{ID: newID(), Kind: o.Kind, Campaign: o.Campaign, Name: o.Name, Content: o.Content, By: agentID, DryRun: o.DryRun}
	c, known := e.cfg.Campaigns[o.Campaign]
	if !known && (o.Campaign != "" || o.Kind != imports.DoNotCall) {
		err := refuse(CodeUnknownCampaign, "there is no campaign %q", o.Campaign)
		err.Allowed = sortedKeys(e.cfg.Campaigns)
		return order, err
	}
	if o.Kind == imports.DoNotCall {
		order.Listing = campaign.ListingDefaults{Campaign: o.Campaign, Region: cmp.Or(o.Region, c.List.Region), Until: o.Until, By: agentID, Why: cmp.Or(o.Why, o.Name)}
		return order, nil
	}
	order.List = c.List
	order.List.Encoding, order.List.Delimiter = cmp.Or(o.Encoding, c.List.Encoding), cmp.Or(o.Delimiter, c.List.Delimiter)
	var err error
	if order.Arrange, err = c.Arrange(); err != nil {
		return order, fmt.Errorf("campaign %s: %w", o.Campaign, err)
	}
	return order, nil
}

// mayImport refuses those who may not import lists.
func (e *Engine) mayImport(agentID string) error {
	a, err := e.agent(agentID)
	if err != nil {
		return err
	}
	if !e.cfg.Privileges.Can(agent.ImportLists, a.cfg, agent.Change{}) {
		return without(agent.ImportLists, "to import lists needs the privilege %s", agent.ImportLists)
	}
	if e.imports == nil {
		return refuse(CodeStoreUnavailable, "this process imports no lists")
	}
	return nil
}

// Imports lists imports, the newest first. It needs the privilege lists.import.
func (e *Engine) Imports(ctx context.Context, agentID string, before time.Time, limit int) ([]imports.Import, error) {
	if err := e.mayImport(agentID); err != nil {
		return nil, err
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	found, err := e.imports.List(ctx, before, limit)
	for i, im := range found {
		found[i] = e.whose(im)
	}
	return found, importError(err)
}

// whose fills in what people call the one who began an import.
func (e *Engine) whose(im imports.Import) imports.Import {
	im.ByName = e.nameOf(im.By)
	return im
}

// Import tells how far an import is. It needs the privilege lists.import.
func (e *Engine) Import(ctx context.Context, agentID, id string) (imports.Import, error) {
	if err := e.mayImport(agentID); err != nil {
		return imports.Import{}, err
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	im, err := e.imports.Get(ctx, id)
	return e.whose(im), importError(err)
}

// CancelImport ends an import where it is: what was imported stays. It needs the privilege lists.import.
func (e *Engine) CancelImport(ctx context.Context, agentID, id string) (imports.Import, error) {
	if err := e.mayImport(agentID); err != nil {
		return imports.Import{}, err
	}
	im, err := e.imports.Cancel(ctx, id, agentID)
	if errors.Is(err, imports.ErrOver) {
		over := refuse(CodeWrongState, "the import has ended")
		over.State = string(im.State)
		return e.whose(im), over
	}
	return e.whose(im), importError(err)
}

// WriteImportRejects writes the rows that an import has not taken, as the command does: CSV with line, code and reason before the row. It needs the privilege
// lists.import.
func (e *Engine) WriteImportRejects(ctx context.Context, agentID, id string, w io.Writer) error {
	if err := e.mayImport(agentID); err != nil {
		return err
	}
	return importError(e.imports.WriteRejects(ctx, id, w))
}

// importError says for the API what went wrong.
func importError(err error) error {
	var unfit *campaign.FileError
	switch {
	case err == nil, errors.As(err, new(*Error)), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &unfit):
		return &Error{Code: CodeUnfitFile, Message: unfit.Error(), File: unfit}
	case errors.Is(err, imports.ErrUnknown):
		return refuse(CodeUnknownImport, "there is no such import, or it was forgotten")
	case errors.Is(err, campaign.ErrRejectsGone):
		return refuse(CodeNoRejects, "the import has no rejects that are kept")
	case errors.Is(err, imports.ErrTooMany):
		return refuse(CodeTooManyImports, "this process runs as many imports as it may; try again when one has ended")
	case errors.Is(err, imports.ErrStopping):
		return refuse(CodeShuttingDown, "the server is starting or stopping")
	}
	return &Error{Code: CodeStoreUnavailable, Message: "imports cannot be kept or read now", Err: err}
}

// importBegan writes an import into the audit log, before its first row is imported. A dry run does nothing that would have to be known.
func (e *Engine) importBegan(ctx context.Context, im imports.Import) error {
	if im.DryRun {
		return nil
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	return e.auditLog.Begin(ctx, audit.Entry{ID: im.ID, Kind: audit.Import, By: im.By, Campaign: im.Campaign, File: im.File, From: im.Started})
}

// importEnded writes down how it ended.
func (e *Engine) importEnded(ctx context.Context, im imports.Import) {
	if im.DryRun {
		return
	}
	how := fmt.Sprintf("%s: %d rows read, %d taken, %d known, %d rejected", im.State, im.Rows, im.Taken, im.Known, im.Rejected)
	if im.CancelledBy != "" && im.CancelledBy != im.By {
		how += ", cancelled by " + im.CancelledBy
	}
	if im.Kind == imports.DoNotCall {
		how = "do-not-call list, " + how
	}
	if err := e.auditLog.End(ctx, im.ID, im.Ended, how); err != nil {
		e.log.Error().Err(err).Str("import", im.ID).Msg("the end of an import cannot be written into the audit log")
	}
}
