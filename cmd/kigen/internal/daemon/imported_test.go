package daemon

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/config"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/tracker"
)

// occurring is an incident that the vendor never spoke about.
func occurring(title string, ago time.Duration) tracker.Entry {
	e := tracker.Entry{Vendor: "sotas", Title: title}
	at := time.Now().Add(-ago)
	e.Times[sla.Occurred], e.Times[sla.Detected], e.Times[sla.Confirmed] = sla.Stamp{At: at}, sla.Stamp{At: at}, sla.Stamp{At: at}
	return e
}

const longAgo = 60 * 24 * time.Hour

func (w *world) log(b tracker.Batch) []tracker.Batched {
	w.t.Helper()
	logged, err := w.tracker.LogBatch(w.t.Context(), tracker.Request{Actor: "test"}, b)
	if err != nil {
		w.t.Fatal(err)
	}
	return logged
}

var anyIncident = regexp.MustCompile(`KGN-\d+`)

// named counts in how many threads of the channel each incident is named.
func named(messages []fakeslack.Message) map[string][]string {
	threads := map[string][]string{}
	for _, m := range messages {
		thread := m.TS
		if m.ThreadTS != "" {
			thread = m.ThreadTS
		}
		for _, id := range anyIncident.FindAllString(m.Shown(), -1) {
			if !slices.Contains(threads[id], thread) {
				threads[id] = append(threads[id], thread)
			}
		}
	}
	return threads
}

func summaries(messages []fakeslack.Message) (found []fakeslack.Message) {
	for _, m := range messages {
		if strings.Contains(m.Shown(), "Import:") {
			found = append(found, m)
		}
	}
	return found
}

// posts counts what the outbox holds of an incident at a destination.
func (w *world) posts(id sla.IncidentID, destination string) (n int) {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+w.path+"?mode=ro")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRow(`SELECT COUNT(*) FROM deliveries WHERE incident_id = ? AND destination = ? AND kind = 'post'`, id, destination).Scan(&n)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// An import in three requests: what passed long ago is in one summary, once its last
// request is there; what passed today is alerted by itself; and nothing follows for
// the past, neither repeats nor after a restart with another destination.
func TestPastOfAnImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.calm = true
		w.start()
		var past []sla.IncidentID
		for part := range 3 {
			entries := []tracker.Entry{occurring("recent", 20*time.Hour)}
			for i := range 30 {
				entries = append(entries, occurring(fmt.Sprintf("past %d", i), longAgo))
			}
			for _, l := range w.log(tracker.Batch{Entries: entries, Import: "list", More: part < 2})[1:] {
				past = append(past, l.ID)
			}
			time.Sleep(90 * time.Second)
			if n := len(summaries(w.slack.Messages())); part < 2 && n > 0 {
				t.Fatalf("%d summaries after part %d", n, part)
			}
		}
		time.Sleep(30 * time.Minute)
		check := func(when string) {
			t.Helper()
			if got := summaries(w.slack.Messages()); len(got) != 1 {
				t.Errorf("%s: %d summaries", when, len(got))
			}
			threads := named(w.slack.Messages())
			for _, id := range past {
				if len(threads[id.String()]) != 1 {
					t.Fatalf("%s: %s is named in %d threads", when, id, len(threads[id.String()]))
				}
			}
			if len(threads["KGN-1"]) == 0 {
				t.Errorf("%s: the recent incident has no alert", when)
			}
		}
		check("after the import")
		w.wantPassing()

		time.Sleep(3 * 24 * time.Hour)
		check("three days later")
		w.stop()
		c, err := config.Parse("kigen.yaml", []byte(strings.ReplaceAll(slackConfig+"  - {to: [lead], repeat: 1h}\n", "alerts:",
			"  lead: {slack: {token: xoxb-test, channel: C0123456789}}\nalerts:")), nil)
		if err != nil {
			t.Fatal(err)
		}
		w.config = c
		w.start()
		defer func() { w.stop() }()
		time.Sleep(24 * time.Hour)
		check("after a restart")
		if w.posts(past[0], "lead") != 0 || w.posts(1, "lead") == 0 {
			t.Errorf("the new destination got %d alerts about the past, %d about today", w.posts(past[0], "lead"), w.posts(1, "lead"))
		}
	})
}

// An import that is interrupted has a summary of what it logged, also when kigen is
// restarted before it.
func TestPastOfAnInterruptedImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		w.log(tracker.Batch{Entries: []tracker.Entry{occurring("past", longAgo)}, Import: "list", More: true})
		w.stop()
		w.start()
		defer func() { w.stop() }()
		time.Sleep(time.Minute)
		if got := w.slack.Messages(); len(got) > 0 {
			t.Errorf("%d messages before the pause is over", len(got))
		}
		time.Sleep(time.Hour)
		if got := w.slack.Messages(); len(summaries(got)) != 1 || len(named(got)["KGN-1"]) != 1 {
			t.Errorf("%+v", got)
		}
		w.wantPassing()
	})
}

// What is imported as history alerts about nothing that has passed, and as ever about
// what is still ahead.
func TestHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.calm = true
		w.start()
		defer func() { w.stop() }()
		w.log(tracker.Batch{History: true, Import: "list", Entries: []tracker.Entry{occurring("past", longAgo), occurring("today", 20*time.Hour), occurring("ahead", 0)}})
		time.Sleep(10 * 24 * time.Hour)
		threads := named(w.slack.Messages())
		if len(threads["KGN-1"])+len(threads["KGN-2"]) > 0 || len(threads["KGN-3"]) == 0 {
			t.Errorf("%v", threads)
		}
		w.wantPassing()
	})
}
