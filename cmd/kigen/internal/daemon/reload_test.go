package daemon

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver, for a look past the store

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// shifting is a whole daemon whose configuration a test replaces.
type shifting struct {
	*Daemon
	t     *testing.T
	slack *fakeslack.Slack
	head  string
	log   bytes.Buffer

	mu   sync.Mutex
	text string
}

// newShifting starts a daemon. In the configuration SLACK and OTHER stand for
// destinations at two channels of one Slack.
func newShifting(t *testing.T, text string) *shifting {
	t.Helper()
	s := &shifting{t: t, slack: fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789", "C0123456780"}})}
	server := httptest.NewServer(s.slack)
	t.Cleanup(server.Close)
	s.head = fmt.Sprintf("listen: 127.0.0.1:0\ndatabase: %q\nlanguage: en\n", filepath.Join(t.TempDir(), "kigen.db"))
	to := func(channel string) string {
		return fmt.Sprintf("{slack: {token: xoxb-test, channel: %s, api_url: \"%s/api/\"}}", channel, server.URL)
	}
	places := strings.NewReplacer("SLACK", to("C0123456789"), "OTHER", to("C0123456780"), "DEAD", `{webhook: {url: "http://127.0.0.1:1/hook"}}`)
	s.text = text
	path := filepath.Join(t.TempDir(), "kigen.yaml")
	load := func() (*config.Config, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := os.WriteFile(path, []byte(s.head+places.Replace(s.text)), 0o600); err != nil {
			return nil, err
		}
		return config.Begin(path, nil)
	}
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	s.Daemon, err = New(t.Context(), c, Options{Log: slog.New(slog.NewTextHandler(&s.log, nil)), Console: &bytes.Buffer{}, Load: load})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	return s
}

// becomes replaces the configuration.
func (s *shifting) becomes(text string) *web.Reloaded {
	s.t.Helper()
	s.mu.Lock()
	s.text = text
	s.mu.Unlock()
	r, err := s.Reload(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// end stops the daemon and returns what it logged.
func (s *shifting) end() string {
	s.t.Helper()
	if err := s.Stop(context.WithoutCancel(s.t.Context())); err != nil {
		s.t.Error(err)
	}
	return s.log.String()
}

// until waits for what other goroutines do.
func (s *shifting) until(what string, happened func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !happened() {
		select {
		case <-ctx.Done():
			s.t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

func (s *shifting) quiet() bool {
	_, waiting, err := s.store.OldestUnsent(s.t.Context())
	return err == nil && !waiting
}

// posted counts the messages that speak of an incident.
func (s *shifting) posted(title string) (n int) {
	for _, m := range s.slack.Messages() {
		if strings.Contains(m.Text+m.Shown(), title) {
			n++
		}
	}
	return n
}

// Incidents are logged over HTTP while one configuration replaces another, in
// which the same channel has another name and other policies: each is told
// once, and no part works with half of a configuration.
func TestReloadsWhileIncidentsComeIn(t *testing.T) {
	t.Parallel()
	names := []string{
		"destinations: {soc: SLACK}\nalerts: [{to: [soc], repeat: 4h}]",
		"destinations: {duty: SLACK}\nalerts: [{to: [duty], warn: [50%]}]",
		"destinations: {soc: SLACK, siem: DEAD}\nalerts: [{to: [soc]}]",
	}
	s := newShifting(t, names[0])
	var (
		mu     sync.Mutex
		logged []string
		people sync.WaitGroup
	)
	due := make(chan int, 27) // three with each reload: a channel takes one message a second
	for range 3 {
		people.Go(func() {
			for n := range due {
				title := fmt.Sprintf("incident %03d;", n)
				if s.postIncident(title) {
					mu.Lock()
					logged = append(logged, title)
					mu.Unlock()
				}
			}
		})
	}
	for i := range 9 {
		for n := range 3 {
			due <- 3*i + n
		}
		s.becomes(names[(i+1)%len(names)])
	}
	close(due)
	people.Wait()
	s.becomes(names[0])
	s.until("an empty outbox", s.quiet)
	for _, title := range logged {
		if n := s.posted(title); n != 1 {
			t.Errorf("%q was told %d times", title, n)
		}
	}
	if len(logged) == 0 {
		t.Error("nothing was logged")
	}
	if err := s.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	s.end()
}

// postIncident logs an incident whose deadline has passed. false: it was asked
// to come again.
func (s *shifting) postIncident(title string) bool {
	body := fmt.Sprintf(`{"vendor":"sustaina","title":%q,"impact":"serious","confirmed_at":%q}`, title, time.Now().Add(-25*time.Hour).Format(time.RFC3339))
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL()+"/api/v1/incidents", strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Error(err)
		return false
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") != "":
		return false
	case response.StatusCode != http.StatusCreated:
		s.t.Errorf("%s: %s", title, response.Status)
		return false
	}
	return true
}

// A configuration that is refused leaves every part as it was.
func TestRefusedReloadChangesNothing(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	before := s.present.Load()
	for _, bad := range []string{
		"destinations: {soc: SLACK}\nalerts: [{to: [lead]}]",
		"destinations: {soc: {email: {smtp: \"smtp://127.0.0.1:25\", from: kigen@example.jp, to: []}}}",
		"tls: {cert: none.crt, key: none.key}",
		"report: {schedule: \"CRON_TZ=Nowhere/Land 0 9 1 * *\", to: [console]}",
	} {
		s.mu.Lock()
		s.text = bad
		s.mu.Unlock()
		_, err := s.Reload(t.Context())
		var refused *web.ReloadRefusedError
		if !errors.As(err, &refused) || len(refused.Mistakes) == 0 {
			t.Errorf("%s: %v", bad, err)
		}
		if s.present.Load() != before {
			t.Fatalf("%s: replaced", bad)
		}
		if !s.reloads.refused.Load() {
			t.Errorf("%s: the gauge says that it was taken", bad)
		}
	}
	if !s.postIncident("still here;") {
		t.Error("nothing can be logged")
	}
	s.until("the alert", func() bool { return s.posted("still here;") == 1 })
	if log := s.end(); !strings.Contains(log, "configuration refused") || strings.Contains(log, "xoxb-test") {
		t.Errorf("the log is\n%s", log)
	}
}

// systemd waits for the end of a reload, also of one that is refused.
func TestSystemdHearsOfReloads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	d := &Daemon{log: slog.New(slog.DiscardHandler), systemd: &supervisor{log: slog.New(slog.DiscardHandler)}}
	d.present.Store(&deployment{})
	if _, err := d.Reload(t.Context()); err == nil {
		t.Error("there is nothing to read anew, and it was reloaded")
	}
	for _, want := range []string{`^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+$`, `^READY=1$`} {
		text := make([]byte, 100)
		n, err := socket.Read(text)
		if err != nil || !regexp.MustCompile(want).Match(text[:n]) {
			t.Errorf("systemd heard %q, %v, want %s", text[:n], err, want)
		}
	}
}

// What can't change while kigen runs stays, and is named.
func TestReloadNamesWhatNeedsARestart(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	s.head = strings.NewReplacer("127.0.0.1:0", "127.0.0.1:8099", "kigen.db", "other.db").Replace(s.head)
	r := s.becomes("destinations: {soc: SLACK}\nalerts: [{to: [soc]}]\ntimezone: UTC")
	if got := strings.Join(r.NeedsRestart, " "); got != "listen database" {
		t.Errorf("needs a restart: %q", got)
	}
	if got := strings.Join(r.Sections, " "); got != "report timezone" { // the report's schedule is in the configured zone
		t.Errorf("changed: %q", got)
	}
	if c := s.present.Load().config; c.Listen != "127.0.0.1:0" || !strings.HasSuffix(c.Database, "kigen.db") || c.Timezone != time.UTC {
		t.Errorf("in force: %s, %s, %s", c.Listen, c.Database, c.Timezone)
	}
	s.end()
}

// What waits for a destination that left is told where it is still true: that
// an incident was logged, and a report, as well as a passed deadline; what a
// person sent somewhere, and what is answered, is not.
func TestRetiredAlertsAreRaisedAgain(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {gone: DEAD}\nalerts: [{to: [gone], logged: true}]\nreport: {to: [gone]}")
	open := s.logs("still open;", 23*time.Hour)
	answered := s.logs("answered;", 23*time.Hour)
	if _, err := s.Tracker().Notice(t.Context(), tracker.Request{Actor: "test"}, answered, tracker.NoticeEntry{Channel: "email"}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"report/2026-04", "report/2026-04/sent/1"} {
		err := s.store.Update(t.Context(), func(tx tracker.Tx) error {
			_, err := tx.Raise(t.Context(), &outbox.Alert{
				Key: key, Reason: outbox.ReasonReport, At: time.Now(), To: []string{"gone"}, Body: []byte(`{"title":"` + key + `;","lines":[]}`),
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	r := s.becomes("destinations: {soc: SLACK}\nalerts: [{to: [soc], logged: true}]\nreport: {to: [soc]}")
	if len(r.Departed) != 1 || r.Departed[0].Name != "gone" || r.Departed[0].Retired != 4 {
		t.Errorf("departed: %+v", r.Departed)
	}
	s.until("an empty outbox", s.quiet)
	for title, want := range map[string]int{"still open;": 1, "answered;": 0, "report/2026-04;": 1, "report/2026-04/sent/1;": 0} {
		if n := s.posted(title); n != want {
			t.Errorf("%q was told %d times, want %d", title, n, want)
		}
	}
	var kinds []string
	err := s.store.View(t.Context(), func(r tracker.Reader) error {
		events, err := r.Events(t.Context(), open)
		for _, e := range events {
			kinds = append(kinds, string(e.Kind))
		}
		return err
	})
	if err != nil || strings.Count(strings.Join(kinds, " "), "retired") != 1 {
		t.Errorf("the history is %q, %v", kinds, err)
	}
	s.end()
}

// logs logs an incident that was confirmed so long ago.
func (s *shifting) logs(title string, ago time.Duration) sla.IncidentID {
	s.t.Helper()
	e := tracker.Entry{Vendor: "sustaina", Title: title}
	e.Times[sla.Confirmed].At = time.Now().Add(-ago)
	inc, err := s.Tracker().Log(s.t.Context(), tracker.Request{Actor: "test"}, e)
	if err != nil {
		s.t.Fatal(err)
	}
	return inc.ID
}

// kigen is not ready while an alert waits too long, and says for whom.
func TestNotReadyNamesTheDestination(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {soc: SLACK, siem: DEAD}\nalerts: [{to: [soc]}]")
	err := s.store.Update(t.Context(), func(tx tracker.Tx) error {
		_, err := tx.Raise(t.Context(), &outbox.Alert{Key: "old", Reason: outbox.ReasonTest, At: time.Now().Add(-time.Hour), To: []string{"siem"}, Body: []byte(`{"title":"x","lines":[]}`)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.present.Load().ready(t.Context()); err == nil || !strings.Contains(err.Error(), "siem") {
		t.Errorf("not ready for %v", err)
	}
	s.becomes("destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	if err := s.present.Load().ready(t.Context()); err != nil {
		t.Errorf("not ready for what nobody can send: %v", err)
	}
	s.end()
}

// What keeps a destination that left from being settled is named, and keeps no
// alert from going elsewhere.
func TestAlertsGoOnWhileADestinationCantBeSettled(t *testing.T) {
	t.Parallel()
	s := newShifting(t, "destinations: {gone: DEAD, soc: SLACK}\nalerts: [{to: [gone, soc]}]")
	s.logs("before;", 25*time.Hour)
	db, err := sql.Open("sqlite3", "file:"+s.store.Path()+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rename := func(from, to string) {
		if _, err := db.ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("destinations", "hidden")
	s.becomes("destinations: {soc: SLACK}\nalerts: [{to: [soc]}]")
	s.logs("meanwhile;", 25*time.Hour)
	s.until("the alert", func() bool { return s.posted("meanwhile;") == 1 })
	if err := s.present.Load().ready(t.Context()); err == nil || !strings.Contains(err.Error(), "no such table: destinations") {
		t.Errorf("not ready for %v", err)
	}
	rename("hidden", "destinations")
	s.wake()
	// The outbox may have been empty before: what settles the destination is the step after.
	s.until("readiness", func() bool { return s.present.Load().ready(t.Context()) == nil })
	s.until("an empty outbox", s.quiet)
	s.end()
}

// What is known of a destination that stays as it is outlives a reload.
func TestAReloadForgetsNothing(t *testing.T) {
	t.Parallel()
	const siem = "destinations: {soc: SLACK, siem: DEAD}\n"
	s := newShifting(t, siem+"alerts: [{to: [siem]}]")
	s.logs("fails;", 25*time.Hour)
	failing := func() bool {
		h := s.health(t.Context())
		return h.Destinations[0].Name == "siem" && !h.Destinations[0].FailingSince.IsZero()
	}
	s.until("the failure", failing)
	s.becomes(siem + "alerts: [{to: [siem, soc]}]")
	if !failing() {
		t.Error("the reload made a destination well that does not answer")
	}
	s.becomes("destinations: {soc: SLACK, siem: {webhook: {url: \"http://127.0.0.1:2/hook\"}}}\nalerts: [{to: [siem, soc]}]")
	if failing() && strings.Contains(s.health(t.Context()).Destinations[0].Reason, ":1") {
		t.Error("another receiver has the fault of the one before")
	}
	s.end()
}
