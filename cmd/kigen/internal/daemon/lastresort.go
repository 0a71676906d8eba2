package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/notify"
	"kigen/sla"
	"kigen/sla/phrase"
)

// lastResortBound is how long one destination gets to take a message of the
// last resort.
const lastResortBound = 20 * time.Second

// lastResort tells people that kigen itself fails: in the log, and directly to
// the first destination that takes it, past the outbox and its senders, whose
// failure it may have to tell.
type lastResort struct {
	destinations []resort
	writer       notify.Writer
	log          *slog.Logger
}

// resort is a destination made for the last resort alone.
type resort struct {
	name        string
	destination notify.Destination
	healthy     func() bool // as far as its sender knows
}

// tell sends one message and returns where it arrived; empty: nowhere.
func (l *lastResort) tell(ctx context.Context, key string, title calendar.Text, lines []string) string {
	l.log.Error("last resort: "+title.En, "key", key, "lines", lines)
	message, err := l.message(key, title, lines)
	if err != nil {
		l.log.Error("last resort: message not written", "error", err)
		return ""
	}
	for _, r := range l.order() {
		if err := l.post(ctx, r, message); err != nil {
			l.log.Error("last resort: destination refused", "destination", r.name, "error", err)
			continue
		}
		return r.name
	}
	l.log.Error("last resort: no destination took it", "key", key)
	return ""
}

func (l *lastResort) post(ctx context.Context, r resort, m *notify.Message) error {
	ctx, cancel := context.WithTimeout(ctx, lastResortBound)
	defer cancel()
	_, err := r.destination.Post(ctx, m)
	return err
}

// order puts the destinations first that work.
func (l *lastResort) order() []resort {
	order := slices.Clone(l.destinations)
	slices.SortStableFunc(order, func(a, b resort) int {
		return rank(a) - rank(b)
	})
	return order
}

func rank(r resort) int {
	if r.healthy() {
		return 0
	}
	return 1
}

// message is written as a report is, which needs no incident.
func (l *lastResort) message(key string, title calendar.Text, lines []string) (*notify.Message, error) {
	body, err := json.Marshal(map[string]any{"title": title.In(l.writer.Lang), "lines": lines, "link": "/health"})
	if err != nil {
		return nil, err
	}
	now := time.Now().Round(0)
	return l.writer.Write(&sla.Delivery{
		Key: key, Kind: sla.Post, Attempts: 1, Alert: sla.Alert{Key: key, Reason: sla.ReasonReport, At: now, Body: body},
	}, now), nil
}

// untold tells of deadlines that the pipeline told nobody of.
func (l *lastResort) untold(ctx context.Context, found []finding) {
	title := calendar.Text{
		Ja: fmt.Sprintf("kigen: 期限超過が誰にも届いていません(%d件)", len(found)),
		En: fmt.Sprintf("kigen: nobody was told of %d passed deadlines", len(found)),
	}
	if len(found) == 1 {
		title.En = "kigen: nobody was told of a passed deadline"
	}
	lines := []string{calendar.Text{
		Ja: "通知の仕組みが止まっている可能性があります。下記を直接確認し、kigen のログと /health を見てください。",
		En: "The alert pipeline may have stopped. Look at these yourself, then at kigen's log and /health.",
	}.In(l.writer.Lang)}
	for _, f := range found[:min(len(found), mostNamed)] {
		lines = append(lines, l.finding(f))
	}
	if more := len(found) - mostNamed; more > 0 {
		lines = append(lines, calendar.Text{Ja: fmt.Sprintf("ほか%d件", more), En: fmt.Sprintf("and %d more", more)}.In(l.writer.Lang))
	}
	first := found[0]
	l.tell(ctx, fmt.Sprintf("audit/%d/%d/%s", first.Clock, first.Due.UnixMilli(), first.stage.After), title, lines)
}

func (l *lastResort) finding(f finding) string {
	vendor := f.Vendor
	if v, ok := l.writer.Vendors.Vendor(f.Vendor); ok {
		vendor = v.Name.In(l.writer.Lang)
	}
	due := phrase.Deadline(l.writer.Lang, f.Due.In(l.writer.Zone), time.Now().In(l.writer.Zone))
	return calendar.Text{Ja: fmt.Sprintf("%s %s 期限 %s", f.Incident, vendor, due), En: fmt.Sprintf("%s %s, due %s", f.Incident, vendor, due)}.In(l.writer.Lang)
}

// resorts makes every destination once more, so that a fault of a sender's one
// stays there.
func (d *Daemon) resorts() (resorts []resort, err error) {
	for _, line := range d.lines {
		destination, err := Destination(d.config.Destinations[line.name], d.options)
		if err != nil {
			return nil, fmt.Errorf("destinations.%s: %w", line.name, err)
		}
		resorts = append(resorts, resort{line.name, destination, func() bool { return line.state().failingSince.IsZero() }})
	}
	return resorts, nil
}
