package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kigen/calendar"
	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type goldenCase struct {
	name   string
	make   func() *outbox.Delivery
	at     time.Time
	status wire.Status
}

func goldenCases() []goldenCase {
	with := func(change func(*outbox.Delivery)) func() *outbox.Delivery {
		return func() *outbox.Delivery {
			d := overdue()
			change(d)
			return d
		}
	}
	acknowledge := func(d *outbox.Delivery) {
		d.Incident.Acknowledged = sla.Acknowledgement{By: "山田", At: may7(9, 20), Until: may7(13, 20)}
	}
	return []goldenCase{
		{"warning", with(func(d *outbox.Delivery) {
			d.Alert.Reason, d.Alert.At = outbox.ReasonWarning, may7(8, 0)
			d.Clock.State, d.Clock.BreachedAt = sla.AtRisk, time.Time{}
		}), may7(8, 0), wire.StatusWarning},
		{"overdue", overdue, may7(9, 0), wire.StatusOverdue},
		{"overdue-assumed", with(func(d *outbox.Delivery) {
			d.Clock.Start.From, d.Clock.Start.Basis = sla.Aware, sla.Assumed
		}), may7(9, 0), wire.StatusOverdue},
		{"repeat", with(func(d *outbox.Delivery) {
			d.Alert.Reason, d.Alert.At = outbox.ReasonRepeat, may7(11, 10)
		}), may7(11, 10), wire.StatusOverdue},
		{"escalation-owned", with(func(d *outbox.Delivery) {
			acknowledge(d)
			d.Alert.Reason, d.Alert.At = outbox.ReasonEscalation, may7(11, 0)
		}), may7(11, 0), wire.StatusOverdue},
		{"acknowledged", with(acknowledge), may7(9, 21), wire.StatusAcknowledged},
		{"late-alert-down", overdue, may7(11, 10), wire.StatusOverdue},
		{"late-alert-away", with(func(d *outbox.Delivery) { d.Attempts = 4 }), may7(9, 17), wire.StatusOverdue},
		{"possible-repeat", with(func(d *outbox.Delivery) { d.PossibleRepeat = true }), may7(9, 1), wire.StatusOverdue},
		{"moved", with(func(d *outbox.Delivery) {
			d.Clock.State, d.Clock.Due = sla.Running, time.Date(2026, 5, 9, 0, 0, 0, 0, tokyo)
		}), may7(9, 1), wire.StatusWaiting},
		{"pending", with(func(d *outbox.Delivery) {
			d.Clock.State, d.Clock.Due, d.Clock.Start = sla.Pending, time.Time{}, sla.Start{}
		}), may7(9, 1), wire.StatusWaiting},
		{"met", with(func(d *outbox.Delivery) {
			d.Kind = outbox.Update
			d.Clock.Due = may7(18, 0)
			answered(d, sla.Met, may7(14, 2))
		}), may7(14, 3), wire.StatusMet},
		{"late", with(func(d *outbox.Delivery) {
			d.Kind = outbox.Update
			answered(d, sla.Late, may7(11, 10))
		}), may7(11, 11), wire.StatusLate},
		{"late-not-provable", with(func(d *outbox.Delivery) {
			d.Kind = outbox.Update
			d.Clock.Start.From, d.Clock.Start.Basis = sla.Aware, sla.Assumed
			answered(d, sla.Late, may7(11, 10))
		}), may7(11, 11), wire.StatusLate},
		{"cancelled", with(func(d *outbox.Delivery) {
			d.Kind = outbox.Update
			d.Clock.State, d.Incident.CancelReason = sla.Cancelled, "誤検知"
		}), may7(9, 30), wire.StatusCancelled},
		{"waived", with(func(d *outbox.Delivery) {
			d.Kind, d.Clock.State = outbox.Update, sla.Waived
		}), may7(9, 30), wire.StatusCancelled},
		{"not-applicable", with(func(d *outbox.Delivery) {
			d.Kind, d.Clock.State, d.Clock.Due = outbox.Update, sla.NotApplicable, time.Time{}
		}), may7(9, 30), wire.StatusCancelled},
		{"logged", logged(), may7(8, 0), wire.StatusWaiting},
		{"logged-maintenance", logged(func(d *outbox.Delivery) { d.Incident.Kind = sla.KindMaintenance }), may7(8, 0), wire.StatusWaiting},
		{"logged-stages", logged(finalReport), may7(8, 0), wire.StatusWaiting},
		{"logged-taken", logged(acknowledge), may7(9, 21), wire.StatusAcknowledged},
		{"logged-pending", logged(without(sla.Pending)), may7(8, 0), wire.StatusWaiting},
		{"logged-no-commitment", logged(without(sla.NoCommitment)), may7(8, 0), wire.StatusWaiting},
		{"logged-not-applicable", logged(without(sla.NotApplicable)), may7(8, 0), wire.StatusWaiting},
		{"logged-answered", logged(finalReport, firstAnswered), may7(14, 3), wire.StatusWaiting},
		{"logged-met", logged(firstAnswered), may7(14, 3), wire.StatusMet},
		{"logged-unasked", logged(without(sla.NoCommitment), unasked), may7(14, 3), wire.StatusMet},
		{"report", report, may7(9, 0), wire.StatusReport},
	}
}

// TestGoldenMessages shows every kind of message as a person reads it, as
// plain text and as the console prints it.
func TestGoldenMessages(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		for _, test := range goldenCases() {
			t.Run(lang+"/"+test.name, func(t *testing.T) {
				d := test.make()
				m := writer(lang).Write(d, test.at)
				if m.Status != test.status {
					t.Errorf("status %q, want %q", m.Status, test.status)
				}
				golden(t, test.name+"."+lang+".golden", m.Text+"\n--- console ---\n"+printed(t, d, m))
			})
		}
	}
}

func printed(t *testing.T, d *outbox.Delivery, m *wire.Message) string {
	t.Helper()
	var out bytes.Buffer
	console := notify.NewConsole(&out, false)
	var err error
	if d.Kind == outbox.Update {
		err = console.Update(context.Background(), outbox.Receipt{}, m)
	} else {
		_, err = console.Post(context.Background(), m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the tests with -update to write it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs.\ngot:\n%s\nwant:\n%s", name, got, want)
	}
}

// The first line alone must say what a person at 3 a.m. needs.
func TestTitleSaysEverything(t *testing.T) {
	tests := []struct {
		name     string
		delivery *outbox.Delivery
		at       time.Time
		ja, en   []string
	}{
		{"in time", answered(dueAt(may7(18, 0)), sla.Met, may7(14, 2)), may7(14, 3),
			[]string{"Sotas株式会社", "Sotas工程管理", "14:02 通知あり(期限の3時間58分前)", "KGN-42"},
			[]string{"Sotas", "notified 14:02, 3 h 58 min before the deadline", "KGN-42"}},
		{"too late", answered(overdue(), sla.Late, may7(11, 10)), may7(11, 11),
			[]string{"11:10 通知あり(期限の2時間10分後)"}, []string{"notified 11:10, 2 h 10 min after the deadline"}},
		{"in the deadline's very second", answered(overdue(), sla.Met, may7(9, 0).Add(900*time.Millisecond)), may7(9, 1),
			[]string{"09:00 通知あり(期限ちょうど)"}, []string{"notified 09:00, right on the deadline"}},
		{"silent", overdue(), may7(11, 10),
			[]string{"期限超過", "Sotas株式会社", "通知なし", "期限を2時間10分超過", "KGN-42"},
			[]string{"OVERDUE", "no notice", "2 h 10 min past the deadline", "KGN-42"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for lang, wants := range map[string][]string{"ja": test.ja, "en": test.en} {
				title := writer(lang).Write(test.delivery, test.at).Title
				for _, want := range wants {
					if !strings.Contains(title, want) {
						t.Errorf("%q does not say %q", title, want)
					}
				}
			}
		})
	}
}

func dueAt(due time.Time) *outbox.Delivery {
	d := overdue()
	d.Clock.Due, d.Alert.DueAt = due, due
	return d
}

// Names of any length leave room for the rest of the title, whose end is cut
// off by what shows only 150 characters of it.
func TestTitleStaysShort(t *testing.T) {
	d := overdue()
	d.Incident.Vendor, d.Incident.Service = strings.Repeat("v", 200), strings.Repeat("期", 200)
	d.Incident.Acknowledged = sla.Acknowledgement{By: strings.Repeat("b", 200), At: may7(9, 0)}
	for _, now := range []time.Time{may7(8, 0), may7(9, 0).Add(time.Second), may7(11, 10)} {
		for _, lang := range []string{"ja", "en"} {
			d.Clock.State = sla.AtRisk
			title := writer(lang).Write(d, now).Title
			if n := utf8.RuneCountInString(title); n > 150 || !strings.HasSuffix(title, "KGN-42") {
				t.Errorf("%d characters: %s", n, title)
			}
		}
	}
}

// A clock whose state lags behind the time of day must not claim that time is
// left.
func TestStateNeverLagsBehindTheTime(t *testing.T) {
	for _, state := range []sla.State{sla.Running, sla.AtRisk} {
		d := overdue()
		d.Clock.State = state
		if got := writer("en").Write(d, may7(9, 0).Add(time.Second)).Status; got != wire.StatusOverdue {
			t.Errorf("%s one second past due is shown as %s", state, got)
		}
		if got := writer("en").Write(d, may7(9, 0).Add(999*time.Millisecond)).Status; got == wire.StatusOverdue {
			t.Errorf("%s in the deadline's very second is shown as overdue", state)
		}
	}
}

func TestReportThatCannotBeReadIsSentRaw(t *testing.T) {
	d := report()
	d.Alert.Body = json.RawMessage("not JSON")
	if text := writer("en").Write(d, may7(9, 0)).Text; !strings.Contains(text, "not JSON") {
		t.Errorf("the body is lost: %q", text)
	}
}

// A delivery whose clock can't be found still names its incident.
func TestIncidentWithoutItsClock(t *testing.T) {
	d := overdue()
	d.Clock = nil
	if title := writer("en").Write(d, may7(9, 0)).Title; !strings.Contains(title, "KGN-42") {
		t.Errorf("title %q", title)
	}
}

func TestUnknownVendorAndPromiseAreNamedByID(t *testing.T) {
	w := writer("en")
	w.Vendors, w.BaseURL = nil, ""
	m := w.Write(overdue(), may7(9, 0))
	if !strings.Contains(m.Text, "sotas (Sotas工程管理)") || !strings.Contains(m.Text, "incident-notice") {
		t.Errorf("ids are missing in:\n%s", m.Text)
	}
	if m.Link.URL != "" {
		t.Errorf("a link without a base: %q", m.Link.URL)
	}
}

// A round of a cadence is named after its stage, and stages without a name
// after their ids.
func TestRoundsAreNumbered(t *testing.T) {
	for _, c := range []struct{ stage, ja, en string }{
		{"update", "続報", "Follow-up"},
		{"update#3", "続報(第3回)", "Follow-up, round 3"},
		{"bare", "bare", "bare"},
		{"gone#2", "gone(第2回)", "gone, round 2"},
	} {
		for lang, want := range map[string]string{"ja": c.ja, "en": c.en} {
			w := writer(lang)
			promise := w.Vendors[0].Promises[0]
			promise.Stages = []sla.Stage{{ID: "update", Name: calendar.Text{Ja: "続報", En: "Follow-up"}, Every: true}, {ID: "bare"}}
			d := overdue()
			d.Clock.Stage = c.stage
			want = promise.Name.In(lang) + " / " + want + " / "
			if text := w.Write(d, may7(9, 0)).Text; !strings.Contains(text, want) {
				t.Errorf("%s in %s: %q is missing in:\n%s", c.stage, lang, want, text)
			}
		}
	}
}
