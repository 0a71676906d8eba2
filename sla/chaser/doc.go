// Package chaser writes the mail that asks a vendor for a missing notice: in
// Japanese a 催促文. It quotes the vendor's own promise, explains the deadline and
// names the assumptions in it, and claims no more than that.
//
// It is pure: now is an argument, and nothing is sent or recorded.
package chaser
