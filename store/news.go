package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"kigen/sla"
)

const (
	// newsChannel is where each change is announced. Channels belong to the whole
	// database: a payload names its schema.
	newsChannel = "kigen_news"
	// newsPause is the longest time without a look at the version: a connection that
	// broke in silence brings no news.
	newsPause = 15 * time.Second
	// newsRetry is the pause after a connection failed.
	newsRetry = time.Second
	// mostNamed bounds what a payload names, which may have 8,000 bytes.
	mostNamed = 100
)

// news is what a transaction tells the other replicas.
type news struct {
	Schema       string           `json:"schema"`
	By           string           `json:"by"` // the process; it has told its own subscribers already
	Incidents    []sla.IncidentID `json:"incidents,omitempty"`
	Destinations []string         `json:"destinations,omitempty"`
	Register     bool             `json:"register,omitempty"`
	Intake       bool             `json:"intake,omitempty"`
	Anything     bool             `json:"anything,omitempty"` // more than it could name
}

// bulletin is this process's part in the news of a database on a server.
type bulletin struct {
	self   string // random for each process
	schema string
	server *server
}

func (s *server) bulletin(ctx context.Context, reader *sql.DB) (*bulletin, error) {
	b := &bulletin{self: rand.Text(), server: s}
	return b, reader.QueryRowContext(ctx, "SELECT current_schema()").Scan(&b.schema)
}

// announce tells the other replicas, with the commit, what the transaction has changed.
func (b *bulletin) announce(ctx context.Context, stx session, c Committed) error {
	if b == nil || c.empty() {
		return nil
	}
	n := news{Schema: b.schema, By: b.self, Incidents: c.Incidents, Destinations: c.Destinations, Register: c.Register, Intake: c.Intake}
	if len(n.Incidents) > mostNamed || len(n.Destinations) > mostNamed {
		n.Incidents, n.Destinations, n.Anything = nil, nil, true
	}
	payload, err := json.Marshal(n)
	if err != nil {
		return err
	}
	_, err = stx.ExecContext(ctx, "SELECT pg_notify($1, $2)", newsChannel, string(payload))
	return err
}

// Follow tells the subscribers what other replicas commit, until ctx ends. A database in a
// file has no others.
func (db *DB) Follow(ctx context.Context, log *slog.Logger) {
	if db.bulletin == nil {
		<-ctx.Done()
		return
	}
	// The first look tells that anything may have changed: what was committed between a
	// subscriber's first reading and this start is not known.
	var last string
	for failing := false; ctx.Err() == nil; {
		err := db.listen(ctx, &last)
		if ctx.Err() != nil {
			return
		}
		if !failing {
			log.Warn("news of other replicas are interrupted", "error", err)
		}
		failing = true
		pause := time.NewTimer(newsRetry)
		select {
		case <-ctx.Done():
		case <-pause.C:
			failing = false
		}
		pause.Stop()
	}
}

// listen passes news on until its connection fails.
func (db *DB) listen(ctx context.Context, last *string) error {
	conn, err := pgx.ConnectConfig(ctx, db.bulletin.server.config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+newsChannel); err != nil {
		return err
	}
	for {
		// What came before the connection listened, or by one that broke.
		if err := db.look(ctx, last); err != nil {
			return err
		}
		if err := db.hear(ctx, conn, last); err != nil {
			return err
		}
	}
}

// look tells the subscribers that anything may have changed if the version has.
func (db *DB) look(ctx context.Context, last *string) error {
	version, err := db.Version(ctx)
	if err != nil {
		return err
	}
	if version != *last {
		*last = version
		db.subscribers.publish(ctx, Committed{Anything: true})
	}
	return nil
}

// hear passes on what comes within newsPause.
func (db *DB) hear(ctx context.Context, conn *pgx.Conn, last *string) error {
	until, cancel := context.WithTimeout(ctx, newsPause)
	defer cancel()
	for {
		heard, err := conn.WaitForNotification(until)
		switch {
		case until.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		}
		var n news
		if err := json.Unmarshal([]byte(heard.Payload), &n); err != nil || n.Schema != db.bulletin.schema {
			continue // of another program, or of another kigen
		}
		if version, err := db.Version(ctx); err == nil {
			*last = version
		}
		if n.By != db.bulletin.self {
			db.subscribers.publish(ctx, Committed{Incidents: n.Incidents, Destinations: n.Destinations, NextStep: time.Unix(0, 0), Register: n.Register, Intake: n.Intake, Anything: n.Anything})
		}
	}
}
