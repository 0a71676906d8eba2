package destinations

import (
	"net/netip"
	"net/url"
	"strings"

	"kigen/calendar"
	"kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/phrase/localizer"
)

// Kind is one kind of destination.
type Kind struct {
	Name     string                              // its key in the configuration
	Class    func(Values) wire.Class             // what it can do about a message, by its settings
	Settings []Setting                           // all its keys
	New      func(Values, Surroundings) Protocol // nil: the daemon makes the destination
	Remedies []string                            // that its failures name, in English
	Hint     string                              // text id: what a person should know after a test message; empty: nothing
}

// Values are the settings of a destination, by key. They hold secrets.
type Values map[string]string

// Surroundings is what a destination gets from the rest of the configuration.
type Surroundings struct {
	BaseURL string // of kigen's pages. It tells two installations apart that write to one place
}

// Show says which part of a setting may be shown.
type Show uint8

// What may be shown, from nothing to all.
const (
	ShowNothing Show = iota
	ShowHost         // of a URL that is the key to a channel
	ShowNoLogin      // a URL without its password
	ShowAll
)

// Setting is a key of a destination. The configuration decides what else a setting of the
// first four kinds may be.
type Setting struct {
	Key      string
	Show     Show
	Required bool                      // of a kind with a protocol
	Place    bool                      // where it writes to, for a kind with a protocol
	Check    func(value string) string // returns the fault and its remedy; empty: right. It must not repeat a secret
}

// Protocol turns messages into requests, and judges the answers. It does no I/O, and its
// methods may be called at the same time.
type Protocol interface {
	// Pace is the rate limit.
	Pace() wire.Pace
	// Digest is the form for many alerts at once.
	Digest() outbox.DigestForm
	// Post writes a new message.
	Post(m *wire.Message) Exchange
	// Update writes the change of the message that the receipt names.
	Update(r outbox.Receipt, m *wire.Message) Exchange
	// Judge returns the failure that an answer means; nil: success.
	Judge(a Answer) *wire.Failure
}

// Exchange is the requests of one message, made in order until one fails.
type Exchange struct {
	Receipt  outbox.Receipt // once all succeeded
	Requests []Request
}

// Request is a POST of JSON.
type Request struct {
	URL  string // may hold a secret
	Body []byte
}

// Answer is what came back. Its body is cut, and free of the destination's secrets.
type Answer struct {
	Status int
	Body   string
}

func always(c wire.Class) func(Values) wire.Class { return func(Values) wire.Class { return c } }

// Where names the recipient for every reader of the board, without a secret: the host.
func (k *Kind) Where(v Values) string {
	for _, s := range k.Settings {
		if u, err := url.Parse(v[s.Key]); err == nil && u.Hostname() != "" {
			return u.Hostname()
		}
	}
	return ""
}

// Place lists the values that say where messages go. A renewed key in the query of an address
// does not change the place: the path names the channel.
func (k *Kind) Place(v Values) (parts []string) {
	for _, s := range k.Settings {
		if !s.Place {
			continue
		}
		place := v[s.Key]
		if u, err := url.Parse(place); err == nil && u.Host != "" {
			place = u.Host + u.Path
		}
		parts = append(parts, place)
	}
	return parts
}

// Secrets lists the values that no error may repeat, and the parts of addresses that are
// secret by themselves, in the order in which they have to be removed: the longest first.
func (k *Kind) Secrets(v Values) (secrets []string) {
	for _, s := range k.Settings {
		if s.Show == ShowAll || v[s.Key] == "" {
			continue
		}
		secrets = append(secrets, v[s.Key])
		if u, err := url.Parse(v[s.Key]); err == nil && u.Host != "" {
			secrets = append(secrets, u.RequestURI(), u.RawQuery)
			for _, values := range u.Query() {
				for _, value := range values {
					if len(value) >= shortestSecret {
						secrets = append(secrets, value, url.QueryEscape(value))
					}
				}
			}
		}
	}
	return secrets
}

// shortestSecret keeps common words of an address, such as 1 or run, readable in an error.
const shortestSecret = 8

// Remedy returns the remedy that a failure's reason names; empty if it names none of this
// table.
func Remedy(reason string) calendar.Text {
	for _, kind := range table() {
		for _, remedy := range kind.Remedies {
			if strings.Contains(reason, remedy) {
				return localizer.Sentences(remedy)
			}
		}
	}
	return calendar.Text{}
}

// HintIn returns what a person should know after a test message; empty: nothing.
func (k *Kind) HintIn(lang string) string {
	if k.Hint == "" {
		return ""
	}
	return catalog.In(lang).Say(k.Hint)
}

// secretURL returns the fault of an address that is the key to a channel; empty: none.
func secretURL(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "is not a URL: copy the whole address, which begins with https://"
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "would be sent unencrypted, and it is the key to the channel: use https://"
	}
	return ""
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
