package intake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/inbox"
	"kigen/sla/outbox"
)

// told lists what was raised about sources: how long after nine, where to, and the title.
func (w *world) told() (list []string) {
	w.Helper()
	for _, to := range []string{"soc", "lead"} {
		for {
			d, err := w.db.NextDelivery(w.Context(), to, w.clock().Add(48*time.Hour))
			if err != nil {
				w.Fatal(err)
			}
			if d == nil {
				break
			}
			if d.Alert.Reason == outbox.ReasonSource {
				list = append(list, d.Alert.At.Sub(nine).String()+" "+to+" "+string(d.Alert.Body))
			}
		}
	}
	slices.Sort(list)
	return list
}

// A source that fails is told after three intervals, one that serves something else at
// once; each once, and its return.
func TestTroubleOfASource(t *testing.T) {
	w := newWorld(t)
	step := func(after time.Duration, b intake.Batch) {
		w.at(after)
		b.Source = "hoshi"
		w.take(b)
	}
	step(0, intake.Batch{})
	for m := 5; m <= 15; m += 5 { // silent for three intervals, not for more
		step(time.Duration(m)*time.Minute, intake.Batch{Failed: "status 503"})
	}
	step(16*time.Minute, intake.Batch{}) // it was never told, so its return is no news
	if list := w.told(); len(list) > 0 {
		t.Fatalf("%q", list)
	}
	for m := 20; m <= 50; m += 5 {
		step(time.Duration(m)*time.Minute, intake.Batch{Failed: "status 503"})
	}
	step(55*time.Minute, intake.Batch{})
	step(60*time.Minute, intake.Batch{})
	step(65*time.Minute, intake.Batch{Failed: "the document is of another page", Broken: true})
	step(70*time.Minute, intake.Batch{Failed: "status 503"})
	step(75*time.Minute, intake.Batch{})
	list := w.told()
	want := []string{"1h15m0s soc back", "1h5m0s soc fails another page", "35m0s soc fails status 503", "55m0s soc back"}
	if len(list) != len(want) {
		t.Fatalf("%q", list)
	}
	for i, words := range want {
		for _, word := range strings.Fields(strings.NewReplacer("back", "again", "fails", "can't").Replace(words)) {
			if !strings.Contains(strings.ReplaceAll(list[i], `\u0026`, "&"), word) {
				t.Errorf("%s lacks %s", list[i], word)
			}
		}
	}
	if !strings.Contains(list[2], "no all-clear") || !strings.Contains(list[2], "2026-10-06T09:16:00+09:00") {
		t.Errorf("%s", list[2])
	}
	w.verify()
}

// A source that never could be read is told, too: silence of its own counts from its first
// failure.
func TestTroubleFromTheBeginning(t *testing.T) {
	w := newWorld(t)
	for m := 0; m <= 30; m += 5 {
		w.at(time.Duration(m) * time.Minute)
		w.take(intake.Batch{Source: "hoshi", Failed: "no such host"})
	}
	if list := w.told(); len(list) != 1 || !strings.HasPrefix(list[0], "20m0s") || !strings.Contains(list[0], "never read") {
		t.Errorf("%q", list)
	}
}

// A reader may say that an item of its first reading is new, such as what a hook announced
// before; and that an address stands for another incident now.
func TestWhatTheReaderKnows(t *testing.T) {
	w := newWorld(t)
	announced, old := outage(1, "hooked", nine, true), outage(1, "old", nine, true)
	announced.State, old.State, old.SourceID = inbox.Candidate, inbox.Seen, "slot"
	taken := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{announced, old}})
	if taken.Items[0].State != inbox.Candidate || taken.Items[1].State != inbox.Seen {
		t.Errorf("%+v", taken.Items)
	}
	again := outage(2, "another one", nine, true)
	again.State, again.SourceID = inbox.Candidate, "slot"
	if it := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{again}}).Items[0]; it.State != inbox.Candidate || it.ID != taken.Items[1].ID {
		t.Errorf("%+v", it)
	}
	if list := w.alerts(); len(list) != 2 {
		t.Errorf("%q", list)
	}
	w.verify()
}
