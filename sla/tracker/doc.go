// Package tracker holds the use cases: log an incident, amend it, record a
// notice, acknowledge, cancel, undo (withdraw a notice, reopen, waive and unwaive), and
// the step when a planned instant has passed. Each
// asks package sla for the consequences and stores incident, clocks, events and
// alerts in one transaction of a Store.
//
// The parts of Reader and Tx are declared in the file of their noun: incidents in
// entry.go, clocks in clocks.go, alerts in alerts.go, notices in evidence.go,
// history in history.go, promise versions in terms.go, idempotency keys in key.go,
// failing incidents in aside.go, and the wall clock in wall.go.
package tracker
