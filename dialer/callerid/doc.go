// Package callerid chooses the number that a contact sees, from a group of numbers that a campaign may show in turn.
//
// Whoever was called before sees the number of the last time again, as long as it still fits. For others a group with local presence offers the numbers of
// the contact's area, then of the contact's country; the group's rule chooses among what is offered. Areas and countries are those of libphonenumber's
// metadata (Google's, as github.com/nyaruka/phonenumbers has it), and what the configuration says beyond.
//
// # Keys in Redis
//
//	hs:{cid:GROUP}:uses  zset  number → serial of its latest use, for all processes
package callerid
