package campaign

import (
	"embed"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/history"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; what each takes and gives is told at its head.
var (
	takeScript        = script("clock", "filing", "take")
	fileScript        = script("clock", "filing", "file")
	refileScript      = script("clock", "filing", "refile")
	renewScript       = script("renew")
	returnScript      = withHistory("promise", "filing", "return")
	closeScript       = withHistory("promise", "filing", "close")
	sweepScript       = script("promise", "filing", "sweep")
	getScript         = script("get")
	countsScript      = script("clock", "counts")
	importBeginScript = script("import_begin")
	importBatchScript = script("filing", "import_batch")
	dncAddScript      = script("dnc_add")
	dncCheckScript    = script("dnc_check")
	answersScript     = script("answers")

	attemptReserveScript = script("clock", "attempt_reserve")

	promiseTakeScript     = script("promise", "promise_take")
	promiseWakeScript     = script("promise", "promise_wake")
	promisePostponeScript = script("promise", "promise_postpone")
	promiseChangeScript   = script("promise", "promise_change")
	promiseEscalateScript = script("promise", "promise_escalate")
	promisePurgeScript    = script("promise_purge")
	promiseNoteScript     = script("promise", "promise_note")
	promiseAheadScript    = script("promise", "promise_ahead")
	alarmSetScript        = script("alarm_set")

	switchSetScript = script("switch_set")
	dayCloseScript  = script("day_close")
)

// script reads embedded files and makes one script of them; it panics on a name that is not there, which can only be a slip of ours and
// shows at the first start.
func script(names ...string) *redis.Script { return redis.NewScript(sources(names...)) }

// withHistory makes a script that can write the history of calls.
func withHistory(names ...string) *redis.Script {
	return redis.NewScript(history.Script + sources(names...))
}

func sources(names ...string) string {
	var text strings.Builder
	for _, name := range names {
		source, err := luaFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			panic(fmt.Sprintf("campaign: embedded script %s: %v", name, err))
		}
		text.Write(source)
	}
	return text.String()
}
