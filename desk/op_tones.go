package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/audio"
)

type tonesOutput struct{ Body audio.Sheet }

func (s *Server) toneOperations() {
	example := audio.NewSheet(audio.Defaults())
	held, _ := audio.ToneNamed(string(audio.Held))
	example.Tones = map[string]audio.Tone{held.Name: held}
	example.Events = map[audio.Event]string{audio.Held: held.Name}
	register(s, operation{
		id: "get-tones", method: http.MethodGet, path: "/api/v1/tones", tag: tagAgent,
		summary: "Get the tones I hear",
		description: "The notes from which a page makes the same tones that the agent's phone plays, which event plays which, and how loud the agent " +
			"wants them. The event stream tells when: an event of kind `tone` names one of `events`; one that is not among them is silent.",
		access: signedIn, example: example,
	}, func(ctx context.Context, _ *nothing) (*tonesOutput, error) {
		return &tonesOutput{s.sheet.For(caller(ctx).cfg.Tones)}, nil
	})
}
