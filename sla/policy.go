package sla

import "time"

// Lead is a warning threshold: a share of the time between start and due, or
// a length before due. One of the two is set.
type Lead struct {
	Share  float64       // 0.5 is half way
	Before time.Duration // before due
}

// Policy says who is told of a clock, and when.
type Policy struct {
	To     []string      // destinations
	Warn   []Lead        // thresholds before due
	Repeat time.Duration // while nobody has acknowledged; 0: never again
	After  time.Duration // first told this long past due; 0: when due passes
}

// Policies is every policy in force, in the order of the configuration.
type Policies []Policy
