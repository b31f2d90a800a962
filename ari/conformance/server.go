package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/hasshin/hasshin/ari"
)

// server is what concerns Asterisk as a whole: information, variables, dynamic configuration, modules, logs, endpoints, sounds, states.
var server = []story{
	{"ping and info", func(l *lab) {
		pong, err := l.Asterisk.Ping(l.ctx)
		l.must(err)
		if pong.Ping != "pong" || pong.AsteriskID == "" || pong.Timestamp.IsZero() {
			l.Errorf("ping: %+v", pong)
		}
		info, err := l.Asterisk.Info(l.ctx)
		l.must(err)
		if !strings.HasPrefix(info.System.Version, "22.") || info.Build.OS != "Linux" || info.Status.StartupTime.IsZero() {
			l.Errorf("info: %+v", info)
		}
		only, err := l.Asterisk.Info(l.ctx, "system")
		l.must(err)
		if only.System.Version != info.System.Version || only.Build.OS != "" {
			l.Errorf("info only of the system: %+v", only)
		}
	}},
	{"wrong password", func(l *lab) {
		cfg := l.target.Config(l.app)
		cfg.Password = "wrong"
		client, err := ari.New(cfg)
		l.must(err)
		defer client.Close()
		_, err = client.Channels.List(l.ctx)
		l.refused(err, http.StatusUnauthorized, "Authentication required", ari.ErrUnauthorized)
	}},
	{"global variables", func(l *lab) {
		name := strings.ToUpper(strings.ReplaceAll(l.app, "-", "_"))
		l.must(l.Asterisk.SetVariable(l.ctx, name, "value"))
		got, err := l.Asterisk.Variable(l.ctx, name)
		l.must(err)
		if got != "value" {
			l.Errorf("%s = %q", name, got)
		}
		got, err = l.Asterisk.Variable(l.ctx, name+"_UNSET")
		l.must(err)
		if got != "" {
			l.Errorf("unset variable = %q", got)
		}
		_, err = l.Asterisk.Variable(l.ctx, "")
		l.refused(err, http.StatusBadRequest, "Variable name is required")
	}},
	{"dynamic configuration: a phone is pushed, seen and removed", func(l *lab) {
		id := l.id("phone")
		_, err := l.Asterisk.UpdateObject(l.ctx, "res_pjsip", "auth", id, []ari.ConfigTuple{
			{Attribute: "auth_type", Value: "userpass"}, {Attribute: "username", Value: id}, {Attribute: "password", Value: "secret"},
		})
		l.must(err)
		_, err = l.Asterisk.UpdateObject(l.ctx, "res_pjsip", "aor", id, []ari.ConfigTuple{{Attribute: "max_contacts", Value: "1"}})
		l.must(err)
		fields, err := l.Asterisk.UpdateObject(l.ctx, "res_pjsip", "endpoint", id, []ari.ConfigTuple{
			{Attribute: "auth", Value: id}, {Attribute: "aors", Value: id}, {Attribute: "allow", Value: "!all,ulaw"},
		})
		l.must(err)
		if !slices.Contains(fields, ari.ConfigTuple{Attribute: "auth", Value: id}) {
			l.Errorf("response: %v", fields)
		}
		got, err := l.Asterisk.GetObject(l.ctx, "res_pjsip", "endpoint", id)
		l.must(err)
		if !slices.Contains(got, ari.ConfigTuple{Attribute: "aors", Value: id}) {
			l.Errorf("object: %v", got)
		}
		endpoint, err := l.Endpoints.Get(l.ctx, "PJSIP", id)
		l.must(err)
		if endpoint.State != "offline" || endpoint.Resource != id || endpoint.Technology != "PJSIP" {
			l.Errorf("endpoint: %+v", endpoint)
		}
		_, err = l.Channels.Originate(l.ctx, ari.Originate{Endpoint: "PJSIP/" + id, App: l.app})
		l.refused(err, http.StatusInternalServerError, "Allocation failed", ari.ErrAllocationFailed)
		for _, kind := range []string{"endpoint", "aor", "auth"} {
			l.must(l.Asterisk.DeleteObject(l.ctx, "res_pjsip", kind, id))
		}
		_, err = l.Asterisk.GetObject(l.ctx, "res_pjsip", "endpoint", id)
		l.refused(err, http.StatusNotFound, "Object with id '{phone}' not found", ari.ErrNotFound)
	}},
	{"dynamic configuration: mistakes", func(l *lab) {
		get := func(class, kind string) error {
			_, err := l.Asterisk.GetObject(l.ctx, class, kind, l.id("x"))
			return err
		}
		l.refused(get("no_such_class", "endpoint"), http.StatusNotFound, "configClass 'no_such_class' not found", ari.ErrNotFound)
		l.refused(get("res_pjsip", "no_such_type"), http.StatusNotFound, "objectType 'no_such_type' not found")
		l.refused(l.Asterisk.DeleteObject(l.ctx, "res_pjsip", "auth", l.id("x")), http.StatusNotFound, "Object with id '{x}' not found")
		_, err := l.Asterisk.UpdateObject(l.ctx, "res_pjsip", "endpoint", l.id("x"), []ari.ConfigTuple{{Attribute: "no_such_field", Value: "1"}})
		l.refused(err, http.StatusBadRequest, "Creation of object '{x}' failed field value validation", ari.ErrBadRequest)
	}},
	{"modules", func(l *lab) {
		list, err := l.Asterisk.ListModules(l.ctx)
		l.must(err)
		if !slices.ContainsFunc(list, func(m ari.Module) bool { return m.Name == "chan_pjsip.so" }) {
			l.Error("chan_pjsip.so not in the list")
		}
		module, err := l.Asterisk.GetModule(l.ctx, "chan_pjsip.so")
		l.must(err)
		if module.Status != "Running" || module.Description != "PJSIP Channel Driver" {
			l.Errorf("module: %+v", module)
		}
		l.refused(l.Asterisk.LoadModule(l.ctx, "chan_pjsip.so"), http.StatusConflict, "Module is already loaded", ari.ErrConflict)
		_, err = l.Asterisk.GetModule(l.ctx, "no_such.so")
		l.refused(err, http.StatusNotFound, "Module could not be found in running modules", ari.ErrNotFound)
		l.refused(l.Asterisk.UnloadModule(l.ctx, "no_such.so"), http.StatusNotFound, "Module not found in running modules")
		l.refused(l.Asterisk.ReloadModule(l.ctx, "no_such.so"), http.StatusNotFound, "Module not found in running modules")
	}},
	{"log channels", func(l *lab) {
		name := l.app + ".log"
		l.must(l.Asterisk.AddLog(l.ctx, name, "error"))
		l.refused(l.Asterisk.AddLog(l.ctx, name, "error"), http.StatusConflict, "Log channel already exists", ari.ErrConflict)
		list, err := l.Asterisk.ListLogging(l.ctx)
		l.must(err)
		if !slices.ContainsFunc(list, func(c ari.LogChannel) bool { return strings.HasSuffix(c.Channel, name) }) {
			l.Errorf("not in %+v", list)
		}
		l.must(l.Asterisk.DeleteLog(l.ctx, name))
		l.refused(l.Asterisk.DeleteLog(l.ctx, name), http.StatusNotFound, "Log channel does not exist", ari.ErrNotFound)
		l.refused(l.Asterisk.RotateLog(l.ctx, name), http.StatusNotFound, "Log channel does not exist", ari.ErrNotFound)
		l.must(l.Asterisk.AddLog(l.ctx, "rotated-"+name, "error"))
		l.must(l.Asterisk.RotateLog(l.ctx, "rotated-"+name))
		l.refused(l.Asterisk.AddLog(l.ctx, name, ""), http.StatusBadRequest, "Configuration levels are required")
	}},
	{"endpoints", func(l *lab) {
		trunk, err := l.Endpoints.Get(l.ctx, "PJSIP", "carrier")
		l.must(err)
		if trunk.State != "online" {
			l.Errorf("carrier: %+v", trunk)
		}
		list, err := l.Endpoints.ListByTech(l.ctx, "PJSIP")
		l.must(err)
		if !slices.ContainsFunc(list, func(e ari.Endpoint) bool { return e.Resource == "carrier" }) {
			l.Errorf("carrier is not in %+v", list)
		}
		_, err = l.Endpoints.Get(l.ctx, "PJSIP", "nobody")
		l.refused(err, http.StatusNotFound, "Endpoint not found", ari.ErrNotFound)
		_, err = l.Endpoints.ListByTech(l.ctx, "Pigeon")
		l.refused(err, http.StatusNotFound, "No Endpoints found - invalid tech Pigeon", ari.ErrNotFound)
	}},
	{"sounds", func(l *lab) {
		sound, err := l.Sounds.Get(l.ctx, "beep")
		l.must(err)
		if sound.ID != "beep" || !slices.ContainsFunc(sound.Formats, func(f ari.FormatLanguage) bool { return f.Language == "en" }) {
			l.Errorf("sound: %+v", sound)
		}
		_, err = l.Sounds.Get(l.ctx, "no-such-sound")
		l.refused(err, http.StatusNotFound, "Sound not found", ari.ErrNotFound)
		_, err = l.Sounds.List(l.ctx, "tlh", "")
		l.refused(err, http.StatusNotFound, "No sounds found that matched the query")
	}},
	{"device states", func(l *lab) {
		name := "Stasis:" + l.app
		l.must(l.DeviceStates.Update(l.ctx, name, "INUSE"))
		state, err := l.DeviceStates.Get(l.ctx, name)
		l.must(err)
		if state.State != "INUSE" {
			l.Errorf("state: %+v", state)
		}
		l.must(l.DeviceStates.Delete(l.ctx, name))
		l.refused(l.DeviceStates.Update(l.ctx, "PJSIP/carrier", "INUSE"), http.StatusConflict, "Uncontrolled device specified", ari.ErrConflict)
	}},
}
