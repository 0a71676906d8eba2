package tracker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/tracker"
)

// replay replays all incidents and checks that the database stays as it is.
func (w *world) replay() *tracker.Comparison {
	w.t.Helper()
	before := w.dump()
	c, err := w.ReplayAll(func(yield func(*sla.Incident) error) error {
		return w.db.Attributed(w.t.Context(), w.at("2020-01-01 00:00"), w.at("2035-01-01 00:00"), yield)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if w.dump() != before {
		w.t.Error("the replay changed the database")
	}
	return c
}

// differences writes each difference in a line: what stands, what would; in
// the order of the incidents.
func differences(c *tracker.Comparison) []string {
	text := func(o tracker.Outcome) string {
		if o.State == "" {
			return "nothing"
		}
		if o.Due.IsZero() {
			return string(o.State)
		}
		return string(o.State) + " " + o.Due.Format("01-02 15:04")
	}
	list := []string{}
	for _, d := range c.Differences {
		list = append(list, fmt.Sprintf("%s %s %s%s: %s -> %s", d.Incident, d.Vendor, d.Promise, d.Stage, text(d.Stands), text(d.Would)))
	}
	slices.SortStableFunc(list, func(a, b string) int { return strings.Compare(a[:len("KGN-1")], b[:len("KGN-1")]) })
	return list
}

// busy logs an incident at every vendor, and lets some of them be answered,
// acknowledged, amended and cancelled.
func busy(w *world) {
	w.t.Helper()
	must := func(_ *sla.Incident, err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	ctx := w.t.Context()
	for _, v := range w.Catalogue {
		w.log(v.ID, "2026-06-10 09:00")
		w.log(v.ID, "2026-06-09 22:00")
	}
	shut := w.log("gated", "2026-06-10 09:30").ID
	none := sla.ImpactNone
	must(w.Amend(ctx, by("ueda"), shut, tracker.Amendment{Impact: &none}))
	answered := w.log("staged", "2026-06-10 08:00").ID
	must(w.Notice(ctx, by("ueda"), answered, tracker.NoticeEntry{}))
	half := w.log("both", "2026-06-10 08:00").ID
	must(w.Notice(ctx, by("ueda"), half, tracker.NoticeEntry{Channel: "email"}))
	must(w.Acknowledge(ctx, by("ueda"), w.log("six", "2026-06-10 08:00").ID, time.Time{}))
	must(w.Cancel(ctx, by("ueda"), w.log("six", "2026-06-10 08:00").ID, "a drill"))
}

// Under the same rules nothing differs, whatever happened to an incident, and
// however long ago the watch loop's last step was.
func TestReplayUnderTheSameRules(t *testing.T) {
	w := newWorld(t)
	busy(w)
	for _, now := range []string{"2026-06-10 10:00", "2026-06-10 13:30", "2026-06-11 12:00", "2026-07-01 00:00"} {
		w.now = w.at(now)
		if c := w.replay(); len(c.Differences) > 0 || c.Incidents != 2*len(w.Catalogue)+5 || c.Cancelled != 1 || c.Unconfigured != 0 {
			t.Errorf("at %s: %d incidents, %d cancelled, %d at unknown vendors\n%q", now, c.Incidents, c.Cancelled, c.Unconfigured, differences(c))
		}
	}
}

func TestReplayUnderOtherRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world)
		want   []string
	}{
		{"a shorter promise", func(w *world) { w.Catalogue[0].Promises[0].Due.Length = time.Hour },
			[]string{"KGN-1 six notice: running 06-10 15:00 -> overdue 06-10 10:00", "KGN-2 six notice: late 06-10 03:00 -> late 06-09 22:00"}},
		{"a longer one", func(w *world) { w.Catalogue[0].Promises[0].Due.Length = 24 * time.Hour },
			[]string{"KGN-1 six notice: running 06-10 15:00 -> running 06-11 09:00", "KGN-2 six notice: late 06-10 03:00 -> met 06-10 21:00"}},
		{"another wording", func(w *world) { w.Catalogue[0].Promises[0].Source.Quote = "in other words" }, []string{}},
		{"a shut gate", func(w *world) { w.Catalogue[0].Promises[0].Gate.Severity = []sla.Severity{sla.SeverityLow} },
			[]string{"KGN-1 six notice: running 06-10 15:00 -> not_applicable"}},
		{"no time", func(w *world) { w.Catalogue[0].Promises[0].Due = sla.Rule{Op: sla.OpNone} },
			[]string{"KGN-1 six notice: running 06-10 15:00 -> no_commitment", "KGN-2 six notice: late 06-10 03:00 -> no_commitment"}},
		{"other channels", func(w *world) { w.Catalogue[0].Promises[0].Channels.All = []string{"phone"} },
			[]string{"KGN-2 six notice: late 06-10 03:00 -> overdue 06-10 03:00"}},
		{"the promise has another name", func(w *world) { w.Catalogue[0].Promises[0].ID = "renamed" },
			[]string{
				"KGN-1 six notice: running 06-10 15:00 -> nothing", "KGN-1 six renamed: nothing -> running 06-10 15:00",
				"KGN-2 six notice: late 06-10 03:00 -> nothing", "KGN-2 six renamed: nothing -> late 06-10 03:00",
			}},
		{"a closure in the calendar", func(w *world) { w.Catalogue[4].Promises[0].Calendar = closedDesk(w.t, "2026-06-11") },
			[]string{"KGN-3 desk notice: running 06-11 17:00 -> running 06-12 17:00"}},
		{"from tomorrow on", func(w *world) {
			next := *w.Catalogue[0].Promises[0]
			next.From, next.Due = calendar.NewDate(2026, time.June, 11), sla.Rule{Op: sla.OpNone}
			w.Catalogue[0].Promises = append(w.Catalogue[0].Promises, &next)
		}, []string{}},
		{"the vendor left", func(w *world) { w.Catalogue = w.Catalogue[1:] }, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			for _, e := range []tracker.Entry{w.entry("six", "2026-06-10 09:00"), w.entry("six", "2026-06-09 21:00")} {
				if e.Severity = sla.SeverityHigh; e.Times[sla.Occurred].At.Day() == 9 {
					e.Severity = sla.SeverityLow
				}
				if _, err := w.Log(t.Context(), by("ueda"), e); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := w.Notice(t.Context(), by("ueda"), 2, tracker.NoticeEntry{Channel: "email"}); err != nil {
				t.Fatal(err)
			}
			w.log("desk", "2026-06-10 09:00")
			w.now = w.at("2026-06-10 10:30")
			w.Catalogue = catalogue(t) // as after a restart
			c.change(w)
			compared := w.replay()
			if got := differences(compared); !slices.Equal(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
			for _, d := range compared.Differences {
				if (d.Stands.Terms == "") != (d.Stands.State == "") || (d.Would.Terms == "") != (d.Would.State == "") || d.Stands.Terms == d.Would.Terms {
					t.Errorf("terms %q -> %q", d.Stands.Terms, d.Would.Terms)
				}
			}
			if gone := compared.Unconfigured; gone != 2 && c.name == "the vendor left" || gone != 0 && c.name != "the vendor left" {
				t.Errorf("%d incidents at vendors that left", gone)
			}
		})
	}
}

// closedDesk is the desk with one more day off.
func closedDesk(t testing.TB, day string) *calendar.Calendar {
	t.Helper()
	off, err := calendar.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	spec := calendar.Spec{
		ID: "desk", Zone: at(t, day+" 00:00").Location(), FirstYear: 2020, LastYear: 2035,
		Exceptions: []calendar.Exception{{From: off, To: off, Name: calendar.Text{Ja: "創立記念日"}}},
	}
	for day := time.Monday; day <= time.Friday; day++ {
		spec.Weekly[day] = []calendar.Span{{Open: 9 * 60, Close: 17 * 60}}
	}
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// A clock on which the vendor was let off stays so under any rule.
func TestReplayKeepsWhatWasWaived(t *testing.T) {
	w := newWorld(t)
	inc := w.read(w.log("six", "2026-06-10 09:00").ID)
	inc, err := w.Waive(t.Context(), by("ueda"), inc.ID, "notice", "", "agreed with the vendor")
	if err != nil {
		t.Fatal(err)
	}
	w.Catalogue = catalogue(t)
	w.Catalogue[0].Promises[0].Due.Length = time.Hour
	if got, err := w.Replay(inc); err != nil || len(got) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A calendar that does not reach to an incident leaves its clock without a
// deadline, and the replay of the others goes on.
func TestReplayOutOfRange(t *testing.T) {
	w := newWorld(t)
	inc := w.read(w.log("desk", "2026-06-10 09:00").ID)
	inc.Times[sla.Occurred].At = w.at("2035-12-31 18:00")
	got, err := w.Replay(inc)
	if err != nil || len(got) != 1 || got[0].Would.State != sla.Pending || !got[0].Would.Due.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}
