package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/config"
	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

const slackConfig = `
destinations:
  soc: {slack: {token: xoxb-test, channel: C0123456789}}
alerts:
  - {to: [soc], warn: [1h], repeat: 4h}
`

// world is the daemon without its listener, which would hold up virtual time:
// a real database, the watch loop, and a sender that talks to a fake Slack.
type world struct {
	t        *testing.T
	slack    *fakeslack.Slack
	path     string
	config   *config.Config
	tracker  *tracker.Tracker
	auditor  *auditor
	fallback *fakeslack.Slack // where fallback alerts go
	asleep   bool             // the watch loop does not run
	calm     bool             // see calmly
	broken   bool             // every step fails
	stop     func()
}

// calmly is how long the watch loop sleeps, and how often the auditor looks, in tests of
// many days in which no clock jumps: what the loop does not wake for by itself is then
// not made good by the next look, and days take as long as hours.
const calmly = 10 * time.Minute

func newWorld(t *testing.T) *world {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte(slackConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		t: t, config: c, path: storetest.Path(t),
		slack:    fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}, EnforceRate: true}),
		fallback: fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}}),
	}
}

// start opens the database and sets the loops going, as the daemon does.
func (w *world) start() {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), w.path, time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	channel := channelOf(w.slack)
	writer := notify.Writer{Lang: "en", Zone: w.config.Timezone, Vendors: w.config.Catalogue}
	sender := notify.NewSender("soc", channel, db, writer, notify.Options{Log: log})
	w.tracker = &tracker.Tracker{Store: db, Catalogue: w.config.Catalogue, Policies: w.config.Alerts, Now: time.Now}
	loop := newWatch(func(ctx context.Context) (time.Time, error) {
		if w.broken {
			return time.Time{}, errors.New("injected")
		}
		return w.tracker.Step(ctx)
	}, func() {}, log)
	db.Subscribe(func(ctx context.Context, c store.Committed) { follow(ctx, c, loop, sender) })
	if w.calm {
		loop.longest = calmly
	}
	if err := w.tracker.Adopt(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}

	books := db.Auditor()
	last := &fallbackAlert{
		destinations: []fallbackDestination{{"soc", channelOf(w.fallback), func() bool { return true }}}, writer: writer, log: log,
	}
	w.auditor = &auditor{
		books: books, stages: stagesOf(w.config.Alerts), ledger: db, fallback: last.unalerted, log: log,
		failing: func(id sla.IncidentID) bool { return loop.failing.Load() || w.isAside(db, id) },
	}
	if w.calm {
		w.auditor.period = calmly
	}

	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = sender.Run(ctx) })
	done.Go(func() { w.auditor.run(ctx) })
	if !w.asleep {
		done.Go(func() { loop.run(ctx) })
	}
	w.stop = func() {
		cancel()
		done.Wait()
		if err := books.Close(); err != nil {
			w.t.Error(err)
		}
		if err := db.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

// follow does for a test's loop and senders what the daemon does after a commit.
func follow(ctx context.Context, c store.Committed, loop *watch, senders ...*notify.Sender) {
	if len(c.Incidents) > 0 {
		loop.committed(ctx, &c)
	}
	for _, s := range senders {
		if slices.Contains(c.Destinations, s.Name()) {
			s.Wake()
		}
	}
}

func (w *world) isAside(db *store.DB, id sla.IncidentID) bool {
	all, err := db.Asides(context.Background())
	if err != nil {
		w.t.Error(err)
	}
	return slices.ContainsFunc(all, func(a tracker.Aside) bool { return a.Incident == id })
}

func channelOf(fake *fakeslack.Slack) *slack.Channel {
	return slack.New(slack.Options{Token: "xoxb-test", Channel: "C0123456789", Transport: fake.RoundTripper()})
}

// wantPassing checks that the audit finds nothing now, and never told anybody
// by a fallback alert.
func (w *world) wantPassing() {
	w.t.Helper()
	if !w.auditor.passes(time.Now()) {
		w.t.Errorf("the audit does not pass: %+v", w.auditor.verdict(time.Now()))
	}
	if told := w.fallback.Messages(); len(told) > 0 {
		w.t.Errorf("a fallback alert was sent: %s", told[0].Shown())
	}
}

// logConfirmed logs an incident at sustaina, whose 24 hours count from the
// given time before now.
func (w *world) logConfirmed(ago time.Duration) *sla.Incident {
	w.t.Helper()
	e := tracker.Entry{Vendor: "sustaina", Title: "storage unreachable"}
	e.Times[sla.Confirmed].At = time.Now().Add(-ago)
	inc, err := w.tracker.Log(w.t.Context(), tracker.Request{Actor: "test"}, e)
	if err != nil {
		w.t.Fatal(err)
	}
	return inc
}

// wantShown checks that the channel shows one message for each list of words.
func (w *world) wantShown(messages ...[]string) {
	w.t.Helper()
	shown := w.slack.Messages()
	if len(shown) != len(messages) {
		w.t.Fatalf("the channel shows %d messages, want %d: %+v", len(shown), len(messages), shown)
	}
	for i, words := range messages {
		text := shown[i].Shown() + shown[i].Text
		for _, word := range words {
			if !strings.Contains(text, word) {
				w.t.Errorf("message %d lacks %q:\n%s", i+1, word, text)
			}
		}
	}
}

// A vendor stays silent past its deadline, and Slack says so within a second,
// once; the notice turns the messages into the news that it came.
func TestSilentVendor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		defer func() { w.stop() }()
		inc := w.logConfirmed(22 * time.Hour)
		due := inc.Clocks[0].Due

		time.Sleep(time.Until(due.Add(-time.Hour)) - time.Second)
		w.wantShown()
		time.Sleep(2 * time.Second)
		w.wantShown([]string{"storage unreachable"})

		time.Sleep(time.Until(due) - time.Second)
		w.wantShown([]string{"storage unreachable"})
		time.Sleep(2 * time.Second)
		w.wantShown([]string{"storage unreachable"}, []string{"storage unreachable"})
		time.Sleep(time.Hour)
		w.wantPassing()
		if lag := w.slack.Messages()[1].Posted.Sub(due); lag < 0 || lag > time.Second {
			t.Errorf("the overdue alert was posted %v after the deadline", lag)
		}

		time.Sleep(time.Hour)
		if _, err := w.tracker.Notice(t.Context(), tracker.Request{Actor: "test"}, inc.ID, tracker.NoticeEntry{Channel: "email"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		w.wantShown([]string{"2 h after the deadline"}, []string{"2 h after the deadline"})
		for i, m := range w.slack.Messages() {
			if m.Edits != 1 {
				t.Errorf("message %d was edited %d times, want once", i+1, m.Edits)
			}
		}
		time.Sleep(12 * time.Hour)
		w.wantShown([]string{"2 h after the deadline"}, []string{"2 h after the deadline"}) // and no repeats
	})
}

// Repeats come until a person has it.
func TestRepeatsUntilAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.calm = true
		w.start()
		defer func() { w.stop() }()
		inc := w.logConfirmed(24*time.Hour - time.Minute)
		time.Sleep(9 * time.Hour) // the warning at once, overdue after a minute, repeats after 4 h and 8 h
		if n := len(w.slack.Messages()); n != 4 {
			t.Fatalf("%d messages after 9 h, want 4", n)
		}
		if _, err := w.tracker.Acknowledge(t.Context(), tracker.Request{Actor: "ueda"}, inc.ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if n := len(w.slack.Messages()); n != 4 {
			t.Errorf("%d messages a day after the acknowledgement, want still 4", n)
		}
		w.wantPassing()
		w.wantShown([]string{"ueda"}, []string{"ueda"}, []string{"ueda"}, []string{"ueda"})
	})
}

// The deadline passes while kigen is down: one alert on the next start, and
// it says that it is late.
func TestCatchUpAfterDowntime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		w.logConfirmed(20 * time.Hour)
		w.stop()
		time.Sleep(30 * time.Hour)
		w.wantShown()

		w.start()
		defer func() { w.stop() }()
		time.Sleep(10 * time.Second)
		w.wantShown([]string{"storage unreachable"})
		time.Sleep(time.Hour)
		if n := len(w.slack.Messages()); n > 2 { // the next repeat may fall into that hour
			t.Errorf("%d messages an hour later", n)
		}
		w.wantPassing()
	})
}

// Repeats are added to the configuration while a clock is overdue and nothing
// more was planned for it: they come all the same, and nothing is told twice.
func TestNewPoliciesFindOldClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.config.Alerts = policy.Policies{{To: []string{"soc"}}}
		w.start()
		w.logConfirmed(24*time.Hour - time.Minute)
		time.Sleep(time.Hour)
		w.wantShown([]string{"OVERDUE"})
		w.stop()

		w.config.Alerts[0].Repeat = 4 * time.Hour
		w.start()
		defer func() { w.stop() }()
		time.Sleep(2 * time.Hour)
		w.wantShown([]string{"OVERDUE"})
		time.Sleep(2 * time.Hour)
		w.wantShown([]string{"OVERDUE"}, []string{"OVERDUE"})
		w.wantPassing()
	})
}

// Slack refuses, breaks and hangs up for an hour: the alert comes all the
// same, and no more than once where Slack had not taken it.
func TestSlackOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		defer func() { w.stop() }()
		began := time.Now()
		faults := []fakeslack.Fault{
			fakeslack.Status(503), fakeslack.HangUp(), fakeslack.TooMany("7"), fakeslack.TooMany(""),
			fakeslack.Body("{}"), fakeslack.Says("internal_error"), fakeslack.BlackHole(),
		}
		w.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
			if time.Since(began) < time.Hour {
				return faults[c.N%len(faults)].Ptr()
			}
			return nil
		})
		w.logConfirmed(24*time.Hour - time.Minute)
		time.Sleep(time.Hour)
		w.wantShown()
		time.Sleep(30 * time.Minute)
		if n := len(w.slack.Messages()); n < 1 || n > 2 { // the warning was under way and may come too
			t.Errorf("%d messages after the outage, want the alert", n)
		}
		w.wantEveryShown("OVERDUE")
	})
}

// wantEveryShown checks that no message is out of date.
func (w *world) wantEveryShown(word string) {
	w.t.Helper()
	for _, m := range w.slack.Messages() {
		if text := m.Shown() + m.Text; !strings.Contains(text, word) {
			w.t.Errorf("a message lacks %q:\n%s", word, text)
		}
	}
}
