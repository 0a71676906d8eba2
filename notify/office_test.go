package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/policy"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// arrival is a message as it reached a destination that can't change it.
type arrival struct {
	title, text string
	answers     string // the receipt's TS of what it answers; empty: a new message
	lines       int    // of a digest
}

// letterbox is a destination that can't change what is out. It fails when told.
type letterbox struct {
	mu      sync.Mutex
	arrived []arrival
	fail    func(m *wire.Message) error
}

func (l *letterbox) Digest() outbox.DigestForm { return outbox.DigestForm{Above: 50, Once: true} }

func (l *letterbox) Post(_ context.Context, m *wire.Message) (outbox.Receipt, error) {
	return outbox.Receipt{TS: m.Key}, l.take(m, "")
}

func (l *letterbox) Update(_ context.Context, r outbox.Receipt, m *wire.Message) error {
	return l.take(m, r.TS)
}

func (l *letterbox) take(m *wire.Message, answers string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		if err := l.fail(m); err != nil {
			return err
		}
	}
	l.arrived = append(l.arrived, arrival{m.Title, m.Text, answers, len(m.Items)})
	return nil
}

func (l *letterbox) since(n int) []arrival {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.arrived[n:])
}

func (l *letterbox) failWith(fail func(m *wire.Message) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = fail
}

// inbox is a webhook's other end.
type inbox struct {
	mu     sync.Mutex
	bodies []map[string]any
}

func (r *inbox) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies = append(r.bodies, m)
	return &http.Response{StatusCode: http.StatusNoContent, Body: io.NopCloser(bytes.NewReader(nil)), Request: req}, nil
}

func (r *inbox) arrivals(from int) (all []arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.bodies[from:] {
		a := arrival{title: fmt.Sprint(b["title"]), text: fmt.Sprint(b["text"])}
		a.answers, _ = b["updates"].(string)
		all = append(all, a)
	}
	return all
}

// office is a tracker over a database with a sender to one destination, in one
// bubble.
type office struct {
	*tracker.Tracker
	testing.TB
	db         *store.DB
	wake, stop func()
}

func duties() sla.Catalogue {
	spec := calendar.Spec{ID: "desk", Zone: tokyo, FirstYear: 1999, LastYear: 2005}
	for day := range spec.Weekly {
		spec.Weekly[day] = []calendar.Span{{Open: 0, Close: 24 * 60}}
	}
	cal, err := calendar.Compile(spec)
	if err != nil {
		panic(err)
	}
	hours := sla.Rule{Op: sla.OpElapsed, Length: 6 * time.Hour}
	staged := &sla.Promise{ID: "staged", Vendor: "globex", Calendar: cal, Strength: sla.Firm, Start: sla.Occurred, Stages: []sla.Stage{
		{ID: "first", Name: calendar.Text{Ja: "第一報", En: "First notice"}, Due: hours},
		{ID: "final", Name: calendar.Text{Ja: "最終報告", En: "Final report"}, Due: sla.Rule{Op: sla.OpElapsed, Length: 7 * time.Hour}},
	}}
	return sla.Catalogue{
		{ID: "sotas", Name: calendar.Text{Ja: "Sotas", En: "Sotas"}, Promises: []*sla.Promise{
			{ID: "notice", Vendor: "sotas", Calendar: cal, Strength: sla.Firm, Start: sla.Occurred, Due: hours},
		}},
		{ID: "globex", Name: calendar.Text{Ja: "Globex", En: "Globex"}, Promises: []*sla.Promise{staged}},
	}
}

// newOffice must be called inside the bubble, and closed there. Everything is
// told to desk: half way, an hour before due, at due, and then each half hour.
func newOffice(t testing.TB, d notify.Destination) *office {
	t.Helper()
	db, err := store.Open(context.Background(), storetest.Path(t), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	o := &office{TB: t, db: db, Tracker: &tracker.Tracker{Store: db, Catalogue: duties(), Now: time.Now, Policies: policy.Policies{
		{To: []string{"desk"}, Warn: []policy.Lead{{Share: 0.5}, {Before: time.Hour}}, Repeat: 30 * time.Minute},
	}}}
	w := notify.Writer{Lang: "en", Zone: tokyo, Vendors: o.Catalogue}
	sender := notify.NewSender("desk", d, db, w, notify.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = sender.Run(ctx) // always nil
	}()
	o.wake, o.stop = sender.Wake, func() { cancel(); <-done }
	db.Subscribe(func(context.Context, store.Committed) { sender.Wake() })
	return o
}

func (o *office) close() {
	o.stop()
	if err := o.db.Verify(context.Background()); err != nil {
		o.Error(err)
	}
	if err := o.db.Close(); err != nil {
		o.Error(err)
	}
}

// pass lets time pass, and the watch loop step at each planned instant.
func (o *office) pass(d time.Duration) {
	o.Helper()
	for end := time.Now().Add(d); ; {
		next, err := o.Step(context.Background())
		if err != nil {
			o.Fatal(err)
		}
		o.wake()
		if next.IsZero() || next.After(end) {
			time.Sleep(time.Until(end))
			return
		}
		time.Sleep(time.Until(next))
	}
}

func (o *office) log(vendor string) sla.IncidentID {
	o.Helper()
	e := tracker.Entry{Vendor: vendor, Title: "sign-in fails"}
	e.Times[sla.Occurred] = sla.Stamp{At: time.Now()}
	inc, err := o.Tracker.Log(context.Background(), tracker.Request{Actor: "ueda"}, e)
	if err != nil {
		o.Fatal(err)
	}
	return inc.ID
}

func (o *office) did(_ *sla.Incident, err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) ack(id sla.IncidentID, by string) {
	o.Helper()
	o.did(o.Acknowledge(context.Background(), tracker.Request{Actor: by}, id, time.Time{}))
}

func (o *office) moveStart(id sla.IncidentID, by time.Duration) {
	o.Helper()
	var at time.Time
	err := o.db.View(context.Background(), func(r tracker.Reader) error {
		inc, err := r.Incident(context.Background(), id)
		if err == nil {
			at = inc.Times[sla.Occurred].At.Add(by)
		}
		return err
	})
	if err != nil {
		o.Fatal(err)
	}
	times := map[sla.Moment]sla.Stamp{sla.Occurred: {At: at}}
	o.did(o.Amend(context.Background(), tracker.Request{Actor: "mori"}, id, tracker.Amendment{Times: times}))
}

func (o *office) notice(id sla.IncidentID, stage string) {
	o.Helper()
	o.did(o.Notice(context.Background(), tracker.Request{Actor: "mori"}, id, tracker.NoticeEntry{Channel: "email", Stage: stage}))
}
