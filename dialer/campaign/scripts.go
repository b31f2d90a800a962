package campaign

import (
	"embed"
	"fmt"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; what each takes and gives is told at its head.
var (
	takeScript        = script("take")
	renewScript       = script("renew")
	returnScript      = script("return")
	closeScript       = script("close")
	sweepScript       = script("sweep")
	getScript         = script("get")
	importBeginScript = script("import_begin")
	importBatchScript = script("import_batch")
	dncAddScript      = script("dnc_add")
	dncCheckScript    = script("dnc_check")
)

// script reads an embedded script; it panics on a name that is not there, which
// can only be a slip of ours and shows at the first start.
func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(fmt.Sprintf("campaign: embedded script %s: %v", name, err))
	}
	return redis.NewScript(string(source))
}
