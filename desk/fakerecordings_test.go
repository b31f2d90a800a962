package desk_test

import (
	"bytes"
	"context"
	"io"
	"slices"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/recording"
)

func (f *fakeEngine) recordCall(ctx context.Context, name, call string) (dialer.CallView, error) {
	return dialer.CallView{ID: call, State: "talking", Recording: &dialer.RecordingView{State: "recording", Allowed: []string{}}}, f.command(ctx, name+" "+call)
}

func (f *fakeEngine) StartRecording(ctx context.Context, _, call string) (dialer.CallView, error) {
	return f.recordCall(ctx, "record-start", call)
}

func (f *fakeEngine) StopRecording(ctx context.Context, _, call string) (dialer.CallView, error) {
	return f.recordCall(ctx, "record-stop", call)
}

func (f *fakeEngine) PauseRecording(ctx context.Context, _, call string) (dialer.CallView, error) {
	return f.recordCall(ctx, "record-pause", call)
}

func (f *fakeEngine) ResumeRecording(ctx context.Context, _, call string) (dialer.CallView, error) {
	return f.recordCall(ctx, "record-resume", call)
}

func (f *fakeEngine) Recordings(ctx context.Context, by string, q recording.Query) ([]recording.Meta, error) {
	if err := f.command(ctx, "recordings"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sought = q
	return slices.Clone(f.kept), nil
}

func (f *fakeEngine) Recording(_ context.Context, by, id string) (recording.Meta, error) {
	if err := f.watches(by, agent.HearRecordings); err != nil {
		return recording.Meta{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.kept {
		if m.ID == id {
			return m, nil
		}
	}
	return recording.Meta{}, no(dialer.CodeUnknownRecording, "there is no recording %q", id)
}

type closing struct{ io.ReadSeeker }

func (closing) Close() error { return nil }

func (f *fakeEngine) OpenRecording(ctx context.Context, by, id string, note bool) (recording.Meta, io.ReadSeekCloser, error) {
	m, err := f.Recording(ctx, by, id)
	if err != nil {
		return m, nil, err
	}
	if note {
		_ = f.command(ctx, "heard "+id)
	}
	return m, closing{bytes.NewReader(f.sound)}, nil
}

func (f *fakeEngine) DeleteRecording(ctx context.Context, by, id string) error {
	if _, err := f.Recording(ctx, by, id); err != nil {
		return err
	}
	return f.command(ctx, "delete-recording "+id)
}
