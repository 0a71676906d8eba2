package slackapp_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/slackapp"
	"kigen/config"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

const (
	botToken = "xoxb-bot-secret"
	appToken = "xapp-app-secret"
	channel  = "C0123456789"
)

// world is the app on a real database, connected to a fake Slack by HTTP and
// a websocket on loopback. The clock stands still until it is set.
type world struct {
	t      *testing.T
	socket *fakeslack.Socket
	server *httptest.Server
	db     *store.DB
	track  *tracker.Tracker
	app    *slackapp.App
	log    *logged
	stop   func()

	denials chan string // actor | origin | request

	who    slackapp.Who
	broken func(*sla.Incident) bool // whose chaser can't be written
	post   slackapp.Post            // sends chasers; nil: nothing does

	mu  sync.Mutex
	now time.Time
}

// logged is a log that a test reads while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// builtIn loads the built-in vendors once: their calendars take a while.
var builtIn = sync.OnceValues(func() (*config.Config, error) { return config.Parse("kigen.yaml", nil, nil) })

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) set(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

func tokyo(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// newWorld starts the app in a language and waits for its connection.
func newWorld(t *testing.T, lang string) *world {
	t.Helper()
	w := newUnstarted(t)
	w.start(lang)
	w.connected()
	return w
}

func newUnstarted(t *testing.T) *world {
	t.Helper()
	slack := fakeslack.New(fakeslack.Options{Token: botToken, Channels: []string{channel}})
	w := &world{t: t, socket: fakeslack.NewSocket(slack, appToken), log: &logged{}, denials: make(chan string, 100)}
	w.now = time.Date(2026, 5, 7, 12, 0, 0, 0, tokyo(t))
	w.server = httptest.NewServer(w.socket)
	t.Cleanup(w.server.Close)
	c, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	w.db, err = store.Open(t.Context(), storetest.Path(t), w.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.track = &tracker.Tracker{
		Store: w.db, Catalogue: c.Catalogue, Now: w.clock,
		Policies: policy.Policies{{To: []string{"soc"}, Repeat: 4 * time.Hour}},
	}
	return w
}

// start runs a new app, as a restarted daemon does.
func (w *world) start(lang string) {
	w.t.Helper()
	w.app = slackapp.New(slackapp.Options{
		AppToken: appToken, Channels: map[string]string{channel: botToken}, APIURL: w.server.URL + "/api/",
		Tracker: w.track, Incidents: w.db, Catalogue: w.track.Catalogue, Zone: tokyo(w.t), Lang: lang,
		BaseURL: "https://kigen.example.jp", Now: w.clock, Retry: time.Millisecond, Who: w.who,
		Chaser: func(inc *sla.Incident, lang string) string {
			if w.broken != nil && w.broken(inc) {
				panic("no chaser for this one")
			}
			if inc.Title == "answered" {
				return ""
			}
			return "chaser of " + inc.ID.String() + " in " + lang + " ```<!channel>"
		},
		Post: w.post,
		Denied: func(_ context.Context, actor, from, request string) error {
			w.denials <- actor + " | " + from + " | " + request
			return nil
		},
		Log: slog.New(slog.NewTextHandler(w.log, nil)),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.app.Run(ctx) }()
	var once sync.Once
	w.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				w.t.Error(err)
			}
		})
	}
	w.t.Cleanup(w.stop)
}

func (w *world) context() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

func (w *world) connected() int {
	w.t.Helper()
	n, err := w.socket.NextConnection(w.context())
	if err != nil {
		w.t.Fatalf("%v; log:\n%s", err, w.log)
	}
	return n
}

// mori is who acts, in the configured channel.
func (w *world) mori() fakeslack.Person {
	return fakeslack.Person{User: "U0MORI", Name: "mori", Channel: channel, BaseURL: w.server.URL}
}

// send delivers an envelope and returns the payload of its acknowledgement.
func (w *world) send(e fakeslack.Envelope) string {
	w.t.Helper()
	payload, err := w.socket.Send(w.context(), e)
	if err != nil {
		w.t.Fatalf("%v; log:\n%s", err, w.log)
	}
	return string(payload)
}

func (w *world) answer() fakeslack.Answer {
	w.t.Helper()
	answer, err := w.socket.NextAnswer(w.context())
	if err != nil {
		w.t.Fatalf("%v; log:\n%s", err, w.log)
	}
	if id := textID.FindString(answer.Shown()); id != "" {
		w.t.Errorf("the text %s is missing:\n%s", id, answer.Shown())
	}
	return answer
}

// textID finds the id of a text that has no wording.
var textID = regexp.MustCompile(`\b(label|state|hint|strength|channel|kigen|snooze|due|owner|verdict)_[a-z_0-9]+`)

// command types a command and returns the answer.
func (w *world) command(text string) string {
	w.t.Helper()
	w.send(w.socket.Command(w.mori(), text))
	answer := w.answer()
	return answer.Shown()
}

// opened clicks or types what opens a form, and returns the form.
func (w *world) opened(e fakeslack.Envelope) fakeslack.View {
	w.t.Helper()
	w.send(e)
	view, err := w.socket.NextView(w.context())
	if err != nil {
		w.t.Fatalf("%v; log:\n%s", err, w.log)
	}
	for _, shown := range regexp.MustCompile(`"text":"([^"]*)"`).FindAllStringSubmatch(string(view.Raw), -1) {
		if id := textID.FindString(shown[1]); id != "" {
			w.t.Errorf("the text %s is missing in the form", id)
		}
	}
	return view
}

func (w *world) submission(v fakeslack.View, values map[string]string) fakeslack.Envelope {
	w.t.Helper()
	e, err := w.socket.Submit(w.mori(), v, values)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *world) logs(vendor, title string) *sla.Incident {
	w.t.Helper()
	e := tracker.Entry{Vendor: vendor, Title: title}
	e.Times[sla.Occurred].At = w.clock().Add(-time.Hour)
	e.Times[sla.Confirmed].At = w.clock().Add(-time.Hour)
	inc, err := w.track.Log(w.t.Context(), tracker.Request{Actor: "test"}, e)
	if err != nil {
		w.t.Fatal(err)
	}
	return inc
}

func (w *world) incident(id sla.IncidentID) (inc *sla.Incident) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(r tracker.Reader) (err error) {
		inc, err = r.Incident(w.t.Context(), id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return inc
}

// done lists who did what to an incident, as kind and actor.
func (w *world) done(id sla.IncidentID, kinds ...sla.EventKind) (lines []string) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(r tracker.Reader) error {
		events, err := r.Events(w.t.Context(), id)
		for _, e := range events {
			for _, kind := range kinds {
				if e.Kind == kind {
					lines = append(lines, string(e.Kind)+" by "+e.Actor)
				}
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return lines
}

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("lacks %q:\n%s", word, text)
		}
	}
}

// denied returns the denials that were logged so far, one a line.
func (w *world) denied() string {
	var all []string
	for len(w.denials) > 0 {
		all = append(all, <-w.denials)
	}
	return strings.Join(all, "\n")
}
