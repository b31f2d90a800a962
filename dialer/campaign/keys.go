package campaign

// keys names the keys of one campaign. They share one hash tag, so they are on
// one node of a Redis Cluster and a script can touch any of them. doc.go tells
// what is in each.
type keys struct{ prefix string }

func keysOf(campaign string) keys { return keys{prefix: "hs:{c:" + campaign + "}:"} }

func (k keys) rec() string   { return k.prefix + "rec" }
func (k keys) num() string   { return k.prefix + "num" }
func (k keys) names() string { return k.prefix + "names" }
func (k keys) ready() string { return k.prefix + "ready" }
func (k keys) out() string   { return k.prefix + "out" }
func (k keys) lease() string { return k.prefix + "lease" }
func (k keys) hist() string  { return k.prefix + "hist" }
func (k keys) shun() string  { return k.prefix + "shun" }
func (k keys) asked() string { return k.prefix + "asked" }
func (k keys) tally() string { return k.prefix + "tally" }
func (k keys) seq() string   { return k.prefix + "seq" }

// Of whether the campaign is running; lua/switch_set.lua tells what is in them.
func (k keys) run() string    { return k.prefix + "run" }
func (k keys) runLog() string { return k.prefix + "runlog" }

// Of the figures of each day; lua/day_close.lua tells what is in them.
func (k keys) days() string     { return k.prefix + "days" }
func (k keys) dayList() string  { return k.prefix + "daylist" }
func (k keys) dayTally() string { return k.prefix + "daytally" }
func (k keys) modes() string    { return k.prefix + "modes" }
func (k keys) answers() string  { return k.prefix + "answers" }

// Of promises; lua/promise.lua tells what is in each.
func (k keys) promise(id string) string        { return k.prefix + "cb:" + id }
func (k keys) ledger(id string) string         { return k.prefix + "cblog:" + id }
func (k keys) promisesOn(record string) string { return k.prefix + "cbhad:" + record }
func (k keys) promiseOf() string               { return k.prefix + "cbrec" }
func (k keys) promises() string                { return k.prefix + "cball" }
func (k keys) idlePromises() string            { return k.prefix + "cbidle" }
func (k keys) promisesOf(a string) string      { return k.prefix + "cbof:" + a }
func (k keys) duePromises() string             { return k.prefix + "cbdue" }
func (k keys) alarms() string                  { return k.prefix + "cbout" }
func (k keys) endedPromises() string           { return k.prefix + "cbend" }

// importOf is the key of one import, named by the digest of what is imported.
func (k keys) importOf(digest string) string { return k.prefix + "import:" + digest }
