// Package chaser writes the mail that asks a vendor for what it owes: in
// Japanese a 催促文. It quotes the vendor's own promise, says how the deadline
// came about and what rests on an assumption, and claims no more than that.
//
// It is pure: now is an argument, and nothing is sent or recorded.
package chaser
