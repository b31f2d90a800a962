// Package campaign keeps campaigns: their calling lists, the records in them,
// and what became of each.
package campaign
