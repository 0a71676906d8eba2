package sla

import "time"

// ReasonDigest is the reason of an alert that tells many others at once.
const ReasonDigest Reason = "digest"

// DigestForm is how a destination takes many alerts at once.
type DigestForm struct {
	Above int  // merge when more than so many posts are due
	Page  int  // lines of a page in the summary's thread; 0: the summary holds the whole list
	File  bool // the list is also uploaded as a file
}

// Digest is what a delivery tells when it stands for many alerts.
type Digest struct {
	Part  int    // of a page: 1, 2, 3 …; 0: the summary
	Pages int    // in the summary's thread; 0: the summary holds the list
	Lines []Line // of a page its own, otherwise all; by vendor's deadline, the oldest first
}

// Line is one alert of a digest, with its case as it stands now.
type Line struct {
	Key          string // of the delivery that was merged
	Reason       Reason
	At           time.Time // when the alert became due to be told
	Incident     IncidentID
	Reference    string
	Vendor       string
	Service      string
	Title        string
	Severity     Severity
	Promise      string // empty when the alert is about no clock
	Stage        string
	State        State
	Due          time.Time
	NoticeAt     time.Time
	BreachedAt   time.Time
	Acknowledged Acknowledgement
	InsteadOf    string // the destination that could not be reached; empty: none
}
