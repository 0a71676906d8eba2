package intake

import (
	"regexp"
	"time"

	"kigen/sla"
)

// Vendor is what an intake knows of a vendor.
type Vendor struct {
	ID       string
	Names    []string // in both languages
	Services []string
	Domains  []string       // of its mails; each stands for its subdomains, too
	Desk     []string       // addresses of its support desk: a mail from there is the channel "support"
	Ticket   *regexp.Regexp // a ticket number of this vendor; nil: none known
}

// Own is what our own mail servers call themselves.
type Own struct {
	Domains    []string // of our addresses
	MX         []string // names of our servers in "by" of Received
	AuthServID string   // whose Authentication-Results are believed
}

// Open is an incident that an item may be about.
type Open struct {
	Incident   string // KGN-n
	Vendor     string
	Service    string
	Kind       string      // as the incident has it
	References []string    // ticket numbers
	Chasers    []string    // Message-IDs of what we sent the vendor about it
	Times      []time.Time // every moment that is known of it
	// Channels are those of the promises whose clocks run, each for the incident's scope;
	// empty: no clock runs.
	Channels []sla.Channels
	Scope    sla.Scope
}
