package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
	"kigen/store/pgtest"
)

// latin is a part of a sentence that was not translated.
var latin = regexp.MustCompile(`[A-Za-z]+ [a-z]+ [a-z]+`)

// vendorPage is the status page of a vendor, served on loopback.
type vendorPage struct {
	*httptest.Server
	mu    sync.Mutex
	body  string
	asked int
}

func serveVendor(t *testing.T) *vendorPage {
	t.Helper()
	v := &vendorPage{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.asked++
		_, _ = w.Write([]byte(v.body))
	}))
	t.Cleanup(v.Close)
	return v
}

// says sets the incidents of the page.
func (v *vendorPage) says(incidents ...string) {
	v.serves(`{"page":{"id":"kaz3"},"incidents":[` + strings.Join(incidents, ",") + `]}`)
}

func (v *vendorPage) serves(body string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.body = body
}

func (v *vendorPage) requests() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked
}

var troubleBegan = sync.OnceValue(func() time.Time { return time.Now().Add(-10 * time.Minute) })

// trouble is an incident of the page with one message.
func trouble(id, title, text string) string {
	at := troubleBegan().UTC().Format(time.RFC3339)
	return fmt.Sprintf(`{"id":%q,"name":%q,"status":"investigating","impact":"major","created_at":%[4]q,"updated_at":%[4]q,"incident_updates":[{"id":%[5]q,"status":"investigating","body":%[3]q,"created_at":%[4]q,"display_at":%[4]q}]}`,
		id, title, text, at, id+"u")
}

// hook sends what a status page sends to its subscribers, without a signature.
func (s *shifting) hook(source, incident string) {
	s.t.Helper()
	status, text := answer(s.t, s.Daemon, http.MethodPost, "/api/v1/intake/"+source, `{"page":{"id":"kaz3"},"incident":`+incident+`}`)
	if status != http.StatusAccepted {
		s.t.Fatalf("the hook: %d %s", status, text)
	}
}

func (s *shifting) items(q inbox.Query) []inbox.Item {
	s.t.Helper()
	q.Limit = 100
	page, err := s.present.Load().intake.Items(s.t.Context(), q)
	if err != nil {
		s.t.Fatal(err)
	}
	return page.Items
}

// remembered waits until the inbox remembers of a source what is said.
func (s *shifting) remembered(source, what string, is func(inbox.Source) bool) {
	s.t.Helper()
	s.until(what, func() bool {
		src, _, err := s.store.Remembered(s.t.Context(), source)
		return err == nil && is(src)
	})
}

const pagesConfig = `destinations: {soc: SLACK}
alerts: [{to: [soc]}]
intake:
  kaze: {statuspage: "PAGE/api/v2/incidents.json", vendor: kaze, service: Gateway, every: 24h}
  allow_private: [127.0.0.1]
vendors:
  - id: kaze
    name: {ja: 風, en: Kaze}
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}
`

// A running daemon reads the pages of its configuration: what was there is seen, what is
// new is announced, what a person accepted goes on as events, and what a page serves
// instead of itself is no all-clear. An unsigned hook only makes it read at once.
func TestPagesAreRead(t *testing.T) {
	t.Parallel()
	page := serveVendor(t)
	page.says(trouble("i1", "old trouble", "It was there before."))
	s := newShifting(t, strings.ReplaceAll(pagesConfig, "PAGE", page.URL))
	s.remembered("kaze", "the first reading", func(src inbox.Source) bool { return !src.LastSuccess.IsZero() })
	if items := s.items(inbox.Query{}); len(items) != 1 || items[0].State != inbox.Seen {
		t.Fatalf("%+v", items)
	}

	fresh := trouble("i2", "uploads fail", "We are investigating.")
	page.says(fresh, trouble("i1", "old trouble", "It was there before."))
	s.hook("kaze", fresh)
	s.until("a message about the candidate", func() bool { return s.posted("uploads fail") == 1 })
	waiting := s.items(inbox.Query{State: inbox.Candidate})
	if len(waiting) != 1 || waiting[0].SourceID != "i2" || !waiting[0].Times.Assumed || waiting[0].Service != "Gateway" || s.posted("old trouble") > 0 {
		t.Fatalf("%+v", waiting)
	}
	status, text := answer(t, s.Daemon, http.MethodPost, fmt.Sprintf("/api/v1/intake/%d/accept", waiting[0].ID), "{}")
	if status != http.StatusOK || !strings.Contains(text, `"incident":"KGN-1"`) {
		t.Fatalf("accept: %d %s", status, text)
	}
	s.until("the message about the candidate to say what was decided", func() bool { return s.posted("LOGGED: Kaze: uploads fail") == 1 })

	changed := trouble("i2", "uploads fail", "We have found the cause.")
	page.says(changed)
	s.hook("kaze", changed)
	s.until("the revision as a note", func() bool { return strings.Contains(s.incident(1), "We have found the cause.") })
	if text := s.incident(1); !strings.Contains(text, `"state":"running"`) || strings.Contains(text, `"channel":"status_page"`) {
		t.Errorf("a page stopped the clock: %s", text)
	}

	page.serves("<html>One more step</html>")
	s.hook("kaze", trouble("i3", "hooked", "Nobody knows of it."))
	s.until("a message about the broken page", func() bool { return s.posted("can't be read") == 1 })
	h := s.health(t.Context())
	if len(h.Faults) != 1 || !strings.Contains(h.Faults[0].Text.En, "source kaze has failed") {
		t.Errorf("faults %+v", h.Faults)
	}
	if said := h.Faults[0].Text; latin.MatchString(said.Ja) {
		t.Errorf("a reason in English: %s", said.Ja)
	}
	for _, src := range []string{"recovered", "resolved"} {
		if strings.Contains(s.incident(1), `"`+src) {
			t.Errorf("a broken page says %s: %s", src, s.incident(1))
		}
	}
	page.says(changed)
	s.hook("kaze", changed)
	s.until("a message that it is read again", func() bool { return s.posted("kaze is read again") == 1 })
	if h := s.health(t.Context()); len(h.Faults) > 0 {
		t.Errorf("faults %+v", h.Faults)
	}
	unproved := s.items(inbox.Query{State: inbox.Unconfirmed})
	if len(unproved) != 1 || unproved[0].SourceID != "i3" {
		t.Errorf("%+v", unproved)
	}
	_, metrics := answer(t, s.Daemon, http.MethodGet, "/metrics", "")
	for _, line := range []string{
		`kigen_intake_items_total{result="seen",source="kaze"} 1`, `kigen_intake_items_total{result="candidate",source="kaze"} 1`,
		`kigen_intake_items_total{result="changed",source="kaze"} 1`, `kigen_intake_items_total{result="failed",source="kaze"} 1`,
		`kigen_intake_items_total{result="unconfirmed",source="kaze"} 1`, `kigen_intake_items_total{result="hint",source="kaze"} 4`,
		`kigen_alerts_raised_total{reason="source"} 2`, `kigen_intake_last_success_timestamp_seconds{source="kaze"} 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	if err := s.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if log := s.end(); !strings.Contains(log, "a source can't be read") || strings.Contains(log, "One more step") {
		t.Error(log)
	}
}

// incident is how the API shows an incident.
func (s *shifting) incident(id sla.IncidentID) string {
	_, text := answer(s.t, s.Daemon, http.MethodGet, "/api/v1/incidents/"+id.String(), "")
	return text
}

// A reload that changes nothing about a page asks it no earlier; one that names another
// page reads that for the first time; and a page inside is refused without being asked.
func TestPagesAfterAReload(t *testing.T) {
	t.Parallel()
	page, other := serveVendor(t), serveVendor(t)
	page.says(trouble("i1", "old trouble", "It was there before."))
	other.says(trouble("o1", "other trouble", "It was there before."))
	s := newShifting(t, strings.ReplaceAll(pagesConfig, "PAGE", page.URL))
	s.remembered("kaze", "the first reading", func(src inbox.Source) bool { return !src.LastSuccess.IsZero() })
	fetcher := s.present.Load().fetcher
	s.becomes(strings.ReplaceAll(pagesConfig, "PAGE", page.URL) + "timezone: UTC\n")
	if s.present.Load().fetcher != fetcher {
		t.Error("a reload forgets when hosts were asked")
	}
	s.becomes(strings.ReplaceAll(pagesConfig, "PAGE", other.URL))
	s.until("the first reading of the other page", func() bool { return len(s.items(inbox.Query{Source: "kaze"})) == 2 })
	for _, it := range s.items(inbox.Query{}) {
		if it.State != inbox.Seen {
			t.Errorf("%+v", it)
		}
	}
	if n := page.requests(); n != 1 {
		t.Errorf("the page was asked %d times", n)
	}
	asked := other.requests()
	s.becomes(strings.ReplaceAll(strings.ReplaceAll(pagesConfig, "PAGE", other.URL), "  allow_private: [127.0.0.1]\n", ""))
	s.hook("kaze", trouble("o1", "other trouble", "It was there before."))
	s.remembered("kaze", "the refusal", func(src inbox.Source) bool { return strings.Contains(src.Error, "the address is not public") })
	if other.requests() != asked {
		t.Error("an address inside was asked")
	}
	if status, text := answer(t, s.Daemon, http.MethodPost, "/api/v1/intake/kaze", `{"page":1}`); status != http.StatusUnprocessableEntity || !strings.Contains(text, "is no delivery of a status page") {
		t.Errorf("%d %s", status, text)
	}
	s.end()
}

// A mail that may be the notice of an overdue clock reaches all who were alerted about the
// clock, and does not stop it.
func TestACandidateOnAnOverdueClock(t *testing.T) {
	t.Parallel()
	s := newShifting(t, `destinations: {soc: SLACK, lead: OTHER}
alerts: [{to: [soc]}, {to: [lead], after: 2h}]
intake: {own: {domains: [midori-seimitsu.example], mx: [in1.midori-seimitsu.example], authserv_id: auth.midori-seimitsu.example}}
vendors:
  - id: borealis
    name: {ja: "Borealis Storage", en: "Borealis Storage"}
    mail: {domains: [borealis.example], ticket: 'BO-\d+'}
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}
`)
	log := func(reference string, ago time.Duration) {
		e := tracker.Entry{Vendor: "borealis", Title: "tenants mixed up", Reference: reference}
		e.Times[sla.Occurred].At = time.Now().Add(-ago)
		if _, err := s.Tracker().Log(t.Context(), tracker.Request{Actor: "test"}, e); err != nil {
			t.Fatal(err)
		}
	}
	log("BO-90213", 9*time.Hour)
	s.until("the alerts", func() bool { return len(s.slack.Messages()) == 2 })
	status, text := s.push("mail", "093-update-en-minimal.eml")
	if status != http.StatusCreated || !strings.Contains(text, `"state":"candidate"`) || !strings.Contains(text, `"incident":"KGN-1"`) {
		t.Fatalf("%d %s", status, text)
	}
	s.until("the candidate in both channels", func() bool { return s.posted("A mail that may be the notice is waiting: KGN-1") == 2 })
	channels := map[string]bool{}
	for _, m := range s.slack.Messages() {
		channels[m.Channel] = channels[m.Channel] || strings.Contains(m.Text+m.Shown(), "the clock runs until a person accepts it")
	}
	if len(channels) != 2 || !channels["C0123456789"] || !channels["C0123456780"] {
		t.Errorf("%v", channels)
	}
	if text := s.incident(1); !strings.Contains(text, `"state":"overdue"`) || strings.Contains(text, `"channel":"email"`) {
		t.Errorf("the clock stopped: %s", text)
	}
	// Of a clock that runs, those hear who are alerted first.
	log("BO-90214", time.Hour)
	s.push("mail", "093-update-en-minimal.eml", "BO-90213", "BO-90214", "<m93.", "<m94.")
	s.until("the second candidate", func() bool { return s.posted("Borealis Storage: BO-90214") == 1 })
	s.until("an empty outbox", s.quiet)
	if n := s.posted("Borealis Storage: BO-90214"); n != 1 {
		t.Errorf("%d messages", n)
	}
	s.end()
}

var dateOfMail = regexp.MustCompile(`\w{3}, \d{2} Mar 2027 \d{2}:\d{2}:\d{2} [+-]\d{4}`)

// push hands in a mail of the corpus of package mail, as if it had come just now.
func (s *shifting) push(source, name string, replace ...string) (int, string) {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "intake", "mail", "testdata", "gold", name))
	if err != nil {
		s.t.Fatal(err)
	}
	text := strings.NewReplacer(replace...).Replace(dateOfMail.ReplaceAllString(string(raw), time.Now().Format(time.RFC1123Z)))
	return s.pushed(source, text)
}

func (s *shifting) pushed(source, mail string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL()+"/api/v1/intake/"+source, strings.NewReader(mail))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "message/rfc822")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var body json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// Only the replica that leads reads pages. The next leader goes on where it ended, and asks
// no page earlier than it is due.
func TestOnlyTheLeaderReads(t *testing.T) {
	page := serveVendor(t)
	page.says(trouble("i1", "old trouble", "It was there before."))
	fake := fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}})
	server := httptest.NewServer(fake)
	defer server.Close()
	place := pgtest.URL(t)
	_, sources, _ := strings.Cut(pagesConfig, "intake:\n")
	more := "intake:\n" + strings.ReplaceAll(sources, "PAGE", page.URL)
	a := startReplica(t, place, server.URL, more)
	until(t, "the first replica leads", a.lease.Valid)
	until(t, "the page is read", func() bool { return len(itemsOf(t, a.Daemon)) == 1 })
	b := startReplica(t, place, server.URL, more)
	until(t, "the second one knows", func() bool { _, ok := b.lease.Leader(); return ok })
	fresh := trouble("i2", "uploads fail", "We are investigating.")
	page.says(fresh)
	hook := `{"page":{"id":"kaz3"},"incident":` + fresh + `}`
	if status, text := answer(t, b.Daemon, http.MethodPost, "/api/v1/intake/kaze", hook); status != http.StatusAccepted {
		t.Errorf("%d %s", status, text)
	}
	a.stop()
	until(t, "the other one leads", b.lease.Valid)
	until(t, "its parts run", func() bool { b.aligning.Lock(); defer b.aligning.Unlock(); return b.leads })
	if n := page.requests(); n != 1 {
		t.Errorf("the page was asked %d times", n)
	}
	if status, text := answer(t, b.Daemon, http.MethodPost, "/api/v1/intake/kaze", hook); status != http.StatusAccepted {
		t.Errorf("%d %s", status, text)
	}
	until(t, "the new item", func() bool { return len(itemsOf(t, b.Daemon)) == 2 })
	if items := itemsOf(t, b.Daemon); items[0].State != inbox.Candidate || items[1].State != inbox.Seen || page.requests() != 2 {
		t.Errorf("%d requests, %+v", page.requests(), items)
	}
}

func itemsOf(t *testing.T, d *Daemon) []inbox.Item {
	t.Helper()
	page, err := d.present.Load().intake.Items(t.Context(), inbox.Query{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}
