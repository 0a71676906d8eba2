package tracker_test

import (
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// An incident can always be logged: a clock whose calendar does not reach its
// deadline waits, and says so.
func TestLoggedOutOfReachOfTheCalendar(t *testing.T) {
	for _, test := range []struct{ start, en, ja string }{
		{"1990-01-01 00:00", "The calendar begins on Wed 1 Jan 2020", "営業日カレンダーが2020年1月1日(水)から始まるため"},
		{"2035-12-31 18:00", "The calendar ends on Mon 31 Dec 2035", "営業日カレンダーが2035年12月31日(月)で終わるため"},
	} {
		w := newWorld(t)
		w.now = w.at("2036-01-01 10:00")
		e := w.entry("desk", test.start)
		inc, err := w.Log(t.Context(), by("ueda"), e)
		if err != nil {
			t.Fatal(err)
		}
		inc = w.read(inc.ID)
		clock := &inc.Clocks[0]
		if clock.State != sla.Pending || !clock.OutOfReach() || !clock.Due.IsZero() || !clock.Start.At.Equal(w.at(test.start)) {
			t.Errorf("from %s: %+v", test.start, clock)
		}
		for lang, want := range map[string]string{"en": test.en, "ja": test.ja} {
			if text := strings.Join(prose.Explanation(lang, &clock.Explanation), "\n"); !strings.Contains(text, want) {
				t.Errorf("from %s: lacks %q:\n%s", test.start, want, text)
			}
		}
		if clock.NextStepAt.IsZero() {
			t.Error("the clock never asks again")
		}
		// It can be answered, acknowledged and cancelled as any other.
		if _, err := w.Notice(t.Context(), by("ueda"), inc.ID, tracker.NoticeEntry{ReceivedAt: w.now, Channel: "email"}); err != nil {
			t.Error(err)
		}
		if _, err := w.Cancel(t.Context(), by("ueda"), inc.ID, ""); err != nil {
			t.Error(err)
		}
	}
}

// Once the configuration has a calendar of more years, the next step works the
// deadline out, though no fact of the incident moved.
func TestACalendarOfMoreYears(t *testing.T) {
	w := newWorld(t)
	w.now = w.at("2035-12-31 18:30")
	inc, err := w.Log(t.Context(), by("ueda"), w.entry("desk", "2035-12-31 18:00"))
	if err != nil {
		t.Fatal(err)
	}
	desk, _ := w.Catalogue.Vendor("desk")
	desk.Promises[0].Calendar = deskCalendar(t, 2020, 2040)
	w.now = w.now.Add(2 * time.Hour)
	if _, err := w.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock := &w.read(inc.ID).Clocks[0]
	if clock.OutOfReach() || clock.Due.IsZero() || clock.State != sla.Running && clock.State != sla.AtRisk {
		t.Errorf("%+v", clock)
	}
}
