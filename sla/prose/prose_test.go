package prose_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/prose"
)

var update = flag.Bool("update", false, "write the golden files")

var tokyo = time.FixedZone("JST", 9*60*60)

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, tokyo)
	if err != nil {
		panic(err)
	}
	return t
}

func date(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func spans(texts ...string) (list []calendar.Span) {
	for _, text := range texts {
		s, err := calendar.ParseSpan(text)
		if err != nil {
			panic(err)
		}
		list = append(list, s)
	}
	return list
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name + ".golden"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if the change is meant, run go test ./sla/prose -run %s -update\ngot:\n%s\nwant:\n%s", path, t.Name(), got, want)
	}
}

// TestEveryStepHasWords: each kind of step is a finished sentence in both
// languages, and the Japanese one is Japanese.
func TestEveryStepHasWords(t *testing.T) {
	start := at("2026-05-01 18:00")
	name := calendar.Text{Ja: "夏季休業", En: "Summer closure"}
	steps := []sla.Step{
		{Kind: sla.StepStart, At: start, Moment: "occurred", Basis: sla.Stated},
		{Kind: sla.StepStart, At: start, Moment: "occurred", Basis: sla.Assumed},
		{Kind: sla.StepStart, At: start, Moment: "aware", InsteadOf: "detected", Basis: sla.Assumed},
		{Kind: sla.StepStart, At: start, Moment: sla.MomentNotice, Name: name, Basis: sla.Observed},
		{Kind: sla.StepPending, Moment: "confirmed"},
		{Kind: sla.StepPending, Moment: sla.MomentNotice, Name: name},
		{Kind: sla.StepGateShut, By: sla.ByService, Value: "Sotas化学調査"},
		{Kind: sla.StepGateShut, By: sla.ByImpact, Value: "limited"},
		{Kind: sla.StepGateShut, By: sla.ByScope, Value: "all_customers"},
		{Kind: sla.StepGateShut, By: sla.BySeverity, Value: "low"},
		{Kind: sla.StepBeforeEdition, Date: date("2026-05-02")},
		{Kind: sla.StepEnded, Date: date("2026-04-30")},
		{Kind: sla.StepInside, At: start, Hours: spans("09:00-12:00", "13:00-19:00")},
		{Kind: sla.StepOutside, At: start, Hours: spans("09:00-18:00")},
		{Kind: sla.StepOutside, At: start, Reason: calendar.ReasonClosure, Name: name},
		{Kind: sla.StepElapsed, From: start, Length: 6 * time.Hour, At: start.Add(6 * time.Hour)},
		{Kind: sla.StepElapsed, From: start, Length: -72 * time.Hour, At: start.Add(-72 * time.Hour)},
		{Kind: sla.StepOpenTime, Date: date("2026-05-01"), From: start, At: start.Add(6 * time.Hour), Length: 6 * time.Hour},
		{Kind: sla.StepStartDay, Date: date("2026-05-01")},
		{Kind: sla.StepCounted, Date: date("2026-05-07"), N: 3},
		{Kind: sla.StepSkipped, Date: date("2026-05-02"), Reason: calendar.ReasonWeekend},
		{Kind: sla.StepSkipped, Date: date("2026-05-07"), Reason: calendar.ReasonWeekend},
		{Kind: sla.StepSkipped, Date: date("2026-05-03"), Reason: calendar.ReasonHoliday, Name: calendar.Text{Ja: "憲法記念日", En: "Constitution Memorial Day"}},
		{Kind: sla.StepSkipped, Date: date("2026-05-03"), Reason: calendar.ReasonHoliday},
		{Kind: sla.StepSkipped, Date: date("2026-05-06"), Reason: calendar.ReasonSubstitute, Name: calendar.Text{Ja: "振替休日", En: "Substitute Holiday"}, Projected: true},
		{Kind: sla.StepSkipped, Date: date("2026-08-12"), Reason: calendar.ReasonClosure, Name: name},
		{Kind: sla.StepSkipped, Date: date("2026-08-12"), Reason: calendar.ReasonClosure},
		{Kind: sla.StepSkipped, Date: date("2026-08-12"), Reason: calendar.ReasonSkipped},
		{Kind: sla.StepDays, N: 5, Date: date("2026-05-06")},
		{Kind: sla.StepDays, N: -5, Date: date("2026-04-26")},
		{Kind: sla.StepDays, N: 1, Date: date("2026-05-02")},
		{Kind: sla.StepMonths, N: 2, Date: date("2026-07-01")},
		{Kind: sla.StepMonths, N: -1, Date: date("2026-04-01")},
		{Kind: sla.StepRolled, N: 1, Date: date("2026-05-07")},
		{Kind: sla.StepRolled, N: -3, Date: date("2026-05-01")},
		{Kind: sla.StepOpening, At: start},
		{Kind: sla.StepEnds, Ends: sla.EndOfDay, Date: date("2026-05-07"), At: at("2026-05-08 00:00")},
		{Kind: sla.StepEnds, Ends: sla.Close, Date: date("2026-05-07"), At: at("2026-05-07 17:00")},
		{Kind: sla.StepEnds, Ends: sla.Close, Date: date("2026-05-07"), At: at("2026-05-08 00:00")},
		{Kind: sla.StepEnds, Ends: sla.SameTime, Date: date("2026-05-07"), At: at("2026-05-07 18:00")},
		{Kind: sla.StepEnds, Ends: sla.Noon, Date: date("2026-05-07"), At: at("2026-05-07 12:00")},
		{Kind: sla.StepLater, At: start},
		{Kind: sla.StepEarlier, At: start},
		{Kind: sla.StepCase, By: sla.BySeverity, Value: "critical"},
		{Kind: sla.StepCase, By: sla.ByScope, Value: "unknown"},
		{Kind: sla.StepCase, By: sla.ByImpact},
		{Kind: sla.StepFrom, Moment: "aware", At: start, Basis: sla.Observed},
		{Kind: sla.StepFrom, Moment: "logged", InsteadOf: "aware", At: start, Basis: sla.Assumed},
		{Kind: sla.StepUnpublished, Name: name},
		{Kind: sla.StepCadenceEnded, At: start, Moment: sla.MomentNotice, Name: calendar.Text{Ja: "最終報告", En: "Final report"}},
		{Kind: sla.StepNone},
		{Kind: sla.StepDue, At: start},
	}
	var ja, en strings.Builder
	for _, s := range steps {
		for _, line := range []struct {
			lang string
			all  *strings.Builder
		}{{"ja", &ja}, {"en", &en}} {
			text := prose.Step(line.lang, &s)
			if text == "" || text == string(s.Kind) || strings.ContainsAny(text, "{}") || strings.Contains(text, "()") || strings.Contains(text, "  ") {
				t.Errorf("%s in %s: %q", s.Kind, line.lang, text)
			}
			line.all.WriteString(text + "\n")
		}
	}
	golden(t, "steps.ja", ja.String())
	golden(t, "steps.en", en.String())
}

func TestCitation(t *testing.T) {
	whole := sla.Source{Document: "白書", Edition: "第2版", Section: "17", Quote: "通知します。"}
	tests := []struct {
		source sla.Source
		ja, en string
	}{
		{whole, "「通知します。」(白書、第2版、17)", "「通知します。」 (白書, 第2版, 17)"},
		{sla.Source{Document: "白書", Section: "17"}, "白書、17", "白書, 17"},
		{sla.Source{Quote: "通知します。"}, "「通知します。」", "「通知します。」"},
		{sla.Source{}, "", ""},
	}
	for _, test := range tests {
		if got := prose.Citation("ja", &test.source); got != test.ja {
			t.Errorf("ja: %q, want %q", got, test.ja)
		}
		if got := prose.Citation("en", &test.source); got != test.en {
			t.Errorf("en: %q, want %q", got, test.en)
		}
	}
}

// TestMoments: each moment has a name and a label in both languages, and a name that
// is not a moment's stays as it is.
func TestMoments(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		for _, m := range sla.Moments() {
			for _, text := range []string{prose.Moment(lang, m.String()), prose.MomentLabel(lang, m), prose.MomentHeading(lang, m)} {
				if text == "" || strings.Contains(text, "⟦") || lang == "ja" && text == m.String() {
					t.Errorf("%s in %s: %q", m, lang, text)
				}
			}
		}
		if got := prose.Moment(lang, "elsewhere"); got != "elsewhere" {
			t.Errorf("elsewhere in %s: %q", lang, got)
		}
	}
	if got, ok := prose.FieldLabel("ja", "detected_at"); got != "ベンダーが検知した時刻" || !ok {
		t.Errorf("detected_at: %q, %t", got, ok)
	}
	if got, ok := prose.FieldLabel("ja", "title"); ok {
		t.Errorf("title is labelled as a moment: %q", got)
	}
}
