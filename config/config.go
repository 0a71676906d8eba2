package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"kigen/calendar"
	"kigen/config/calendars"
	"kigen/config/reading"
	"kigen/config/tree"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/regime"
	"kigen/sla/register"
)

// Config is a complete, validated configuration. It must not be changed after Load.
type Config struct {
	Path     string // source file; empty: defaults and environment only
	Listen   string // host:port of the listener
	Database string // an SQLite file, or a postgres:// URL, which may contain a password: show it through Print only
	Written  string // Database as it was written, if that was resolved against the file's directory; else empty
	BaseURL  string // public URL without a trailing slash, for links in messages; empty: no links
	Timezone *time.Location
	Language string // ja or en

	TLS            *TLS           // nil: plain HTTP
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is trusted
	Sessions       Sessions
	OIDC           *OIDC // nil: no single sign-on
	Access         Access
	SlackActs      SlackActs

	Destinations map[string]Destination // by name
	Quiet        policy.Quiet           // by destination: the hours outside which it gets no messages; nil: no quiet hours
	Alerts       policy.Policies
	Report       Report
	Logging      Logging
	Heartbeat    Heartbeat
	Backup       Backup
	Record       Record
	Audit        Audit
	Retention    Retention
	Intake       Intake

	Catalogue sla.Catalogue                 // the built-in vendors with the file's changes and additions
	Duties    regime.Regimes                // our own, under the regimes that are switched on
	Register  map[string]register.Entry     // by vendor: who keeps it, owner, contacts, contract
	Refused   map[string]tree.Invalid       // by vendor: why its published entry is not in force
	Doubts    map[string]tree.Invalid       // by vendor: what is doubtful about its published entry
	Calendars map[string]*calendar.Calendar // by id; a vendor's own one has the vendor's id
	Imported  map[string][]calendars.Import // by calendar: the days from iCalendar files, in order

	// Warnings are values that are valid but probably mistaken.
	Warnings []tree.Problem

	tree    *tree.Node   // source of all fields above, for Print
	own     []*tree.Node // the vendors of the register
	all     []*tree.Node // all vendors, with what the register holds
	source  source
	pending tree.Invalid // names of vendors that only the register can hold

	registered bool // read with published entries
}

// Load reads the configuration file at path, or uses the built-in defaults if path
// is empty, without the register. environ has the form of os.Environ. Problems of the
// content are returned together as an Invalid error.
func Load(path string, environ []string) (*Config, error) {
	s, err := open(path, environ)
	if err != nil {
		return nil, err
	}
	return s.parse(nil, true)
}

// Begin is Load before the register is read: an alert policy for a vendor that only the
// register can hold is no mistake yet. With completes the configuration.
func Begin(path string, environ []string) (*Config, error) {
	s, err := open(path, environ)
	if err != nil {
		return nil, err
	}
	return s.parse(nil, false)
}

// Parse is Load for content that was read already. Relative paths in it are
// resolved against the directory of path.
func Parse(path string, data []byte, environ []string) (*Config, error) {
	return source{path, data, environ}.parse(nil, true)
}

// source is what a configuration was read from.
type source struct {
	path    string
	data    []byte
	environ []string
}

func open(path string, environ []string) (source, error) {
	s := source{path: path, environ: environ}
	if path == "" {
		return s, nil
	}
	var err error
	if s.data, err = reading.ReadFile(path); err != nil {
		return s, fmt.Errorf("configuration %s: %w: give the path of a readable file, or create one with kigen config init", path, err)
	}
	return s, nil
}

// parse reads a configuration with the published entries of the register. complete: these
// are all, so that a vendor that none of them holds is a mistake.
func (s source) parse(published []register.Version, complete bool) (*Config, error) {
	env := environment(s.environ)
	root, problems, whole := tree.ParseWhole(s.path, s.data, env)
	if root.Kind != tree.Object {
		problems = append(problems, tree.Problem{File: s.path, Line: root.Line, Message: "must be a mapping, such as listen: 127.0.0.1:8080"})
	}
	if !whole || root.Kind != tree.Object {
		return nil, problems.Sorted()
	}
	problems = append(problems, override(root, env)...)
	setDefaults(root)
	maskSecrets(root)
	catalogue, builtinProblems := growCatalogue()
	problems = append(problems, builtinProblems...)
	d := decoder{Reader: reading.Reader{Problems: problems}, dir: filepath.Dir(s.path), published: published, complete: complete}
	c := d.config(root, catalogue)
	d.warnExposed(root, s.path, c.TLS)
	if len(d.Problems) > 0 {
		return nil, d.Problems.Sorted()
	}
	c.Path, c.source, c.registered = s.path, s, len(published) > 0
	c.Warnings = d.Warnings.Sorted()
	return c, nil
}
