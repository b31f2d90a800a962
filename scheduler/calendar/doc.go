// Package calendar does work at times of the calendar, such as each weekday at
// nine: in one process at a time, whatever their number, and at the right moment
// when clocks change.
//
// A [Work] has a schedule in the notation of cron(5) in a time zone, and a
// function. [Calendar.Run] calls it when its time has come by the clock of the
// Redis server. While it runs, no other process runs it. If its time came while no process ran, or while
// the last run still lasted, it is run once when that is over and told which times it has missed. If it returns an error, or
// its process dies, it is run again: what it does must bear that.
//
// # Changing clocks
//
// As in Vixie's cron: work for certain hours that falls into the gap of a clock
// set forward is done right after the gap, and in the hour that comes twice it
// is done the first time. Work for every hour goes by elapsed time.
//
// # Keys in Redis
//
// The times are entries of a [scheduler.Scheduler]; hs:sched:{NAME}:calendar is a hash from work to the time (ms) it was last done for, and
// hs:sched:{NAME}:runs one from work to how that went and what was missed (JSON).
package calendar
