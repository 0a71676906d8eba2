package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kigen/sla"
)

const maxLength = sla.MaxLength

// decoder turns a tree into a Config.
type decoder struct {
	reader
	dir       string // where relative paths of the file start
	zone      *time.Location
	calendars *calendars
}

func (d *decoder) config(root *node, builtin []*node) *Config {
	d.keys(root, "listen", "database", "url", "timezone", "language",
		"tls", "trusted_proxies", "sessions", "oidc",
		"destinations", "alerts", "report", "heartbeat", "backup", "calendars", "vendors")
	c := &Config{
		Listen:   d.listen(root.get("listen")),
		Database: d.database(root.get("database")),
		BaseURL:  d.baseURL(root.get("url")),
		Timezone: d.location(root.get("timezone")),
		Language: d.language(root.get("language")),

		TLS: d.certificate(root.get("tls")), TrustedProxies: d.proxies(root.get("trusted_proxies")),
		Sessions: d.sessions(root.get("sessions")),
	}
	c.OIDC = d.oidc(root.get("oidc"), c.BaseURL)
	d.zone = c.Timezone
	if d.zone == nil {
		d.zone = time.UTC // reported already; the rest is still worth checking
	}
	d.calendars = newCalendars(d)
	d.calendars.shared(root.get("calendars"))
	vendors := d.mergeVendors(builtin, root.get("vendors"))
	c.Destinations = d.destinations(root.get("destinations"))
	c.Quiet = d.quiet(root.get("destinations"))
	c.Alerts = d.policies(root.get("alerts"), c.Destinations, c.Quiet, vendors)
	c.Heartbeat = d.heartbeat(root.get("heartbeat"))
	c.Backup = d.backup(root.get("backup"))
	c.Catalogue = d.catalogue(vendors, builtin)
	c.Calendars = d.calendars.byID
	c.Report = d.report(root.get("report"), c.Destinations) // may name a vendor's calendar
	c.tree = d.effective(root, vendors)
	return c
}

// effective is the tree that Print shows: the file's with the merged vendors.
func (d *decoder) effective(root *node, vendors []*node) *node {
	tree := *root
	tree.fields = append([]field(nil), root.fields...)
	tree.set("vendors", &node{kind: list, items: vendors})
	return &tree
}

func (d *decoder) listen(n *node) string {
	text := d.text(n)
	if text == "" {
		return ""
	}
	_, port, err := net.SplitHostPort(text)
	if number, portErr := strconv.Atoi(port); err != nil || portErr != nil || number < 0 || number > 65535 {
		d.reportf(n, "use host:port such as 127.0.0.1:8080 or [::1]:8080")
	}
	return text
}

func (d *decoder) database(n *node) string {
	text := d.text(n)
	scheme, rest, isURL := strings.Cut(text, "://")
	switch {
	case isURL && scheme != "postgres" && scheme != "postgresql":
		d.reportf(n, "use a file name such as kigen.db, or a postgres:// URL")
	case isURL && strings.Trim(rest, "/") == "":
		d.reportf(n, "names no database: use a URL such as postgres://kigen@db.example.jp/kigen")
	case isURL:
		if _, err := url.Parse(text); err != nil {
			d.reportf(n, "is no valid URL: percent-encode special characters in the password, such as %%40 for @")
		}
	case looksSecret(text):
		d.reportf(n, "looks like connection words: use a URL such as postgres://kigen:${DB_PASSWORD}@db.example.jp/kigen")
	}
	return text
}

// webURL reads an absolute http or https URL.
func (d *decoder) webURL(n *node) string {
	text := d.text(n)
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		d.reportf(n, "use a URL such as https://kigen.example.jp/")
	}
	return text
}

// openURL reads a URL that is shown to people, and so must hold no password.
func (d *decoder) openURL(n *node) string {
	text := d.webURL(n)
	if _, rest, _ := strings.Cut(text, "://"); strings.Contains(rest, "@") {
		n.mask = hideLogin
		d.reportf(n, "holds a login: leave it out, this URL is shown to people")
	}
	return text
}

func (d *decoder) baseURL(n *node) string { return strings.TrimRight(d.openURL(n), "/") }

// location finds a time zone. Local would mean another zone on another machine.
func (d *decoder) location(n *node) *time.Location {
	text := d.text(n)
	if text == "" {
		return nil
	}
	zone, err := time.LoadLocation(text)
	if err != nil || text == "Local" {
		d.reportf(n, "use a name of the tz database such as Asia/Tokyo or UTC")
		return nil
	}
	return zone
}

func (d *decoder) language(n *node) string {
	text := d.text(n)
	if text != "" && text != "ja" && text != "en" {
		d.reportf(n, "use ja or en")
	}
	return text
}
