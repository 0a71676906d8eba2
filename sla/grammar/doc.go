// Package grammar checks that promises and their rules are well formed: which
// fields an operation reads, the bounds of lengths and counts, and what excludes
// each other. Configuration reports the faults at their lines; sla computes with
// checked promises only.
package grammar
