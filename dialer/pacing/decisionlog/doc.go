// Package decisionlog keeps what the pacing of a campaign was told and what it decided, so that each decision can be explained afterwards and a day
// can be played again under other settings.
//
// A log is a file of JSON lines, one [pacing.Record] each, compressed by gzip (RFC 1952) when hasshin itself wrote it. Each file begins with a
// record that says whose decisions follow.
package decisionlog
