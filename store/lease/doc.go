// Package lease elects the one replica of kigen that watches over deadlines and sends.
//
// The database holds one row: who leads, by which term, and until when. The database's
// clock alone decides whether the row is free, so that no replica's clock can end the
// leadership of another. A term is a number that rises with each taking. It distinguishes
// the work of an earlier leader that goes on from that of the present one.
//
//	database, by its clock          | holder, by its own clocks
//	--------------------------------|-------------------------------------------------------
//	taken or renewed: 5 s from now  | trusted for 4 s from before the request was made
//	free: the 5 s have passed       | no longer trusted for 1 s at least
//	taken by another: a higher term | a renewal finds no row of its term: lost at once
//
// An error says nothing about the row: the trust goes on to its end and no further. The
// holder measures that end by its monotonic clock and by its wall clock, and the one that
// ends first counts: the first stands still while the machine sleeps, the second is set.
//
// A replica that stops gives the row up and notifies the others, so that one of them
// leads at once. One that is killed, or frozen, is followed after 5 s.
//
// To take the row excludes every transaction that changes data (Options.Exclude), so that
// a leader's transaction, which has asked for its own term in the row, is committed before
// another one leads or not at all.
package lease
