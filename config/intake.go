package config

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"kigen/config/reading"
	"kigen/config/tree"
)

// Intake is where vendors' mails, pages and hooks are read.
type Intake struct {
	Own          Own
	Sources      map[string]Source // by name
	AllowPrivate []netip.Prefix    // private addresses that sources may name
}

// Names lists the sources in order.
func (in *Intake) Names() []string { return slices.Sorted(maps.Keys(in.Sources)) }

// Own is what our own mail servers call themselves.
type Own struct {
	Domains    []string // of our addresses
	MX         []string // names of our servers in "by" of Received
	AuthServID string   // whose Authentication-Results are believed
}

// SourceKind is how a source is read; its name is the key in the configuration.
type SourceKind string

// The kinds of sources.
const (
	SourceIMAP       SourceKind = "imap"
	SourceMaildir    SourceKind = "maildir"
	SourceWebhook    SourceKind = "webhook"
	SourceFeed       SourceKind = "feed" // RSS, Atom
	SourceStatuspage SourceKind = "statuspage"
	SourceStatusIO   SourceKind = "statusio"
	SourceGCP        SourceKind = "gcp"
	SourceAWS        SourceKind = "aws"
	SourceAzure      SourceKind = "azure"
	SourceM365       SourceKind = "m365"
	SourceSlack      SourceKind = "slack"
	SourcePage       SourceKind = "page" // a page watched for change
)

// sourceKinds lists all kinds in the order in which people read of them.
var sourceKinds = [...]SourceKind{
	SourceIMAP, SourceMaildir, SourceFeed, SourceStatuspage, SourceStatusIO, SourceGCP, SourceAWS, SourceAzure,
	SourceM365, SourceSlack, SourcePage, SourceWebhook,
}

// Mail reports whether a source of this kind holds raw mails.
func (k SourceKind) Mail() bool { return k == SourceIMAP || k == SourceMaildir }

// Polled reports whether a source of this kind is a page that is fetched at intervals.
func (k SourceKind) Polled() bool { return !k.Mail() && k != SourceWebhook }

// Source is one place where vendors speak.
type Source struct {
	Kind   SourceKind
	Place  Secret        // the address of the mailbox or page, or the folder; it may hold a login
	Vendor string        // whose page it is; empty: each item names its vendor
	Every  time.Duration // between two polls; 0: of a hook
	Auto   bool          // an item about which everything agrees is recorded by itself

	Service     string            // of what a page names no service
	Services    map[string]string // the page's names of services, to the vendor's as the catalogue has them
	Anchor      string            // the page's id, or the title of its feed; empty: as it is read first
	Select      string            // a CSS selector: the watched part of a page of HTML; empty: all of it
	MustContain string            // a text without which a page of HTML is not the page
	Token       Secret            // a bearer token that the page asks for

	Password Secret  // of the mailbox; empty: in Place, or OAuth2
	OAuth2   *OAuth2 // nil: none
	Secret   Secret  // signs what a hook sends; empty: only a token lets it in
	// Map gives for each field of an item its place in a hook's JSON.
	Map map[string]string
}

// OAuth2 are client credentials.
type OAuth2 struct {
	TokenURL     string
	ClientID     string
	ClientSecret Secret
	Scope        string
}

// Bounds of what sources may ask for.
const (
	usualEvery    = 5 * time.Minute
	shortestEvery = time.Minute
	longestEvery  = 24 * time.Hour
	mostSources   = 200
)

func (d *decoder) intake(n *tree.Node, vendors []*tree.Node) Intake {
	if n == nil || !d.Is(n, tree.Object) {
		return Intake{}
	}
	in := Intake{Sources: map[string]Source{}}
	in.Own = d.own(n.Get("own"))
	in.AllowPrivate = d.networks(n.Get("allow_private"), "")
	for _, f := range n.Fields {
		switch {
		case f.Key == "own" || f.Key == "allow_private":
			continue
		case !tree.IsIdentifier(f.Key):
			d.Reportf(f.Value, "the name %q can't be used: %s", f.Key, reading.IdentifierRule)
		case len(in.Sources) == mostSources:
			d.Reportf(f.Value, "is one source too many: name at most %d", mostSources)
			return in
		}
		in.Sources[f.Key] = d.intakeSource(f.Value, vendors, in.AllowPrivate)
	}
	d.wantOwn(n, &in)
	return in
}

// wantOwn refuses a source that records by itself while no mail server of ours is named:
// no sender could be proved.
func (d *decoder) wantOwn(n *tree.Node, in *Intake) {
	if in.Own.AuthServID != "" && len(in.Own.MX) > 0 {
		return
	}
	for _, name := range in.Names() {
		if s := in.Sources[name]; s.Auto && !s.Kind.Polled() {
			d.Reportf(n.Get(name).Get("auto"), "needs own: {mx, authserv_id}: without them no sender is proved, so write auto: off, or name our mail servers")
		}
	}
}

func (d *decoder) own(n *tree.Node) Own {
	if n == nil || !d.Keys(n, "domains", "mx", "authserv_id") {
		return Own{}
	}
	return Own{Domains: d.domains(n.Get("domains"), false), MX: d.domains(n.Get("mx"), false), AuthServID: strings.ToLower(d.Text(n.Get("authserv_id")))}
}

// intakeSource reads a source: exactly one kind, and what that kind takes.
func (d *decoder) intakeSource(n *tree.Node, vendors []*tree.Node, private []netip.Prefix) Source {
	const remedy = "give exactly one of %s; such as {feed: \"https://example.jp/rss.xml\", vendor: acme}"
	kinds := kindWords()
	if n.Kind == tree.Null || n.Kind == tree.Object && len(n.Fields) == 0 {
		d.Reportf(n, remedy, strings.Join(kinds, ", "))
		return Source{}
	}
	if !d.Keys(n, append(kinds, sourceKeys[:]...)...) {
		return Source{}
	}
	if len(n.Fields)-given(n, sourceKeys[:]...) != 1 {
		d.Reportf(n, remedy, strings.Join(kinds, ", "))
		return Source{}
	}
	var s Source
	for _, kind := range sourceKinds {
		if n.Field(string(kind)) != nil {
			s.Kind = kind
		}
	}
	if s.Kind == "" { // an unknown key, which was reported
		return Source{}
	}
	place := n.Field(string(s.Kind)).Value
	s.Auto = d.switched(n.Get("auto"))
	s.Vendor = d.sourceVendor(n, s.Kind, vendors)
	d.misplaced(n, s.Kind)
	switch s.Kind {
	case SourceWebhook:
		d.hook(n, place, &s)
		return s
	case SourceMaildir:
		s.Place = Secret(d.file(place))
	case SourceIMAP:
		d.imap(n, place, &s)
	default:
		d.page(n, place, &s)
	}
	if s.Place == "" && place.Kind == tree.Null {
		d.Reportf(place, "is empty: give the address that is read")
	}
	s.OAuth2 = d.oauth2(n.Get("oauth2"), s.Kind)
	s.Every = d.every(n.Get("every"), s, private)
	return s
}

func kindWords() (words []string) {
	for _, k := range sourceKinds {
		words = append(words, string(k))
	}
	return words
}

// sourceKeys are the keys of a source beside its kind.
var sourceKeys = [...]string{
	"vendor", "every", "auto", "password", "oauth2", "token", "map", "service", "services", "anchor", "select", "must_contain",
}

// takes reports whether a source of this kind has a key.
func (k SourceKind) takes(key string) bool {
	switch key {
	case "password":
		return k == SourceIMAP
	case "oauth2":
		return k == SourceIMAP || k == SourceM365
	case "map":
		return k == SourceWebhook
	case "every":
		return k != SourceWebhook
	case "vendor":
		return !k.Mail()
	case "auto":
		return !k.Polled()
	case "select", "must_contain":
		return k == SourcePage
	}
	return k.Polled() // token, service, services, anchor
}

// misplaced refuses keys that the kind does not take.
func (d *decoder) misplaced(n *tree.Node, kind SourceKind) {
	for _, key := range sourceKeys {
		if f := n.Field(key); f != nil && !kind.takes(key) {
			d.Reportf(f.Value, "is no key of a source of kind %s: remove it", string(kind))
		}
	}
}

// sourceVendor reads whose page a source is. What only the register can hold is a mistake
// once the register is read.
func (d *decoder) sourceVendor(n *tree.Node, kind SourceKind, vendors []*tree.Node) string {
	if kind.Mail() {
		return ""
	}
	v := n.Get("vendor")
	if v == nil {
		if kind.Polled() {
			d.Missing(n, "vendor", "name the vendor whose page it is, such as acme")
		}
		return ""
	}
	if !d.Is(v, tree.Scalar) {
		return ""
	}
	if chosen := d.registrable(v, vendorIDs(vendors)); len(chosen) == 1 {
		return chosen[0]
	}
	return ""
}

// switched reads on or off, as people write them; absent: off.
func (d *decoder) switched(n *tree.Node) bool {
	switch text := d.Text(n); text {
	case "on", "true":
		return true
	case "", "off", "false":
	default:
		d.Reportf(n, "use on or off")
	}
	return false
}

// every reads the interval of a source. Hosts in allow_private are polled as asked.
func (d *decoder) every(n *tree.Node, s Source, private []netip.Prefix) time.Duration {
	if n == nil {
		return usualEvery
	}
	length := d.Length(n)
	if length == 0 {
		return usualEvery // reported
	}
	if length > longestEvery {
		d.Reportf(n, "is longer than a day: use a length from 1m to 24h, such as 5m")
	}
	if length < time.Second || length < shortestEvery && !amongPrivate(s.Place.Reveal(), private) {
		d.Reportf(n, "is too often: use a length from 1m to 24h, such as 5m; only hosts in allow_private are asked more often")
	}
	return length
}
