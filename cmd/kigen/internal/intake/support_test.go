package intake_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// nine is a Tuesday morning in Tokyo.
var nine = time.Date(2026, 10, 6, 0, 0, 0, 0, time.UTC)

const house = `destinations: {soc: {console: {}}, lead: {console: {}}}
alerts:
  - {to: [soc], repeat: 4h}
  - {to: [lead], after: 2h}
intake:
  own: {domains: [aoba.example], mx: [mx1.aoba.example], authserv_id: mx.aoba.example}
  mail: {imap: "imaps://kigen@imap.aoba.example/INBOX", password: x, auto: on}
  quiet: {imap: "imaps://kigen@imap.aoba.example/Other", password: x}
  hoshi: {statuspage: "https://status.hoshi.example", vendor: hoshi}
  siem: {webhook: {secret: abc}, map: {vendor: alert.vendor, title: alert.name, occurred_at: alert.at, id: alert.id, kind: =incident}}
vendors:
  - id: hoshi
    name: {ja: 星クラウド, en: Hoshi Cloud}
    services: [API, Storage]
    mail: {domains: [hoshi.example], ticket: "HOSHI-[0-9]+", desk: [desk@hoshi.example]}
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}
`

// world is a service over a database of its own.
type world struct {
	testing.TB
	*intake.Service
	db      *store.DB
	tracker *tracker.Tracker

	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.Path(t), nine)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return over(t, db)
}

// over is a service over a database.
func over(t testing.TB, db *store.DB) *world {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte(house), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, db: db, now: nine}
	w.tracker = &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: w.clock}
	w.Service = &intake.Service{
		Store: db, Tracker: w.tracker, Config: c.Intake, Register: c.Register, Zone: c.Timezone, Lang: "en", Now: w.clock,
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// at sets the clock to a length after nine.
func (w *world) at(after time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = nine.Add(after)
}

var sato = tracker.Request{Actor: "user:sato", Origin: "192.0.2.1"}

func (w *world) log(title string, occurred time.Time) *sla.Incident {
	w.Helper()
	e := tracker.Entry{Vendor: "hoshi", Title: title, Reference: "HOSHI-1"}
	e.Times[sla.Occurred].At = occurred
	inc, err := w.tracker.Log(w.Context(), sato, e)
	if err != nil {
		w.Fatal(err)
	}
	return inc
}

func (w *world) read(id sla.IncidentID) (inc *sla.Incident, events []sla.Event) {
	w.Helper()
	err := w.db.View(w.Context(), func(r tracker.Reader) (err error) {
		if inc, err = r.Incident(w.Context(), id); err == nil {
			events, err = r.Events(w.Context(), id)
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return inc, events
}

func (w *world) take(b intake.Batch) *intake.Taken {
	w.Helper()
	taken, err := w.Take(w.Context(), b)
	if err != nil {
		w.Fatal(err)
	}
	return taken
}

// watched reads a source for the first time, so that what comes then is new.
func (w *world) watched(source string) {
	w.Helper()
	w.take(intake.Batch{Source: source})
}

func (w *world) item(id int64) inbox.Told {
	w.Helper()
	told, err := w.ItemTold(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return told
}

func (w *world) verify() {
	w.Helper()
	if err := w.db.Verify(w.Context()); err != nil {
		w.Error(err)
	}
}

// alerts lists the titles of the alerts about candidates with their destinations.
func (w *world) alerts() (list []string) {
	w.Helper()
	for _, to := range []string{"soc", "lead"} {
		for {
			d, err := w.db.NextDelivery(context.Background(), to, w.clock().Add(48*time.Hour))
			if err != nil {
				w.Fatal(err)
			}
			if d == nil {
				break
			}
			if d.Alert.Reason == outbox.ReasonCandidate {
				list = append(list, to+" "+string(d.Alert.Body))
			}
		}
	}
	return list
}

// mail is a mail of hoshi about an incident.
func mail(id, incident string, auto bool) intake.Entry {
	return intake.Entry{
		Item: inbox.Item{
			SourceID: id, Revision: 1, Vendor: "hoshi", Kind: inbox.KindFirst, Incident: incident, Title: "【障害】API", Text: "APIに障害が発生しています。",
			Channel: "email", Reference: "HOSHI-1", ReceivedAt: nine.Add(time.Hour), SentAt: nine.Add(50 * time.Minute), Auto: auto,
			Evidence: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
		},
		Document: inbox.Document{Name: "mail.eml", Type: "message/rfc822", Content: []byte("x")},
	}
}

// outage is an incident of hoshi's page.
func outage(revision int, text string, occurred time.Time, assumed bool) intake.Entry {
	return intake.Entry{Item: inbox.Item{
		SourceID: "65xomia3vo28", Revision: revision, Vendor: "hoshi", Service: "Storage", Kind: inbox.KindIncident, Title: "Uploads fail", Text: text,
		Channel: "status_page", Link: "https://status.hoshi.example/incidents/65xomia3vo28", SentAt: nine.Add(20 * time.Minute),
		Times: inbox.Times{Occurred: occurred, Assumed: assumed},
	}}
}

func kinds(events []sla.Event) string {
	var list []string
	for i := range events {
		list = append(list, string(events[i].Kind))
	}
	return strings.Join(list, " ")
}
