package tracker_test

import (
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// wantProblem checks that an error names the field, the value and the remedy.
func wantProblem(t *testing.T, err error, field, value, remedy string) {
	t.Helper()
	problems, ok := tracker.AsInvalid(err)
	if !ok {
		t.Errorf("error %v, want a problem with %s", err, field)
		return
	}
	for _, p := range problems {
		if p.Field == field && strings.Contains(p.Value, value) && strings.Contains(p.In("en"), remedy) {
			if text := err.Error(); !strings.Contains(text, field) || !strings.Contains(text, p.In("en")) {
				t.Errorf("the error's text %q does not say it", text)
			}
			return
		}
	}
	t.Errorf("problems %+v, want %s %q: …%s…", problems, field, value, remedy)
}

// TestRefused: bad input is refused with field, value and remedy, and nothing
// of it is stored.
func TestRefused(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	open := w.log("six", "2026-06-10 09:00").ID
	gone := w.log("six", "2026-06-10 09:00").ID
	if _, err := w.Cancel(ctx, by("ueda"), gone, ""); err != nil {
		t.Fatal(err)
	}
	staged := w.log("staged", "2026-06-10 09:00").ID
	if _, err := w.Notice(ctx, by("ueda"), staged, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 09:30")}); err != nil {
		t.Fatal(err)
	}
	future := sla.Stamp{At: w.at("2026-06-10 10:06")}
	log := func(change func(e *tracker.Entry)) func() error {
		return func() error {
			e := w.entry("six", "2026-06-10 09:00")
			change(&e)
			_, err := w.Log(ctx, by("ueda"), e)
			return err
		}
	}
	amend := func(id sla.IncidentID, a tracker.Amendment) func() error {
		return func() error { _, err := w.Amend(ctx, by("ueda"), id, a); return err }
	}
	notice := func(id sla.IncidentID, n tracker.NoticeEntry) func() error {
		return func() error { _, err := w.Notice(ctx, by("ueda"), id, n); return err }
	}
	times := func(m sla.Moment, s sla.Stamp) tracker.Amendment {
		return tracker.Amendment{Times: map[sla.Moment]sla.Stamp{m: s}}
	}
	long := strings.Repeat("期限", 200)
	none, title, lines := "", "new title", "one\ntwo"
	wrong := sla.Severity("urgent")
	tests := []struct {
		name                 string
		do                   func() error
		field, value, remedy string
	}{
		{"no vendor", log(func(e *tracker.Entry) { e.Vendor = "" }), "vendor", "", "six, gated"},
		{"unknown vendor", log(func(e *tracker.Entry) { e.Vendor = "acme" }), "vendor", "acme", "six, gated"},
		{"unknown service", log(func(e *tracker.Entry) { e.Service = "disk" }), "service", "disk", "storage, mail"},
		{"no title", log(func(e *tracker.Entry) { e.Title = "  " }), "title", "", "required"},
		{"long title", log(func(e *tracker.Entry) { e.Title = long }), "title", "期限…", "300"},
		{"a title of two lines", log(func(e *tracker.Entry) { e.Title = "down\nDue: tomorrow" }), "title", `down\nDue: tomorrow`, "U+000A"},
		{"a title with an escape", log(func(e *tracker.Entry) { e.Title = "a\x1b[2J" }), "title", `a\u001b[2J`, "on one line"},
		{"a title with a C1 control", log(func(e *tracker.Entry) { e.Title = "a\u0085b" }), "title", `\u0085`, "U+0085"},
		{"a reference of two paragraphs", log(func(e *tracker.Entry) { e.Reference = "a\u2029b" }), "reference", `\u2029`, "U+2029"},
		{"a tag with a tab", log(func(e *tracker.Entry) { e.Tags = []string{"ok", "a\tb"} }), "tags", `a\tb`, "U+0009"},
		{"a service of two lines", log(func(e *tracker.Entry) { e.Service = "mail\rx" }), "service", `mail\rx`, "U+000D"},
		{"amended to two lines", amend(open, tracker.Amendment{Title: &lines}), "title", `one\ntwo`, "on one line"},
		{"a channel of two lines", notice(open, tracker.NoticeEntry{Channel: lines}), "channel", `one\ntwo`, "on one line"},
		{"a notice's reference of two lines", notice(open, tracker.NoticeEntry{Reference: lines}), "reference", `one\ntwo`, "on one line"},
		{"a reason of two lines", func() error { _, err := w.Cancel(ctx, by("ueda"), open, lines); return err }, "reason", `one\ntwo`, "on one line"},
		{"a name of two lines", func() error { _, err := w.Acknowledge(ctx, by(lines), open, time.Time{}); return err }, "by", `one\ntwo`, "on one line"},
		{"long description", log(func(e *tracker.Entry) { e.Description = strings.Repeat("x", 50_001) }), "description", "50001", "shorten"},
		{"unknown impact", log(func(e *tracker.Entry) { e.Impact = "big" }), "impact", "big", "serious, limited, none, unknown"},
		{"unknown scope", log(func(e *tracker.Entry) { e.Scope = "some" }), "scope", "some", "all_customers"},
		{"unknown severity", log(func(e *tracker.Entry) { e.Severity = wrong }), "severity", "urgent", "critical"},
		{"occurs in the future", log(func(e *tracker.Entry) { e.Times[sla.Occurred] = future }), "occurred_at", "2026-06-10T10:06:00+09:00", "2026-06-10T10:00:00+09:00"},
		{"detected before it occurred", log(func(e *tracker.Entry) { e.Times[sla.Detected].At = w.at("2026-06-10 08:59") }), "detected_at", "08:59", "occurred_at"},
		{"noticed before it occurred", log(func(e *tracker.Entry) { e.Times[sla.Aware].At = w.at("2026-06-10 08:59") }), "aware_at", "08:59", "occurred_at"},

		{"amend a cancelled one", amend(gone, tracker.Amendment{Title: &title}), "state", "cancelled", "log a new incident"},
		{"amend into the future", amend(open, times(sla.Confirmed, future)), "confirmed_at", "10:06", "future"},
		{"amend to no title", amend(open, tracker.Amendment{Title: &none}), "title", "", "required"},
		{"amend to an unknown service", amend(open, tracker.Amendment{Service: &title}), "service", "new title", "storage"},
		{"amend to an unknown severity", amend(open, tracker.Amendment{Severity: &wrong}), "severity", "urgent", "critical"},
		{"amend past a notice", amend(staged, times(sla.Occurred, sla.Stamp{At: w.at("2026-06-10 09:31")})), "occurred_at", "09:31", "09:30"},

		{"notice before the incident", notice(open, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 08:59")}), "received_at", "08:59", "occurred_at"},
		{"notice from the future", notice(open, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 10:06")}), "received_at", "10:06", "future"},
		{"sent after it was received", notice(open, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 09:30"), SentAt: w.at("2026-06-10 09:36")}), "sent_at", "09:36", "received_at"},
		{"long notice", notice(open, tracker.NoticeEntry{Text: strings.Repeat("x", 50_001)}), "text", "50001", "shorten"},
		{"stage of a promise without", notice(open, tracker.NoticeEntry{Stage: "final"}), "stage", "final", "leave it empty"},
		{"unknown stage", notice(staged, tracker.NoticeEntry{Stage: "last"}), "stage", "last", "first, final"},
		{"notice for a cancelled one", notice(gone, tracker.NoticeEntry{}), "state", "cancelled", "log a new incident"},

		{"snooze into the past", func() error { _, err := w.Acknowledge(ctx, by("ueda"), open, w.now); return err }, "until", "10:00", "leave it out"},
		{"acknowledge a cancelled one", func() error { _, err := w.Acknowledge(ctx, by("ueda"), gone, time.Time{}); return err }, "state", "cancelled", "log a new incident"},
		{"cancel twice", func() error { _, err := w.Cancel(ctx, by("ueda"), gone, ""); return err }, "state", "cancelled", "log a new incident"},
	}
	before := w.dump()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantProblem(t, test.do(), test.field, test.value, test.remedy)
			if w.dump() != before {
				t.Fatal("something of it was stored")
			}
		})
	}
}

// TestAllProblemsAtOnce: whoever enters three mistakes hears of three.
func TestAllProblemsAtOnce(t *testing.T) {
	w := newWorld(t)
	e := w.entry("acme", "2027-01-01 00:00")
	e.Title = ""
	_, err := w.Log(t.Context(), by("ueda"), e)
	for _, field := range []string{"vendor", "title", "occurred_at"} {
		wantProblem(t, err, field, "", "")
	}
}

// TestNotRefused: what looks odd and happens.
func TestNotRefused(t *testing.T) {
	w := newWorld(t)
	// A vendor's clock runs a little ahead of ours.
	inc := w.log("gated", "2026-06-10 10:04")
	// A vendor tells first and confirms then.
	w.now = w.at("2026-06-10 12:00")
	if _, err := w.Notice(t.Context(), by("ueda"), inc.ID, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 10:30"), SentAt: w.at("2026-06-10 10:29")}); err != nil {
		t.Error(err)
	}
	if _, err := w.Amend(t.Context(), by("ueda"), inc.ID, tracker.Amendment{
		Times: map[sla.Moment]sla.Stamp{sla.Confirmed: {At: w.at("2026-06-10 11:00")}},
	}); err != nil {
		t.Error(err)
	}
	// We log what the vendor told us an hour ago, and know of no other time.
	bare, err := w.Log(t.Context(), by("ueda"), w.entry("six", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Notice(t.Context(), by("ueda"), bare.ID, tracker.NoticeEntry{ReceivedAt: w.at("2026-06-10 11:00")}); err != nil {
		t.Error(err)
	}
	w.wantState(bare.ID, sla.Met)
}
