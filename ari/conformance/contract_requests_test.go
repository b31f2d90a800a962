package conformance_test

import (
	"context"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// nothing is the result of a request without one.
func nothing(err error) (any, error) { return nil, err }

// pair makes a result of any kind one of kind any.
func pair[T any](v T, err error) (any, error) { return v, err }

var (
	vars      = map[string]string{"CASE": "42"}
	originate = ari.Originate{
		Endpoint: "PJSIP/1", App: "a", AppArgs: []string{"x"}, Context: "c", Extension: "e", Priority: 1, Label: "l", CallerID: "i",
		Timeout: time.Second, Variables: vars, Originator: "o", OtherChannelID: "2", Formats: []string{"ulaw"},
	}
	create = ari.CreateChannel{
		Endpoint: "PJSIP/1", App: "a", AppArgs: []string{"x"}, ChannelID: "1", OtherChannelID: "2", Originator: "o",
		Formats: []string{"ulaw"}, Variables: vars,
	}
	play = ari.Play{
		Media: []string{"sound:x"}, Lang: "en", Offset: time.Second, Skip: time.Second,
	}
	bridgePlay = ari.Play{
		Media: []string{"sound:x"}, Lang: "en", Offset: time.Second, Skip: time.Second, Format: "slin16",
	}
	recordOf = ari.Record{
		Name: "n", Format: "wav", MaxDuration: time.Second, MaxSilence: time.Second, IfExists: "append", Beep: true, TerminateOn: "#",
	}
	snoop   = ari.Snoop{Spy: ari.Both, Whisper: ari.Out, App: "a", AppArgs: []string{"x"}}
	message = ari.Message{To: "t", From: "f", Body: "b", Variables: vars}
	refer   = ari.Refer{To: "t", From: "f", ReferTo: "r", ToSelf: true, Variables: vars}
)

// named gives a play request an id.
func named(o ari.Play) ari.Play {
	o.PlaybackID = "p"
	return o
}

// clientMethods are the exported methods of the client's resources, "Channels.Get".
func clientMethods() []string {
	var out []string
	client := reflect.TypeFor[ari.Client]()
	for i := range client.NumField() {
		field := client.Field(i)
		if !field.IsExported() || field.Type.Kind() != reflect.Pointer {
			continue
		}
		for m := range field.Type.NumMethod() {
			out = append(out, field.Name+"."+field.Type.Method(m).Name)
		}
	}
	return out
}

// clientRequest is a request that the client can make.
type clientRequest struct {
	name string // the method, with a word after it where there are several
	make func(ctx context.Context, c *ari.Client) (any, error)
}

func (r clientRequest) method() string {
	name, _, _ := strings.Cut(r.name, " ")
	return name
}

// clientRequests are the requests of all methods of the client, with everything that can be given.
var clientRequests = []clientRequest{
	{"Channels.Originate", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Channels.Originate(ctx, originate))
	}},
	{"Channels.Originate with an id", func(ctx context.Context, c *ari.Client) (any, error) {
		o := originate
		o.ChannelID = "1"
		return pair(c.Channels.Originate(ctx, o))
	}},
	{"Channels.Create", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Channels.Create(ctx, create)) }},
	{"Channels.Dial", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.Dial(ctx, "1", ari.DialOptions{Caller: "2", Timeout: time.Second}))
	}},
	{"Channels.Get", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Channels.Get(ctx, "1")) }},
	{"Channels.List", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Channels.List(ctx)) }},
	{"Channels.Hangup", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.Hangup(ctx, "1", ari.HangupBusy))
	}},
	{"Channels.Hangup with a cause", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.Hangup(ctx, "1", ari.Cause(21)))
	}},
	{"Channels.Continue", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.Continue(ctx, "1", ari.Continue{Context: "c", Extension: "e", Priority: 1, Label: "l"}))
	}},
	{"Channels.Move", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.Move(ctx, "1", "a", "x"))
	}},
	{"Channels.Redirect", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.Redirect(ctx, "1", "PJSIP/2"))
	}},
	{"Channels.Answer", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Channels.Answer(ctx, "1")) }},
	{"Channels.Ring", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Channels.Ring(ctx, "1")) }},
	{"Channels.StopRing", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Channels.StopRing(ctx, "1")) }},
	{"Channels.Progress", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Channels.Progress(ctx, "1")) }},
	{"Channels.TransferProgress", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.TransferProgress(ctx, "1", "channel_answered"))
	}},
	{"Channels.RTPStatistics", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Channels.RTPStatistics(ctx, "1")) }},
	{"Channels.SendDTMF", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.SendDTMF(ctx, "1", ari.DTMF{
			Digits: "1", Before: time.Second, Between: time.Second, Duration: time.Second, After: time.Second,
		}))
	}},
	{"Channels.Mute", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.Mute(ctx, "1", ari.Both))
	}},
	{"Channels.Unmute", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.Unmute(ctx, "1", ari.Both))
	}},
	{"Channels.Hold", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Channels.Hold(ctx, "1")) }},
	{"Channels.Unhold", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Channels.Unhold(ctx, "1")) }},
	{"Channels.StartMOH", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.StartMOH(ctx, "1", "m"))
	}},
	{"Channels.StopMOH", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Channels.StopMOH(ctx, "1")) }},
	{"Channels.StartSilence", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.StartSilence(ctx, "1"))
	}},
	{"Channels.StopSilence", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.StopSilence(ctx, "1"))
	}},
	{"Channels.Play", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Channels.Play(ctx, "1", play)) }},
	{"Channels.Play with an id", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Channels.Play(ctx, "1", named(play)))
	}},
	{"Channels.Record", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Channels.Record(ctx, "1", recordOf))
	}},
	{"Channels.Variable", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Channels.Variable(ctx, "1", "V")) }},
	{"Channels.SetVariable", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.SetVariable(ctx, "1", "V", "v"))
	}},
	{"Channels.Variables", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Channels.Variables(ctx, "1", "V"))
	}},
	{"Channels.SetVariables", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Channels.SetVariables(ctx, "1", vars))
	}},
	{"Channels.Snoop", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Channels.Snoop(ctx, "1", snoop)) }},
	{"Channels.Snoop with an id", func(ctx context.Context, c *ari.Client) (any, error) {
		o := snoop
		o.SnoopID = "2"
		return pair(c.Channels.Snoop(ctx, "1", o))
	}},
	{"Channels.ExternalMedia", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Channels.ExternalMedia(ctx, ari.ExternalMedia{
			ChannelID: "1", App: "a", ExternalHost: "h:1", Encapsulation: "rtp", Transport: "udp", ConnectionType: "client", Format: "ulaw",
			Direction: "both", Data: "d", TransportData: "t", Variables: vars,
		}))
	}},
	{"Channels.Claim", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Channels.Claim(ctx, "1", "a")) }},

	{"Bridges.Create", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Bridges.Create(ctx, ari.CreateBridge{Type: "mixing", Name: "n", Variables: vars}))
	}},
	{"Bridges.Create with an id", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Bridges.Create(ctx, ari.CreateBridge{ID: "b", Type: "mixing", Name: "n", Variables: vars}))
	}},
	{"Bridges.List", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Bridges.List(ctx)) }},
	{"Bridges.Get", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Bridges.Get(ctx, "b")) }},
	{"Bridges.Destroy", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Bridges.Destroy(ctx, "b")) }},
	{"Bridges.AddChannel", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Bridges.AddChannel(ctx, "b", ari.AddChannel{
			Channels: []string{"1"}, Role: "announcer", AbsorbDTMF: true, Mute: true, InhibitConnectedLineUpdates: true,
		}))
	}},
	{"Bridges.RemoveChannel", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Bridges.RemoveChannel(ctx, "b", "1"))
	}},
	{"Bridges.StartMOH", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Bridges.StartMOH(ctx, "b", "m"))
	}},
	{"Bridges.StopMOH", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Bridges.StopMOH(ctx, "b")) }},
	{"Bridges.Play", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Bridges.Play(ctx, "b", bridgePlay))
	}},
	{"Bridges.Play with an id", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Bridges.Play(ctx, "b", named(bridgePlay)))
	}},
	{"Bridges.Record", func(ctx context.Context, c *ari.Client) (any, error) {
		o := recordOf
		o.Recorder = "slin16"
		return pair(c.Bridges.Record(ctx, "b", o))
	}},
	{"Bridges.SetVideoSource", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Bridges.SetVideoSource(ctx, "b", "1"))
	}},
	{"Bridges.ClearVideoSource", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Bridges.ClearVideoSource(ctx, "b"))
	}},
	{"Bridges.Variable", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Bridges.Variable(ctx, "b", "V")) }},
	{"Bridges.SetVariable", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Bridges.SetVariable(ctx, "b", "V", "v"))
	}},
	{"Bridges.Variables", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Bridges.Variables(ctx, "b", "V")) }},
	{"Bridges.SetVariables", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Bridges.SetVariables(ctx, "b", vars))
	}},

	{"Playbacks.Get", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Playbacks.Get(ctx, "p")) }},
	{"Playbacks.Stop", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Playbacks.Stop(ctx, "p")) }},
	{"Playbacks.Control", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Playbacks.Control(ctx, "p", ari.Pause))
	}},

	{"Recordings.ListStored", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Recordings.ListStored(ctx)) }},
	{"Recordings.GetStored", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Recordings.GetStored(ctx, "n")) }},
	{"Recordings.StoredFile", func(ctx context.Context, c *ari.Client) (any, error) {
		file, err := c.Recordings.StoredFile(ctx, "n")
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return io.ReadAll(file)
	}},
	{"Recordings.CopyStored", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Recordings.CopyStored(ctx, "n", "m"))
	}},
	{"Recordings.DeleteStored", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Recordings.DeleteStored(ctx, "n"))
	}},
	{"Recordings.GetLive", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Recordings.GetLive(ctx, "n")) }},
	{"Recordings.CancelLive", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Recordings.CancelLive(ctx, "n"))
	}},
	{"Recordings.StopLive", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Recordings.StopLive(ctx, "n")) }},
	{"Recordings.PauseLive", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Recordings.PauseLive(ctx, "n"))
	}},
	{"Recordings.UnpauseLive", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Recordings.UnpauseLive(ctx, "n"))
	}},
	{"Recordings.MuteLive", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Recordings.MuteLive(ctx, "n")) }},
	{"Recordings.UnmuteLive", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Recordings.UnmuteLive(ctx, "n"))
	}},

	{"Endpoints.List", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Endpoints.List(ctx)) }},
	{"Endpoints.ListByTech", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Endpoints.ListByTech(ctx, "PJSIP"))
	}},
	{"Endpoints.Get", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Endpoints.Get(ctx, "PJSIP", "1")) }},
	{"Endpoints.SendMessage", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Endpoints.SendMessage(ctx, message))
	}},
	{"Endpoints.SendMessageToEndpoint", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Endpoints.SendMessageToEndpoint(ctx, "PJSIP", "1", message))
	}},
	{"Endpoints.Refer", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Endpoints.Refer(ctx, refer)) }},
	{"Endpoints.ReferToEndpoint", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Endpoints.ReferToEndpoint(ctx, "PJSIP", "1", refer))
	}},

	{"Applications.List", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Applications.List(ctx)) }},
	{"Applications.Get", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Applications.Get(ctx, "a")) }},
	{"Applications.Subscribe", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Applications.Subscribe(ctx, "a", "channel:1"))
	}},
	{"Applications.Unsubscribe", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Applications.Unsubscribe(ctx, "a", "channel:1"))
	}},
	{"Applications.SetEventFilter", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Applications.SetEventFilter(ctx, "a", ari.EventFilter{Allowed: []string{"Dial"}, Disallowed: []string{"ChannelVarset"}}))
	}},

	{"Asterisk.Info", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Asterisk.Info(ctx, "system")) }},
	{"Asterisk.Ping", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Asterisk.Ping(ctx)) }},
	{"Asterisk.Variable", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Asterisk.Variable(ctx, "V")) }},
	{"Asterisk.SetVariable", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Asterisk.SetVariable(ctx, "V", "v"))
	}},
	{"Asterisk.GetObject", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Asterisk.GetObject(ctx, "res_pjsip", "aor", "1"))
	}},
	{"Asterisk.UpdateObject", func(ctx context.Context, c *ari.Client) (any, error) {
		return pair(c.Asterisk.UpdateObject(ctx, "res_pjsip", "aor", "1", []ari.ConfigTuple{{Attribute: "a", Value: "v"}}))
	}},
	{"Asterisk.DeleteObject", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Asterisk.DeleteObject(ctx, "res_pjsip", "aor", "1"))
	}},
	{"Asterisk.ListModules", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Asterisk.ListModules(ctx)) }},
	{"Asterisk.GetModule", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Asterisk.GetModule(ctx, "m")) }},
	{"Asterisk.LoadModule", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Asterisk.LoadModule(ctx, "m")) }},
	{"Asterisk.UnloadModule", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Asterisk.UnloadModule(ctx, "m"))
	}},
	{"Asterisk.ReloadModule", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Asterisk.ReloadModule(ctx, "m"))
	}},
	{"Asterisk.ListLogging", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Asterisk.ListLogging(ctx)) }},
	{"Asterisk.AddLog", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Asterisk.AddLog(ctx, "l", "error"))
	}},
	{"Asterisk.DeleteLog", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Asterisk.DeleteLog(ctx, "l")) }},
	{"Asterisk.RotateLog", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Asterisk.RotateLog(ctx, "l")) }},

	{"Sounds.List", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Sounds.List(ctx, "en", "wav")) }},
	{"Sounds.Get", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Sounds.Get(ctx, "s")) }},
	{"DeviceStates.List", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.DeviceStates.List(ctx)) }},
	{"DeviceStates.Get", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.DeviceStates.Get(ctx, "d")) }},
	{"DeviceStates.Update", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.DeviceStates.Update(ctx, "d", "INUSE"))
	}},
	{"DeviceStates.Delete", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.DeviceStates.Delete(ctx, "d")) }},
	{"Mailboxes.List", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Mailboxes.List(ctx)) }},
	{"Mailboxes.Get", func(ctx context.Context, c *ari.Client) (any, error) { return pair(c.Mailboxes.Get(ctx, "m")) }},
	{"Mailboxes.Update", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.Mailboxes.Update(ctx, "m", 1, 2))
	}},
	{"Mailboxes.Delete", func(ctx context.Context, c *ari.Client) (any, error) { return nothing(c.Mailboxes.Delete(ctx, "m")) }},
	{"UserEvent", func(ctx context.Context, c *ari.Client) (any, error) {
		return nothing(c.UserEvent(ctx, "e", "a", []string{"channel:1"}, map[string]any{"k": "v"}))
	}},
}
