// Package register holds what a company keeps of its vendors (委託先管理台帳): the entry
// of each vendor in published versions, its documents by edition, and its reviews. It is
// pure; the store keeps them, and package config reads the text of an entry.
package register

import (
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// Version is a published version of a vendor's entry. It is never changed.
type Version struct {
	Vendor string // id
	Number int    // 1, 2, 3 … of the vendor
	At     time.Time
	By     string
	Reason string
	// Text is the vendor as the configuration writes one, in YAML; empty: the entry was
	// withdrawn.
	Text string
}

// Withdrawn reports whether the version ends the entry.
func (v *Version) Withdrawn() bool { return v.Text == "" }

// Draft is a text that is being written. It is in force nowhere.
type Draft struct {
	Vendor   string
	Text     string
	Base     int // the version that it began from; 0: a new vendor
	Revision int // raised by each save
	At       time.Time
	By       string
}

// Document is one edition of a paper of a vendor, with the file.
type Document struct {
	Vendor  string
	Number  int // 1, 2, 3 … of the vendor
	Title   string
	Edition string
	Dated   calendar.Date // 0: not dated
	File    sla.Evidence
	At      time.Time
	By      string
}

// Review records that a person looked through a vendor's entry.
type Review struct {
	Vendor string
	Number int           // 1, 2, 3 … of the vendor
	On     calendar.Date // when it was looked through
	Next   calendar.Date // when it is due again; 0: not planned
	Note   string
	At     time.Time
	By     string
}

// Keeper is where the promises of a vendor are written.
type Keeper string

// The keepers of vendors.
const (
	KeptInCatalogue Keeper = "catalogue" // built in
	KeptInFile      Keeper = "file"      // the configuration file, or a built-in vendor that it changes
	KeptInRegister  Keeper = "register"  // published versions
)

// Entry is what is in force about a vendor beside its promises.
type Entry struct {
	Kept     Keeper
	Version  int    // of the register; 0: the register holds nothing about it
	Owner    string // who looks after it with us
	Contacts []Contact
	Contract Contract
	Mail     Mail
}

// Mail is by what the mails of a vendor are known.
type Mail struct {
	Domains []string // of its senders, in lower case; each stands for its subdomains, too
	Ticket  string   // a regular expression of its ticket numbers; empty: none known
	Desk    []string // addresses of its support desk, in lower case
}

// Contact is a person or a desk of the vendor.
type Contact struct {
	Name  string `json:"name"`
	Role  string `json:"role"`
	Mail  string `json:"mail"`
	Phone string `json:"phone"`
	Hours string `json:"hours"`
}

// Contract is the time of the contract. A zero date is not known.
type Contract struct{ From, To calendar.Date }

// Ended reports whether the contract is over on a day.
func (c Contract) Ended(on calendar.Date) bool { return c.To != 0 && c.To < on }
