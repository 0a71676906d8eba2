package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"kigen/config/tree"
	"kigen/sla/register"
)

// mapFields are the fields of an item that a hook can give.
var mapFields = [...]string{
	"id", "vendor", "service", "title", "text", "kind", "reference", "link",
	"occurred_at", "detected_at", "confirmed_at", "recovered_at", "sent_at", "start_at", "end_at",
}

// placePattern is a place in JSON: names and indexes joined by dots, or a fixed text.
var placePattern = regexp.MustCompile(`^(=.+|[\pL\pN_@$-]+(\.[\pL\pN_@$-]+)*)$`)

// hook reads a webhook with its map.
func (d *decoder) hook(n, place *tree.Node, s *Source) {
	if place.Kind != tree.Null && d.Keys(place, "secret") {
		s.Secret = Secret(d.Text(place.Get("secret")))
	}
	m := n.Get("map")
	if m == nil || !d.Keys(m, mapFields[:]...) {
		return
	}
	s.Map = map[string]string{}
	for _, f := range m.Fields {
		text := d.Text(f.Value)
		if text != "" && !placePattern.MatchString(text) {
			d.Reportf(f.Value, "is no place in JSON: use names joined by dots, such as alert.rule.name, or a fixed text after =, such as =acme")
		}
		s.Map[f.Key] = text
	}
	for _, key := range []string{"id", "title"} {
		if m.Get(key) == nil {
			d.Missing(m, key, "say where the hook's JSON has it, such as {"+key+": alert."+key+"}")
		}
	}
	if m.Get("vendor") == nil && n.Get("vendor") == nil {
		d.Missing(m, "vendor", "say where the hook's JSON names the vendor, or give the source a vendor")
	}
}

// imap reads a mailbox with its login.
func (d *decoder) imap(n, place *tree.Node, s *Source) {
	text := d.Text(place)
	s.Place, s.Password = Secret(text), Secret(d.Text(n.Get("password")))
	if text == "" {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "imaps" && u.Scheme != "imap" || u.Host == "" || u.User.Username() == "" {
		d.Reportf(place, "use a URL such as imaps://kigen@imap.example.jp/INBOX")
		return
	}
	if u.Scheme == "imap" && !loopbackHost(u.Hostname()) {
		d.Reportf(place, "would send the login unencrypted: use imaps://, or a server on this machine")
	}
	_, inURL := u.User.Password()
	if ways := given(n, "password", "oauth2"); ways > 1 || ways == 1 && inURL {
		d.Reportf(place, "has more than one login: give either password or oauth2")
	} else if ways == 0 && !inURL {
		d.Missing(n, "password", "give the password, such as \"${IMAP_PASSWORD}\", or oauth2")
	}
}

func loopbackHost(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// The scopes of Microsoft's mail servers and of Graph.
const (
	scopeMail  = "https://outlook.office365.com/.default"
	scopeGraph = "https://graph.microsoft.com/.default"
)

func (d *decoder) oauth2(n *tree.Node, kind SourceKind) *OAuth2 {
	if n == nil || !d.Keys(n, "token_url", "client_id", "client_secret", "scope") {
		return nil
	}
	for _, key := range []string{"token_url", "client_id", "client_secret"} {
		if n.Get(key) == nil {
			d.Missing(n, key, "client credentials need token_url, client_id and client_secret")
		}
	}
	o := &OAuth2{
		TokenURL: d.openURL(n.Get("token_url")), ClientID: d.Text(n.Get("client_id")),
		ClientSecret: Secret(d.Text(n.Get("client_secret"))), Scope: d.Text(n.Get("scope")),
	}
	if u, err := url.Parse(o.TokenURL); err == nil && u.Scheme == "http" && !loopbackHost(u.Hostname()) {
		d.Reportf(n.Get("token_url"), "would send the client secret unencrypted: use https://")
	}
	if o.Scope == "" {
		o.Scope = scopeGraph
		if kind == SourceIMAP {
			o.Scope = scopeMail
		}
	}
	return o
}

// amongPrivate reports whether a URL names an address of allow_private.
func amongPrivate(place string, private []netip.Prefix) bool {
	u, err := url.Parse(place)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && slices.ContainsFunc(private, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// domains reads host names, in lower case. One that others register names under would
// stand for everybody there.
func (d *decoder) domains(n *tree.Node, senders bool) (list []string) {
	for i, text := range d.Texts(n) {
		name := strings.ToLower(strings.TrimSuffix(text, "."))
		switch suffix, _ := publicsuffix.PublicSuffix(name); {
		case text == "":
		case !domainPattern.MatchString(name):
			d.Reportf(n.Item(i), "use a domain such as acme.example, in ASCII: xn--… for other letters")
		case senders && suffix == name:
			d.Reportf(n.Item(i), "is a domain under which anybody has names: use the vendor's own, such as acme.co.jp")
		default:
			list = append(list, name)
		}
	}
	return list
}

var domainPattern = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)

// longestTicket bounds the pattern of ticket numbers, in bytes.
const longestTicket = 500

// vendorMail reads by what the mails of a vendor are known.
func (d *decoder) vendorMail(n *tree.Node) (m register.Mail) {
	if n == nil || !d.Keys(n, "domains", "ticket", "desk") {
		return m
	}
	m.Domains = d.domains(n.Get("domains"), true)
	m.Ticket = d.Text(n.Get("ticket"))
	if m.Ticket != "" {
		switch pattern, err := regexp.Compile(m.Ticket); {
		case len(m.Ticket) > longestTicket:
			d.Reportf(n.Get("ticket"), "is longer than %d bytes: shorten it", longestTicket)
		case err != nil:
			d.Reportf(n.Get("ticket"), "is no regular expression: use one such as ACME-[0-9]+")
		case pattern.MatchString(""):
			d.Reportf(n.Get("ticket"), "matches an empty text: use one such as ACME-[0-9]+")
		}
	}
	desk := n.Get("desk")
	for i, address := range d.Texts(desk) {
		d.mailbox(desk.Item(i), address)
		m.Desk = append(m.Desk, strings.ToLower(address))
	}
	if desk != nil && len(m.Domains) == 0 && len(d.Problems) == 0 {
		d.Missing(n, "domains", "name the vendor's mail domains, such as [acme.co.jp]: without them no mail is the vendor's")
	}
	return m
}

// maskIntake marks the secrets of sources: all values but those known to be harmless.
func maskIntake(intake *tree.Node) {
	if intake == nil {
		return
	}
	for _, f := range intake.Fields {
		if f.Key == "own" || f.Key == "allow_private" {
			continue
		}
		tree.Hide(f.Value, tree.HideAll)
		for _, g := range f.Value.Fields {
			switch g.Key {
			case "vendor", "every", "auto", "map", "maildir", "service", "services", "anchor", "select", "must_contain":
				tree.Hide(g.Value, tree.ShowAll)
			case "oauth2":
				for _, h := range g.Value.Fields {
					switch h.Key {
					case "client_id", "scope":
						tree.Hide(h.Value, tree.ShowAll)
					case "token_url":
						tree.Hide(h.Value, tree.HideLogin)
					}
				}
			case "password", "token", "webhook":
			default:
				if slices.Contains(kindWords(), g.Key) {
					tree.Hide(g.Value, tree.HideLogin)
				}
			}
		}
	}
}
