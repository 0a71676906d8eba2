package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/notify"
	wire0 "kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

// fallbackAlertBound bounds the delivery of a fallback alert to one destination.
const fallbackAlertBound = 20 * time.Second

// fallbackAlert alerts people about a failure of kigen itself: in the log, and at
// the first destination that accepts the message. It bypasses the outbox and the
// senders, because their failure may be the subject.
type fallbackAlert struct {
	destinations []fallbackDestination
	writer       notify.Writer
	log          *slog.Logger
}

// fallbackDestination is a destination that only fallback alerts use.
type fallbackDestination struct {
	name        string
	destination notify.Destination
	healthy     func() bool // whether its sender gets through
}

// send sends one message and returns the name of the destination that accepted
// it; empty: none did.
func (l *fallbackAlert) send(ctx context.Context, key string, title calendar.Text, lines []string) string {
	l.log.Error("fallback alert", "message", title.En, "key", key, "lines", lines)
	message, err := l.message(key, title, lines)
	if err != nil {
		l.log.Error("fallback alert not written", "error", err)
		return ""
	}
	for _, r := range l.order() {
		if err := l.post(ctx, r, message); err != nil {
			l.log.Error("fallback alert refused", "destination", r.name, "error", err)
			continue
		}
		return r.name
	}
	l.log.Error("fallback alert not delivered", "key", key)
	return ""
}

func (l *fallbackAlert) post(ctx context.Context, r fallbackDestination, m *wire0.Message) error {
	ctx, cancel := context.WithTimeout(ctx, fallbackAlertBound)
	defer cancel()
	_, err := r.destination.Post(ctx, m)
	var partial *notify.Partial
	if errors.As(err, &partial) { // other recipients have it
		l.log.Warn("fallback alert: recipient not reached", "destination", r.name, "error", err)
		return nil
	}
	return err
}

// order puts working destinations first.
func (l *fallbackAlert) order() []fallbackDestination {
	order := slices.Clone(l.destinations)
	slices.SortStableFunc(order, func(a, b fallbackDestination) int {
		return rank(a) - rank(b)
	})
	return order
}

func rank(r fallbackDestination) int {
	if r.healthy() {
		return 0
	}
	return 1
}

// message writes the message like a report, which needs no incident.
func (l *fallbackAlert) message(key string, title calendar.Text, lines []string) (*wire0.Message, error) {
	body, err := json.Marshal(map[string]any{"title": title.In(l.writer.Lang), "lines": lines, "link": "/health"})
	if err != nil {
		return nil, err
	}
	now := wallNow()
	return l.writer.Write(&outbox.Delivery{
		Key: key, Kind: outbox.Post, Attempts: 1, Alert: outbox.Alert{Key: key, Reason: outbox.ReasonReport, At: now, Body: body},
	}, now), nil
}

// unalerted sends one message about passed deadlines without a delivered alert.
// It reports whether a destination accepted it.
func (l *fallbackAlert) unalerted(ctx context.Context, found []finding) bool {
	title := unalertedTitle(found)
	lines := []string{catalog.In(l.writer.Lang).Say("last_unalerted_note")}
	for _, f := range found[:min(len(found), mostNamed)] {
		lines = append(lines, l.finding(f))
	}
	if more := len(found) - mostNamed; more > 0 {
		lines = append(lines, catalog.In(l.writer.Lang).Say("last_more", "Count", more))
	}
	first := found[0]
	return l.send(ctx, fmt.Sprintf("audit/%d/%d/%s", first.Clock, first.Due.UnixMilli(), first.stage.After), title, lines) != ""
}

// unalertedTitle counts only deadlines whose alert certainly was not delivered, if
// there are any.
func unalertedTitle(found []finding) calendar.Text {
	certain := 0
	for _, f := range found {
		if !f.Doubtful {
			certain++
		}
	}
	if certain == 0 {
		return catalog.Both("last_unconfirmed", "Count", len(found))
	}
	return catalog.Both("last_unalerted", "N", certain)
}

func (l *fallbackAlert) finding(f finding) string {
	vendor := f.Vendor
	if v, ok := l.writer.Vendors.Vendor(f.Vendor); ok {
		vendor = v.Name.In(l.writer.Lang)
	}
	due := phrase.Deadline(l.writer.Lang, f.Due.In(l.writer.Zone), clock().In(l.writer.Zone))
	key := "last_finding"
	if f.Doubtful {
		key = "last_doubtful"
	}
	return catalog.In(l.writer.Lang).Say(key, "ID", f.Incident, "Vendor", vendor, "Due", due)
}

// makeFallbackAlert makes the fallback alert with destinations of its own.
func (d *deployment) makeFallbackAlert() (*fallbackAlert, error) {
	destinations, err := d.fallbackDestinations()
	if err != nil {
		return nil, err
	}
	return &fallbackAlert{destinations: destinations, writer: d.writer(), log: d.log}, nil
}

// fallbackDestinations makes every destination a second time, so that a fault of
// one that a sender uses does not affect fallback alerts.
func (d *deployment) fallbackDestinations() (all []fallbackDestination, err error) {
	o := d.options
	o.BaseURL = d.config.BaseURL
	for _, line := range d.lines {
		destination, err := Destination(d.config.Destinations[line.name], o)
		if err != nil {
			return nil, fmt.Errorf("destinations.%s: %w", line.name, err)
		}
		all = append(all, fallbackDestination{line.name, destination, func() bool { return line.state().failingSince.IsZero() }})
	}
	return all, nil
}
