package config

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"kigen/config/reading"
	"kigen/config/tree"
)

// Heartbeat is a URL that kigen requests while it works; the receiver raises an alarm
// when the requests stop.
type Heartbeat struct {
	URL   Secret // may contain the key to the receiver; empty: no heartbeat
	Every time.Duration
}

// Backup is the schedule and place of database backups.
type Backup struct {
	Schedule string // in the form of robfig/cron, including CRON_TZ
	Dir      string // relative to the working directory, like the database; empty: no backups
	Keep     int    // number of backups kept

	AgeRecipient string // public key that backups are encrypted to; empty: they are not encrypted
}

// Record is where the head of the record goes, by which a database can later be
// compared with what it held then.
type Record struct {
	HeadTo   []string // destinations
	Schedule string   // in the form of robfig/cron, including CRON_TZ
}

// Audit is where lines of the access log go.
type Audit struct {
	Webhook *Webhook // nil: none
}

// Retention is how long contents are kept, in whole days; 0: for good.
type Retention struct {
	AccessLog time.Duration // lines of the access log
	Evidence  time.Duration // files of incidents that ended, since the end
}

// Bounds of the operators' settings.
const (
	shortestRetention = 30 * 24 * time.Hour
	shortestHeartbeat = 10 * time.Second
	longestHeartbeat  = time.Hour
	mostBackups       = 10_000
	mostRetention     = 100 * 366 * 24 * time.Hour
)

func (d *decoder) heartbeat(n *tree.Node) Heartbeat {
	if n == nil || !d.Keys(n, "url", "every") {
		return Heartbeat{}
	}
	if n.Get("url") == nil {
		d.Missing(n, "url", "give the URL of the service that monitors kigen, such as \"${HEARTBEAT_URL}\", or remove heartbeat")
	}
	h := Heartbeat{URL: Secret(d.heartbeatURL(n.Get("url"))), Every: d.Length(n.Get("every"))}
	if h.Every != 0 && (h.Every < shortestHeartbeat || h.Every > longestHeartbeat) {
		d.Reportf(n.Get("every"), "use a length from 10s to 1h, such as 1m")
	}
	return h
}

func (d *decoder) backup(n *tree.Node) Backup {
	if n == nil || !d.Keys(n, "schedule", "dir", "keep", "age_recipient") {
		return Backup{}
	}
	if n.Get("dir") == nil {
		d.Missing(n, "dir", "give the directory for backups, preferably on another disk, or remove backup")
	}
	return Backup{Schedule: d.schedule(n.Get("schedule")), Dir: d.Text(n.Get("dir")), Keep: d.keep(n.Get("keep")), AgeRecipient: d.recipient(n.Get("age_recipient"))}
}

// recipient reads a public key of age.
func (d *decoder) recipient(n *tree.Node) string {
	text := d.Text(n)
	if text == "" {
		return ""
	}
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") {
		n.Mask = tree.HideAll
		d.Reportf(n, "is a secret key: keep it elsewhere, and give its public key, such as age1…")
	} else if _, err := age.ParseX25519Recipient(text); err != nil {
		d.Reportf(n, "use the public key that age-keygen prints, such as age1…")
	}
	return text
}

func (d *decoder) record(n *tree.Node, destinations map[string]Destination) Record {
	if n == nil || !d.Keys(n, "head_to", "schedule") {
		return Record{}
	}
	if n.Get("head_to") == nil {
		d.Missing(n, "head_to", "name the destinations that get the head of the record, such as [soc], or remove record")
	}
	return Record{HeadTo: d.to(n.Get("head_to"), destinations), Schedule: d.schedule(n.Get("schedule"))}
}

func (d *decoder) audit(n *tree.Node) Audit {
	if n == nil || !d.Keys(n, "webhook") {
		return Audit{}
	}
	if n.Get("webhook") == nil {
		d.Missing(n, "webhook", "give the receiver of the access log, such as {url: \"https://siem.example.jp/kigen\", secret: \"${HOOK_SECRET}\"}, or remove audit")
		return Audit{}
	}
	return Audit{Webhook: d.webhook(n.Get("webhook"))}
}

func (d *decoder) retention(n *tree.Node) Retention {
	if n == nil || !d.Keys(n, "access_log", "evidence") {
		return Retention{}
	}
	return Retention{AccessLog: d.kept(n.Get("access_log")), Evidence: d.kept(n.Get("evidence"))}
}

// kept reads for how many days something is kept.
func (d *decoder) kept(n *tree.Node) time.Duration {
	text := d.Text(n)
	if text == "" {
		return 0
	}
	const day = 24 * time.Hour
	days, ok := reading.CutDays(text)
	if !ok {
		d.Reportf(n, "use a number of days such as 400d")
		return 0
	}
	count, err := strconv.Atoi(days)
	if length := time.Duration(count) * day; err == nil && count <= int(mostRetention/day) && length >= shortestRetention {
		return length
	}
	d.Reportf(n, "use %dd to %dd, such as 400d", int(shortestRetention/day), int(mostRetention/day))
	return 0
}

func (d *decoder) heartbeatURL(n *tree.Node) string {
	text := d.Text(n)
	u, err := url.Parse(text)
	if text != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		d.Reportf(n, "use a URL such as https://hc.example.jp/ping/…")
	}
	return text
}

func (d *decoder) keep(n *tree.Node) int {
	text := d.Text(n)
	keep, err := strconv.Atoi(text)
	if text != "" && (err != nil || keep < 1 || keep > mostBackups) {
		d.Reportf(n, "use a whole number from 1 to %d", mostBackups)
	}
	return keep
}
