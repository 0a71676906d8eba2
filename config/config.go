package config

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// Config is a whole, validated configuration. It is not changed after Load.
type Config struct {
	Path     string // the file that it came from; empty: built-in defaults and environment
	Listen   string // host:port of the listener
	Database string // an SQLite file, or a postgres:// URL, which may hold a password: show it through Print only
	BaseURL  string // public URL without a trailing slash, for links in messages; empty: none known
	Timezone *time.Location
	Language string // ja or en

	TLS            *TLS           // nil: plain HTTP
	TrustedProxies []netip.Prefix // whose word on where a request comes from is taken
	Sessions       Sessions
	OIDC           *OIDC // nil: nobody signs in elsewhere

	Destinations map[string]Destination // by name
	Quiet        sla.Quiet              // by destination, outside which hours it is left alone; nil: never
	Alerts       sla.Policies
	Report       Report
	Heartbeat    Heartbeat
	Backup       Backup

	Catalogue sla.Catalogue                 // the built-in vendors, overridden and added to
	Calendars map[string]*calendar.Calendar // by id; a vendor's own one has the vendor's id

	tree *node // what all of the above was decoded from, for Print
}

// Destination is one place that messages go to. Exactly one of its kinds is set.
type Destination struct {
	Slack   *Slack
	Email   *Email
	Webhook *Webhook
	Console *Console

	Fallback string // the destination that is told while this one can't be reached; empty: none
}

// Slack is a channel, written to by a bot, by an incoming webhook, or by the
// webhook while the bot is broken.
type Slack struct {
	WebhookURL Secret // holds the key to the channel; empty: none

	Token    Secret // of the bot; empty: there is only the webhook
	Channel  string // id such as C0123456789, or a name
	APIURL   string // ends with a slash; empty: Slack's own
	AppToken Secret // opens the connection by which people act from Slack; empty: messages only
}

// Email is a list of mailboxes.
type Email struct {
	SMTP Secret // smtp://user:password@host:port or smtps://…
	From string
	To   []string
}

// Webhook is a URL that takes signed JSON.
type Webhook struct {
	URL    Secret // it may hold the key to the receiver
	Secret Secret // signs each request; empty: unsigned
}

// Console is the terminal that kigen runs in.
type Console struct{}

// maxFile bounds every file that is read, in bytes.
const maxFile = 1 << 20

// Load reads the configuration file at path, or takes the built-in defaults
// when path is empty. environ is what os.Environ returns. What is wrong with
// the content is an Invalid error that names all of it.
func Load(path string, environ []string) (*Config, error) {
	if path == "" {
		return Parse("", nil, environ)
	}
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w: give the path of a readable file, or make one with kigen config init", path, err)
	}
	return Parse(path, data, environ)
}

// Parse is Load for content that was read already. Relative paths in it are
// looked up beside the file that path names.
func Parse(path string, data []byte, environ []string) (*Config, error) {
	env := environment(environ)
	root, problems := grow(path, data, env)
	if root.kind != object {
		problems = append(problems, Problem{File: path, Line: root.line, Message: "must be a mapping, such as listen: 127.0.0.1:8080"})
	}
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	problems = override(root, env)
	setDefaults(root)
	maskSecrets(root)
	catalogue, builtinProblems := growCatalogue()
	problems = append(problems, builtinProblems...)
	d := decoder{reader: reader{problems: problems}, dir: filepath.Dir(path)}
	c := d.config(root, catalogue)
	if len(d.problems) > 0 {
		return nil, d.problems.sorted()
	}
	c.Path = path
	return c, nil
}

// readFile reads a regular file within maxFile; a pipe or a device would hold
// up the start for ever.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, unwrapPath(err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("is larger than %d bytes", maxFile)
	}
	return data, nil
}

// unwrapPath drops the path from a file error, which the caller names anyway.
func unwrapPath(err error) error {
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
