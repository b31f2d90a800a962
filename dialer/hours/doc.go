// Package hours knows when a contact may be called: by the wall clock where the
// contact is, not by ours.
//
// A [Profile] is what a jurisdiction asks for, with its sources: hours, holidays,
// and the limits that dialing without an agent has to keep. A campaign's [Config]
// names one and can only narrow it. [Config.Table] puts both together, [Zones]
// finds the time zones of a number and its record, and [Table.Allowed] and
// [Table.Next] answer. A number that may be in several zones is called only when
// all of them allow it; one whose zone nobody knows is not called at all.
//
// Nothing here does I/O or reads a clock: every question brings its instant.
//
// docs/hours.md lists the profiles and where their figures come from.
package hours

//go:generate go run ./sheet
