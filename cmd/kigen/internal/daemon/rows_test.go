package daemon

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

// change runs a statement on a database behind the store's back.
func change(t *testing.T, path, stmt string, args ...any) {
	t.Helper()
	db := behind(t, path)
	_, err := db.ExecContext(context.WithoutCancel(t.Context()), stmt, args...)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// behind opens a database, a file or one on a server, past the store and its triggers.
func behind(t *testing.T, path string) *sql.DB {
	t.Helper()
	driver, source := "sqlite3", "file:"+path+"?_busy_timeout=5000"
	if store.IsServer(path) {
		driver, source = "pgx", pgtest.AsSuperuser(t, path)
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// restart stops and starts the world again and again, each life lasting so long.
func (w *world) restart(times int, life time.Duration) {
	w.t.Helper()
	for range times {
		time.Sleep(life) // of the test's own time
		w.stop()
		w.start()
	}
}

// Every step fails, and kigen is killed every 90 seconds: one
// fallback alert is sent five minutes past the deadline all the same.
func TestTheFallbackAlertSpeaksThroughRestarts(t *testing.T) {
	for name, broken := range map[string]bool{"every step fails": true, "no step is taken": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.start()
				w.logConfirmed(23*time.Hour + 59*time.Minute) // due in a minute
				w.stop()
				w.broken, w.asleep = broken, !broken
				w.start()
				defer func() { w.stop() }()
				w.restart(3, 90*time.Second) // until 3:30 past due
				if n := len(w.fallback.Messages()); n != 0 {
					t.Errorf("%d fallback alerts within five minutes", n)
				}
				w.restart(3, 90*time.Second)
				if n := len(w.fallback.Messages()); n != 1 {
					t.Errorf("%d fallback alerts at 8 minutes past due, want once", n)
				}
				w.restart(20, 90*time.Second)
				if n := len(w.fallback.Messages()); n != 1 {
					t.Errorf("%d fallback alerts after more restarts, want once", n)
				}
			})
		})
	}
}

// One damaged row: alerts of all other incidents go out in time, and a
// fallback alert covers it.
func TestOneDamagedRowIsItsOwnTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		w.logConfirmed(23 * time.Hour)
		w.logConfirmed(23 * time.Hour)
		synctest.Wait() // the first warning is out, the second waits for its turn
		w.stop()
		change(t, w.path, `UPDATE clocks SET explanation = '{' WHERE incident_id = 2`)
		w.start()
		defer func() { w.stop() }()
		time.Sleep(time.Hour + 3*time.Second)
		w.wantShown([]string{"AT RISK", "KGN-1"}, []string{"AT RISK", "KGN-2 cannot be read: "}, []string{"OVERDUE", "KGN-1"})
		w.wantPassing()
		time.Sleep(auditGrace + auditPeriod)
		told := w.fallback.Messages()
		if len(told) != 1 || !strings.Contains(told[0].Shown()+told[0].Text, "KGN-2") {
			t.Fatalf("%d fallback alerts", len(told))
		}
		w.stop()
		change(t, w.path, `UPDATE clocks SET explanation = '{}', promised_id = NULL WHERE incident_id = 2`)
		w.start()
		time.Sleep(longestAsideOfAll)
		if all, err := openedAsides(t, w); err != nil || len(all) != 0 {
			t.Errorf("still aside: %+v, %v", all, err)
		}
		if n := len(w.slack.Messages()); n != 4 {
			t.Errorf("%d messages once the row was mended, want the alert of KGN-2, too", n)
		}
	})
}

// longestAsideOfAll is more than the longest wait of what is put aside.
const longestAsideOfAll = 16 * time.Minute

func openedAsides(t *testing.T, w *world) (all []tracker.Aside, err error) {
	t.Helper()
	err = w.tracker.Store.View(t.Context(), func(r tracker.Reader) error {
		all, err = r.Asides(t.Context())
		return err
	})
	return all, err
}

// made is a whole daemon over a database that prepare changes first.
func made(t *testing.T, prepare func(path string)) *Daemon {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kigen.db")
	c, err := config.Load("", []string{"KIGEN_LISTEN=127.0.0.1:0", "KIGEN_DATABASE=" + path})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), path, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	tr := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: time.Now}
	for range 2 {
		e := tracker.Entry{Vendor: "sustaina", Title: "outage"}
		e.Times[sla.Confirmed].At = time.Now().Add(-25 * time.Hour)
		if _, err := tr.Log(t.Context(), tracker.Request{Actor: "test"}, e); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	prepare(path)
	d, err := New(t.Context(), c, Options{Version: "test", Console: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Tracker().Vouched = func(time.Time) bool { return false }
	d.Start()
	t.Cleanup(func() {
		if err := d.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return d
}

// until looks again and again, for ten seconds at most.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	bound := time.After(2 * time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-bound:
			t.Fatal("never: ", what)
		case <-tick.C:
		}
	}
}

// answer asks the daemon and returns status and text.
func answer(t *testing.T, d *Daemon, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// Every page, list and file of a whole daemon goes on beside a damaged row, and
// shows it; kigen stays ready, and says what it has put aside.
func TestADamagedRowEverywhere(t *testing.T) {
	t.Parallel()
	d := made(t, func(path string) {
		change(t, path, `UPDATE clocks SET explanation = '{', next_step_at = 0 WHERE incident_id = 1`)
	})
	until(t, "put aside", func() bool { return d.asideCount() == 1 })
	h := d.health(t.Context())
	if len(h.Aside) != 1 || h.Aside[0].Incident != 1 || h.Aside[0].Error == "" || h.Aside[0].NextTry.IsZero() {
		t.Errorf("health says %+v", h.Aside)
	}
	if err := d.ready(t.Context()); err != nil {
		t.Errorf("not ready: %v", err)
	}
	month := time.Now().In(d.present.Load().config.Timezone).Format("2006-01")
	for path, want := range map[string]string{
		"/":                             "KGN-1",
		"/?lang=en":                     "Unreadable",
		"/health?lang=en":               "Put aside: KGN-1",
		"/api/v1/incidents":             `"unreadable":"KGN-1 cannot be read`,
		"/calendar.ics":                 "KGN-2",
		"/reports/" + month:             "",
		"/api/v1/reports/" + month:      "",
		"/api/v1/replay?month=" + month: "",
		"/metrics":                      "kigen_incidents_put_aside 1",
		"/vendors/sustaina":             "",
	} {
		status, text := answer(t, d, http.MethodGet, path, "")
		if status == http.StatusInternalServerError || !strings.Contains(text, want) {
			t.Errorf("%s: %d, want %q in it", path, status, want)
		}
	}
	for path, want := range map[string]string{"/incidents/1?lang=en": "This incident cannot be read", "/api/v1/incidents/1": "KGN-1 cannot be read"} {
		if status, text := answer(t, d, http.MethodGet, path, ""); status != http.StatusInternalServerError || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s, want %q", path, status, text, want)
		}
	}
}

// With a wall clock that lies years before the newest decision nothing is
// logged, kigen is not ready, and both say why.
func TestAWrongClockIsNotReady(t *testing.T) {
	t.Parallel()
	d := made(t, func(path string) {
		change(t, path, `UPDATE meta SET reached_at = $1`, time.Now().AddDate(10, 0, 0).UnixMilli())
	})
	status, text := answer(t, d, http.MethodGet, "/readyz", "")
	if status != http.StatusServiceUnavailable || !strings.Contains(text, "the wall clock says") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	status, text = answer(t, d, http.MethodPost, "/api/v1/incidents", `{"vendor":"sustaina","title":"x"}`)
	if status != http.StatusServiceUnavailable || !strings.Contains(text, "the wall clock says") {
		t.Errorf("log: %d %s", status, text)
	}
	if err := d.store.AcceptClock(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	until(t, "ready", func() bool { return d.ready(t.Context()) == nil })
	if status, text = answer(t, d, http.MethodPost, "/api/v1/incidents", `{"vendor":"sustaina","title":"x"}`); status != http.StatusCreated {
		t.Errorf("log: %d %s", status, text)
	}
}

// A report is counted and sent as soon as it is committed, though no step of the
// watch loop follows it.
func TestACommitIsFollowed(t *testing.T) {
	t.Parallel()
	d := running(t)
	t.Cleanup(func() {
		if err := d.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	until(t, "idle", func() bool { return !d.watch.nextPlanned().After(time.Now()) && d.watch.last.Load() > 0 })
	alert := outbox.Alert{Key: "report/2026-10", Reason: outbox.ReasonReport, At: time.Now(), To: []string{"console"}, Body: []byte(`{"title":"x"}`)}
	edition := &store.Edition{Period: "2026-10", MadeAt: time.Now(), Kigen: "test", Model: []byte("{}"), Clocks: []byte{0}}
	begun := time.Now()
	if raised, err := d.store.RaiseReport(t.Context(), &store.ReportSending{Edition: edition, Alerts: []outbox.Alert{alert}}); err != nil || !raised {
		t.Fatal(raised, err)
	}
	until(t, "sent", func() bool {
		p, err := d.store.Progress(t.Context(), alert.Key, "console")
		return err == nil && p.State == outbox.DeliverySent
	})
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	families, err := d.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "kigen_alerts_raised_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			if m.GetLabel()[0].GetValue() == "report" && m.GetCounter().GetValue() != 1 {
				t.Errorf("counted %v reports", m.GetCounter().GetValue())
			}
		}
	}
}

// A failing disk causes one message, and another only after it has worked for a
// while.
func TestAFailingDiskIsToldOnce(t *testing.T) {
	var failed error
	var told []error
	k := &disk{
		full: func() bool { return false }, keep: func() (bool, error) { return true, nil }, failing: func() error { return failed },
		alertFull: func(context.Context) { t.Error("told that it is full") }, alertFailing: func(_ context.Context, err error) { told = append(told, err) },
		log: slog.New(slog.DiscardHandler),
	}
	now, eio := time.Now(), errors.New("I/O error")
	look := func(after time.Duration, err error) {
		now, failed = now.Add(after), err
		k.checkFailure(t.Context(), now)
	}
	look(0, nil)
	for range 5 { // it comes and goes
		look(time.Minute, eio)
		look(time.Minute, nil)
	}
	look(diskCalm+time.Minute, nil)
	look(time.Minute, eio)
	if !slices.Equal(told, []error{eio, eio}) {
		t.Errorf("told %v", told)
	}
}
