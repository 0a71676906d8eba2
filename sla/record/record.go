// Package record is the chain over everything that a database holds as evidence: each
// line seals one content by its hash, and holds the hash of the line before. It is pure;
// the store keeps the lines.
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads 64 hexadecimal digits.
func ParseHash(s string) (d Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) {
		return d, fmt.Errorf("%q is not a head: give the 64 hexadecimal digits that kigen db head prints", s)
	}
	copy(d[:], b)
	return d, nil
}

// Kind names what a line of the record seals. The kinds are open: another
// one needs no change of the lines before it.
type Kind string

// The kinds of line.
const (
	Event          Kind = "event"           // an event of an incident, by its hash; Number is the incident, Part the event's Seq
	Incident       Kind = "incident"        // the fields of an incident
	Clock          Kind = "clock"           // the fields of a clock
	Notice         Kind = "notice"          // the fields of a notice
	File           Kind = "file"            // name, type and hash of a notice's file; Part is its position
	Note           Kind = "note"            // the fields of a note
	NoteFile       Kind = "note_file"       // name, type and hash of a note's file; Part is its position
	Chaser         Kind = "chaser"          // the fields of a chaser that was sent
	Decision       Kind = "decision"        // a decision about one of our own duties
	Submission     Kind = "submission"      // the fields of a submission of ours
	Access         Kind = "access"          // a line of the access log
	Edition        Kind = "edition"         // an edition of a report; Name is the period, Number the edition
	User           Kind = "user"            // role, password and state of a user
	Token          Kind = "token"           // role and state of a token
	SubmissionFile Kind = "submission_file" // name, type and hash of a submission's file; Part is its position
	Vendor         Kind = "vendor"          // a version of a vendor's entry; Name is the vendor, Number the version
	VendorDocument Kind = "vendor_document" // a document of a vendor
	VendorReview   Kind = "vendor_review"   // a review of a vendor's entry
	IntakeRevision Kind = "intake_revision" // a wording of what came in
	IntakeDecision Kind = "intake_decision" // a decision about what came in
	IntakeFile     Kind = "intake_file"     // a mail or document as it came, which its wording names
	Checkpoint     Kind = "checkpoint"      // contents that retention removed; Name is their kind, Number the last of them
)

// Line is one line of the record: the chain over everything that a database holds
// as evidence. It seals a content by its hash and holds, through Hash, all lines
// before it. A later line about the same content replaces an earlier one.
type Line struct {
	Count   int64 // 1, 2, 3 …
	Kind    Kind
	Name    string
	Number  int64
	Part    int64
	Content Hash // of what the line seals
	Hash    Hash // of the line and of the Hash before
}

// Head is the newest line of a record. Who knows it can prove later that a database
// still holds the same history.
type Head struct {
	Count int64
	Hash  Hash
}

// String is the head as it is printed and published, such as 4711:9f86….
func (h Head) String() string { return strconv.FormatInt(h.Count, 10) + ":" + h.Hash.String() }

// Seal appends the line to a record: it sets Count and Hash, and returns the new head.
func (l *Line) Seal(head Head) Head {
	l.Count = head.Count + 1
	l.Hash = sha256.Sum256(l.Sealed(head.Hash))
	return Head{Count: l.Count, Hash: l.Hash}
}

// Follows reports whether the line is what Seal made of it after the given head.
func (l *Line) Follows(head Head) bool {
	return l.Count == head.Count+1 && l.Hash == sha256.Sum256(l.Sealed(head.Hash))
}

// Sealed is the byte sequence that Hash covers: the hash of the line before (of the
// first line: 64 zeros), count, kind, name, number, part and content, each after its
// length and a colon. Hashes are in hexadecimal.
func (l *Line) Sealed(prev Hash) []byte {
	b := make([]byte, 0, 192)
	for _, field := range [...]string{
		prev.String(), strconv.FormatInt(l.Count, 10), string(l.Kind), l.Name,
		strconv.FormatInt(l.Number, 10), strconv.FormatInt(l.Part, 10), l.Content.String(),
	} {
		b = strconv.AppendInt(b, int64(len(field)), 10)
		b = append(b, ':')
		b = append(b, field...)
	}
	return b
}
