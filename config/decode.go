package config

import (
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/config/calendars"
	"kigen/config/reading"
	"kigen/config/tree"
	"kigen/sla/grammar"
	"kigen/sla/register"
)

const maxLength = grammar.MaxLength

// decoder converts a tree to a Config.
type decoder struct {
	reading.Reader
	dir       string // base of the file's relative paths
	zone      *time.Location
	calendars *calendars.Set

	published []register.Version
	complete  bool                    // published is the whole register
	refused   map[string]tree.Invalid // by vendor
	doubts    map[string]tree.Invalid // by vendor
	pending   tree.Invalid            // names of vendors that only the register can hold
}

func (d *decoder) config(root *tree.Node, builtin []*tree.Node) *Config {
	d.Keys(root, "listen", "database", "url", "timezone", "language",
		"tls", "trusted_proxies", "sessions", "oidc", "access", "slack",
		"destinations", "alerts", "report", "log", "heartbeat", "backup", "record", "audit", "retention", "calendars", "vendors", "duties", "intake")
	c := &Config{
		Listen:   d.listen(root.Get("listen")),
		BaseURL:  d.baseURL(root.Get("url")),
		Timezone: d.Zone(root.Get("timezone")),
		Language: d.language(root.Get("language")),

		TLS: d.certificate(root.Get("tls")), TrustedProxies: d.proxies(root.Get("trusted_proxies")),
		Sessions: d.sessions(root.Get("sessions")),
	}
	c.Database, c.Written = d.beside(root, d.database(root.Get("database")))
	c.OIDC = d.oidc(root.Get("oidc"), c.BaseURL)
	c.Access = d.access(root.Get("access"), c.OIDC != nil)
	c.SlackActs = d.slackActs(root.Get("slack"))
	d.warnProxy(root.Get("url"), c)
	d.zone = c.Timezone
	if d.zone == nil {
		d.zone = time.UTC // already reported; continue with the other checks
	}
	d.calendars = calendars.New(&d.Reader, d.dir, d.zone, builtinCalendars)
	d.calendars.Shared(root.Get("calendars"))
	written := d.mergeVendors(builtin, root.Get("vendors"))
	vendors, own := d.entries(written)
	c.Destinations = d.destinations(root.Get("destinations"))
	c.Quiet = d.quiet(root.Get("destinations"))
	c.Duties = d.duties(root.Get("duties"))
	c.Alerts = d.policies(root.Get("alerts"), c.Destinations, c.Quiet, slices.Concat(vendors, own), c.Duties)
	c.Logging = d.logging(root.Get("log"))
	c.Heartbeat = d.heartbeat(root.Get("heartbeat"))
	c.Backup = d.backup(root.Get("backup"))
	if c.Backup.Dir != "" && strings.Contains(c.Database, "://") {
		d.Reportf(root.Get("backup"), "copies the file of SQLite: remove it, and back up the PostgreSQL server by pg_dump or base backups (pg_basebackup)")
	}
	c.Record = d.record(root.Get("record"), c.Destinations)
	c.Audit = d.audit(root.Get("audit"))
	c.Retention = d.retention(root.Get("retention"))
	c.Intake = d.intake(root.Get("intake"), slices.Concat(vendors, own))
	c.Catalogue = d.registered(d.catalogue(vendors, builtin), own)
	c.Register, c.Refused, c.Doubts = d.inForce(vendors, builtin, own, root.Get("vendors")), d.refused, d.doubts
	c.Calendars = d.calendars.ByID
	if len(d.calendars.Imports) > 0 {
		c.Imported = d.calendars.Imports
	}
	c.Report = d.report(root.Get("report"), c.Destinations) // may name a vendor's calendar
	c.tree, c.own, c.pending = d.effective(root, written), own, d.pending
	c.all = slices.Concat(vendors, own)
	return c
}

// effective returns the tree for Print: the file's with the merged vendors.
func (d *decoder) effective(root *tree.Node, vendors []*tree.Node) *tree.Node {
	whole := *root
	whole.Fields = append([]tree.Field(nil), root.Fields...)
	whole.Set("vendors", &tree.Node{Kind: tree.List, Items: vendors})
	return &whole
}

func (d *decoder) listen(n *tree.Node) string {
	text := d.Text(n)
	if text == "" {
		return ""
	}
	_, port, err := net.SplitHostPort(text)
	if number, portErr := strconv.Atoi(port); err != nil || portErr != nil || number < 0 || number > 65535 {
		d.Reportf(n, "use host:port such as 127.0.0.1:8080 or [::1]:8080")
	}
	return text
}

func (d *decoder) database(n *tree.Node) string {
	text := d.Text(n)
	scheme, rest, isURL := strings.Cut(text, "://")
	switch {
	case isURL && scheme != "postgres" && scheme != "postgresql":
		d.Reportf(n, "use a file name such as kigen.db, or a postgres:// URL")
	case isURL && strings.Trim(rest, "/") == "":
		d.Reportf(n, "names no database: use a URL such as postgres://kigen@db.example.jp/kigen")
	case isURL:
		if _, err := url.Parse(text); err != nil {
			d.Reportf(n, "is not a valid URL: percent-encode special characters in the password, such as %%40 for @")
		}
	case tree.LooksSecret(text):
		d.Reportf(n, "looks like a keyword/value connection string: use a URL such as postgres://kigen:${DB_PASSWORD}@db.example.jp/kigen")
	}
	return text
}

// beside resolves a relative database of a file against the file's directory, so that
// every command finds the same one in any working directory. One of an environment
// variable is relative to the working directory, as the shell completes it.
func (d *decoder) beside(root *tree.Node, database string) (path, written string) {
	inFile := root.File != "" && root.Get("database").File == root.File
	if !inFile || database == "" || strings.Contains(database, "://") || filepath.IsAbs(database) {
		return database, ""
	}
	return filepath.Join(d.dir, database), database
}

func (d *decoder) webURL(n *tree.Node) string {
	text := d.Text(n)
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		d.Reportf(n, "use a URL such as https://kigen.example.jp/")
	}
	return text
}

// openURL reads a URL that is shown to people and therefore must not contain a
// password.
func (d *decoder) openURL(n *tree.Node) string {
	text := d.webURL(n)
	if _, rest, _ := strings.Cut(text, "://"); strings.Contains(rest, "@") {
		n.Mask = tree.HideLogin
		d.Reportf(n, "contains a login: remove it, because this URL is shown to people")
	}
	return text
}

func (d *decoder) baseURL(n *tree.Node) string { return strings.TrimRight(d.openURL(n), "/") }

func (d *decoder) language(n *tree.Node) string {
	text := d.Text(n)
	if text != "" && text != "ja" && text != "en" {
		d.Reportf(n, "use ja or en")
	}
	return text
}
