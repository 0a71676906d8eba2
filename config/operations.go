package config

import (
	"net/url"
	"strconv"
	"time"
)

// Heartbeat is a URL that is asked for while kigen works: whoever answers
// there raises an alarm when the requests stop.
type Heartbeat struct {
	URL   Secret // it may hold the key to the receiver; empty: no heartbeat
	Every time.Duration
}

// Backup says when the database is copied, and where to.
type Backup struct {
	Schedule string // in the form of robfig/cron, CRON_TZ included
	Dir      string // relative to the working directory, as the database is; empty: no backups
	Keep     int    // how many are kept
}

// Bounds of what operators may ask for.
const (
	shortestHeartbeat = 10 * time.Second
	longestHeartbeat  = time.Hour
	mostBackups       = 10_000
)

func (d *decoder) heartbeat(n *node) Heartbeat {
	if n == nil || !d.keys(n, "url", "every") {
		return Heartbeat{}
	}
	if n.get("url") == nil {
		d.missing(n, "url", "give the URL of the service that watches kigen, such as \"${HEARTBEAT_URL}\", or remove heartbeat")
	}
	h := Heartbeat{URL: Secret(d.heartbeatURL(n.get("url"))), Every: d.length(n.get("every"))}
	if h.Every != 0 && (h.Every < shortestHeartbeat || h.Every > longestHeartbeat) {
		d.reportf(n.get("every"), "use a length from 10s to 1h, such as 1m")
	}
	return h
}

func (d *decoder) backup(n *node) Backup {
	if n == nil || !d.keys(n, "schedule", "dir", "keep") {
		return Backup{}
	}
	if n.get("dir") == nil {
		d.missing(n, "dir", "give the directory that backups go to, best on another disk, or remove backup")
	}
	return Backup{Schedule: d.schedule(n.get("schedule")), Dir: d.text(n.get("dir")), Keep: d.keep(n.get("keep"))}
}

func (d *decoder) heartbeatURL(n *node) string {
	text := d.text(n)
	u, err := url.Parse(text)
	if text != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		d.reportf(n, "use a URL such as https://hc.example.jp/ping/…")
	}
	return text
}

func (d *decoder) keep(n *node) int {
	text := d.text(n)
	keep, err := strconv.Atoi(text)
	if text != "" && (err != nil || keep < 1 || keep > mostBackups) {
		d.reportf(n, "use a whole number from 1 to %d", mostBackups)
	}
	return keep
}
