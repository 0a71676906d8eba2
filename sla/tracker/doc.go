// Package tracker holds the use cases: log an incident, amend it, record a
// notice, acknowledge, cancel, and the step that time itself takes. Each asks
// package sla what follows and stores incident, clocks, events and alerts in
// one transaction of a Store.
package tracker
