// Package stats keeps the live figures of campaigns and agents: what the last minutes were like, and what an agent has done since signing in.
//
// It is pure: told what happens, with its time, it answers what the figures are at a time. It knows one process's agents and calls. What has to
// outlast the process, or is of all processes, is counted in Redis instead (package campaign: Counts, Answers, Days).
package stats
