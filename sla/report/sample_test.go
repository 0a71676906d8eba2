package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/regime"
	"kigen/sla/report"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

func ptr[T any](v T) *T { return &v }

// sample has something in every field; its figures need not agree. The faces'
// tests read it from testdata.
func sample(t testing.TB) report.Report {
	t.Helper()
	tokyo := zone(t, "Asia/Tokyo")
	p, err := report.Month("2026-10", tokyo, instant(t, "2026-11-01T00:00:00+09:00"))
	if err != nil {
		t.Fatal(err)
	}
	p.AsOf = instant(t, "2026-10-31T12:00:00+09:00")
	name := calendar.Text{Ja: "甲社", En: "A"}
	clause := sla.Source{Document: "SECURITY WHITE PAPER", Edition: "2024-09-01", Section: "34.2", Quote: "原則6時間以内に通知する", URL: "https://example.jp/whitepaper"}
	figures := sampleFigures()
	change := report.Change{
		Incidents: 2, Due: 1, Met: -1, Late: 1, Overdue: 1, NotProvable: -1, Rate: ptr(-8.3), FirmRate: ptr(-10.0), TargetRate: ptr(2.5),
		TimeToNotice: ptr(int64(-600)), Lateness: ptr(int64(1200)),
	}
	steps := []sla.Step{{Kind: sla.StepStart, At: at(t, 5, "01:00:00"), Moment: "detected", Basis: sla.Stated}, {Kind: sla.StepElapsed, Length: 6 * time.Hour, From: at(t, 5, "01:00:00"), At: at(t, 5, "07:00:00")}, {Kind: sla.StepDue, At: at(t, 5, "07:00:00")}}
	return report.Report{
		Period: p, VendorFilter: "a", Formula: report.ComplianceFormula(),
		Previous: report.Previous{Period: p.Previous(), Totals: sampleFigures()},
		Totals:   figures, Change: change,
		Vendors: []report.Vendor{{ID: "a", Name: name, Figures: figures, Change: change, Services: []report.Service{
			{Name: "顧客管理クラウド", Figures: sampleFigures(), Change: change}, {Figures: sampleFigures()},
		}}},
		Cases: []report.Case{{
			Incident: 7, Kind: sla.KindMaintenance, Vendor: "a", VendorName: name, Service: "顧客管理クラウド", Title: "ログインできない", Reference: "SOC-2210", Month: "2026-10",
			Promise: "incident-notice", Stage: "first", Strength: sla.Firm, Verdict: report.Late,
			Start: at(t, 5, "01:00:00"), StartFrom: sla.Detected, Basis: sla.Stated, Due: at(t, 5, "07:00:00"),
			NotifiedAt: at(t, 5, "08:30:00"), RecordedAt: at(t, 8, "10:30:00"), Lateness: ptr(int64(5400)), Timeline: sampleTimeline(t), Clause: clause,
			Explanation: sla.Explanation{Source: clause, Strength: sla.Firm, Rule: "6h", Steps: steps},
		}},
		Kinds: []report.KindFigures{{
			Kind: sla.KindMaintenance, Figures: sampleFigures(), Vendors: []report.KindVendor{{ID: "a", Name: name, Figures: sampleFigures()}},
		}},
		CarriedOver: []report.CarriedOver{{
			Incident: 3, Kind: sla.KindChange, Vendor: "a", VendorName: name, Service: "顧客管理クラウド", Title: "帳票の破損", Reference: "SOC-2190", Promise: "incident-notice",
			Stage: "first", Strength: sla.Target, Verdict: report.Late, Month: "2026-09", Due: at(t, -3, "10:00:00"),
			NotifiedAt: at(t, 2, "11:00:00"), Lateness: ptr(int64(435600)), Answered: true,
		}},
		Uncommitted: []report.Uncommitted{{Vendor: "a", VendorName: name, Clocks: 3, Answered: 2, TimeToNotice: figures.TimeToNotice}},
		Excluded: []report.Exclusion{
			{Incident: 8, Vendor: "a", VendorName: name, Service: "顧客管理クラウド", Title: "表示の乱れ", Promise: "incident-notice", Stage: "first", Verdict: report.NotApplicable, Ground: report.ByGate, By: sla.ByImpact, Value: "limited"},
			{Incident: 9, Vendor: "a", VendorName: name, Title: "誤検知", Promise: "incident-notice", Verdict: report.Cancelled, Ground: report.ByCancellation, Reason: "監視側の設定不備", Due: at(t, 6, "12:00:00")},
			{Incident: 10, Vendor: "a", VendorName: name, Title: "接続断", Promise: "incident-notice", Verdict: report.NotProvable, Ground: report.ByAssumption, StartFrom: "aware", Due: at(t, 9, "12:00:00")},
		},
		Backdated: []report.Backdated{{
			Incident: 7, Vendor: "a", VendorName: name, Service: "顧客管理クラウド", Title: "ログインできない", Reference: "SOC-2210", Promise: "incident-notice",
			Stage: "first", Verdict: report.Late, Due: at(t, 5, "07:00:00"), NotifiedAt: at(t, 5, "08:30:00"), RecordedAt: at(t, 8, "10:30:00"),
			RecordedBy: "佐藤", Delay: 266400,
		}},
		Duties: []report.Duty{{
			Incident: 7, Vendor: "a", VendorName: name, Title: "ログインできない", Duty: "jp-appi", Name: calendar.Text{Ja: "個人情報保護法", En: "Japan APPI"},
			To: calendar.Text{Ja: "個人情報保護委員会", En: "PPC"}, Stage: "initial", Report: calendar.Text{Ja: "速報", En: "initial report"},
			State: sla.Met, Decided: regime.Applies, Reason: "顧客の個人データを含む", DecidedBy: "佐藤", Due: at(t, 8, "00:00:00"), SubmittedAt: at(t, 6, "15:00:00"), Reference: "PPC-12",
		}},
		Trend: []report.TrendPoint{
			{Month: "2026-09", Total: report.TrendFigures{}, Vendors: []report.TrendVendor{{ID: "a"}}},
			{Month: "2026-10", Total: report.TrendFigures{Share: figures.Compliance.Share, Median: ptr(int64(9000))}, Vendors: []report.TrendVendor{
				{ID: "a", TrendFigures: report.TrendFigures{Share: figures.Compliance.Share, Median: ptr(int64(9000))}}}},
		},
		SinceEdition: sampleChanges(t, name),
		Versions:     sampleVersions(clause),
	}
}

func sampleFigures() report.Figures {
	bins := []report.Bin{{UpTo: ptr(0.25), Clocks: 1}, {UpTo: ptr(0.5), Clocks: 1}, {UpTo: ptr(0.75)}, {UpTo: ptr(1.0)}, {UpTo: ptr(1.5), Clocks: 1}, {UpTo: ptr(2.0)}, {UpTo: ptr(4.0)}, {Clocks: 1}}
	return report.Figures{
		Incidents:    14,
		Counts:       report.Counts{Clocks: 16, Met: 3, Late: 1, Overdue: 2, OverdueAssumed: 1, NotProvable: 1, NoCommitment: 3, NotApplicable: 1, Cancelled: 1, Waived: 1, Pending: 1, Running: 2},
		Compliance:   report.Compliance{Share: report.Share{Kept: 3, Due: 5, Rate: ptr(0.6)}, Firm: report.Share{Kept: 1, Due: 2, Rate: ptr(0.5)}, Target: report.Share{Kept: 1, Due: 1, Rate: ptr(1.0)}, Other: report.Share{Kept: 1, Due: 2, Rate: ptr(0.5)}},
		TimeToNotice: report.Lengths{Count: 6, Median: ptr(int64(9000)), P90: ptr(int64(27000)), Longest: ptr(int64(86400)), LongestAssumed: true},
		Lateness:     report.Lengths{Count: 1, Median: ptr(int64(5400)), P90: ptr(int64(5400)), Longest: ptr(int64(5400)), LongestAssumed: true},
		Promised:     bins,
	}
}

func sampleTimeline(t testing.TB) []report.Entry {
	return []report.Entry{
		{At: at(t, 5, "01:00:00"), Kind: report.EntryOf(sla.Detected), Basis: sla.Stated},
		{At: at(t, 5, "01:00:00"), Kind: report.EntryStart, Basis: sla.Stated},
		{At: at(t, 5, "01:20:00"), Kind: report.EntryOf(sla.Aware), Basis: sla.Observed},
		{At: at(t, 5, "01:25:00"), Kind: report.EntryOf(sla.Logged), Basis: sla.Observed},
		{At: at(t, 5, "01:30:00"), Kind: report.EntryRescheduled, Was: at(t, 5, "07:25:00"), Is: at(t, 5, "07:00:00")},
		{At: at(t, 5, "04:00:00"), Kind: report.EntryWarned},
		{At: at(t, 5, "07:00:00"), Kind: report.EntryDue},
		{At: at(t, 5, "07:00:01"), Kind: report.EntryAlerted},
		{At: at(t, 5, "07:10:00"), Kind: report.EntryAcknowledged, By: "佐藤"},
		{At: at(t, 5, "07:20:00"), Kind: report.EntryNotice, Channel: "phone", Void: true},
		{At: at(t, 5, "07:30:00"), Kind: report.EntryWithdrawn, By: "佐藤", Reason: "別件の電話だった", Was: at(t, 5, "07:20:00")},
		{At: at(t, 5, "08:30:00"), Kind: report.EntryNotice, Channel: "email", Stage: "first", Stopped: true, Delay: ptr(int64(266400))},
	}
}

func sampleChanges(t testing.TB, name calendar.Text) *report.EditionChanges {
	return &report.EditionChanges{
		Edition: 1, MadeAt: at(t, 32, "09:00:00"), SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Kigen: "v1.0.0",
		Differences: []report.Difference{
			{Figure: "met", Was: ptr(3.0), Is: ptr(2.0)}, {Vendor: "a", Figure: "compliance.rate", Was: ptr(0.75), Is: ptr(0.5)},
			{Vendor: "a", Figure: "lateness.median_s", Is: ptr(5400.0)},
		},
		Corrections: []report.Correction{{
			Incident: 7, Vendor: "a", VendorName: name, Title: "ログインできない", Promise: "incident-notice", Stage: "first", Effect: report.EffectVerdict,
			Was:    &report.Standing{Verdict: report.Met, Start: at(t, 5, "03:00:00"), Due: at(t, 5, "09:00:00"), NotifiedAt: at(t, 5, "08:30:00")},
			Is:     &report.Standing{Verdict: report.Late, Start: at(t, 5, "01:00:00"), Due: at(t, 5, "07:00:00"), NotifiedAt: at(t, 5, "08:30:00")},
			Events: []report.Revision{{At: at(t, 34, "10:00:00"), By: "佐藤", Kind: sla.EventAmended, Fields: []string{"occurred_at"}}, {At: at(t, 34, "10:00:00"), By: "kigen", Kind: sla.EventDeadline}, {At: at(t, 34, "10:05:00"), By: "佐藤", Kind: sla.EventWithdrawn, Reason: "別件の電話だった"}},
		}},
	}
}

func sampleVersions(clause sla.Source) report.Versions {
	const hash = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
	return report.Versions{
		Kigen:     "v1.1.0",
		Record:    &report.RecordHead{Count: 4711, Hash: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"},
		Promises:  []report.PromiseVersion{{Vendor: "a", Promise: "incident-notice", Document: clause.Document, Edition: clause.Edition, Hash: hash, Calendar: hash, Clocks: 16}},
		Calendars: []report.CalendarVersion{{Hash: hash, Zone: "Asia/Tokyo"}},
		Holidays:  []report.HolidayEdition{{Country: "JP", First: 1955, Last: 2027}},
	}
}

// A kept report is read again years later: what is written today must be what
// was written when the file in testdata was, or what reads it must still do so.
func TestKeptModelIsReadBackWhole(t *testing.T) {
	const file = "testdata/sample.json"
	want := sample(t)
	data, err := report.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, append(data, '\n'), "", "  "); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, indented.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, indented.Bytes()) {
		t.Error("the model is written otherwise than it was kept; old editions must stay readable: see the difference by -update")
	}
	got, err := report.Decode(kept, zone(t, "Asia/Tokyo"))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := report.Encode(got); err != nil || !bytes.Equal(again, data) {
		t.Errorf("read back and written again it differs: %v", err)
	}
	fields(reflect.ValueOf(got), "Report", func(path string, v reflect.Value) {
		if at, ok := v.Interface().(time.Time); ok && !at.IsZero() && at.Location().String() != "Asia/Tokyo" {
			t.Errorf("%s comes back in the zone %s", path, at.Location())
		}
	})
}

// Every field of the sample is set, so that a face that forgets one shows.
func TestSampleIsFull(t *testing.T) {
	var empty []string
	fields(reflect.ValueOf(sample(t)), "Report", func(path string, v reflect.Value) {
		if v.IsZero() {
			empty = append(empty, path)
		}
	})
	allowed := map[string]bool{"Report.Previous.Period.AsOf": true, "Report.Cases.Clock": true, "Report.CarriedOver.Clock": true, "Report.Excluded.Clock": true, "Report.Backdated.Clock": true, "Report.Duties.Clock": true, "Report.SinceEdition.Corrections.Clock": true}
	for _, path := range empty {
		if !allowed[path] {
			t.Errorf("%s is empty in every element of the sample", path)
		}
	}
}

// fields calls visit with each field of v; of lists, with the fullest element
// for each field. Types of other packages are leaves.
func fields(v reflect.Value, path string, visit func(string, reflect.Value)) {
	seen := map[string]reflect.Value{}
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch {
		case v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct && !v.IsNil():
			walk(v.Elem(), path)
		case v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().Kind() == reflect.Struct:
			for i := range v.Len() {
				walk(v.Index(i), path)
			}
		case v.Kind() == reflect.Struct && v.Type().PkgPath() == reflect.TypeFor[report.Report]().PkgPath():
			for i := range v.NumField() {
				if !v.Type().Field(i).IsExported() {
					continue
				}
				walk(v.Field(i), path+"."+v.Type().Field(i).Name)
			}
		default:
			if old, ok := seen[path]; !ok || old.IsZero() {
				seen[path] = v
			}
		}
	}
	walk(v, path)
	for p, v := range seen {
		visit(p, v)
	}
}

// TestEditionWithFormerNames: an edition that was made when aware was called noticed
// is read as one that is made now.
func TestEditionWithFormerNames(t *testing.T) {
	want, err := report.Encode(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	old := strings.NewReplacer(
		`"notified_at":`, `"notice_at":`, `"kind":"aware"`, `"kind":"noticed"`, `"start_from":"aware"`, `"start_from":"noticed"`,
	).Replace(string(want))
	if old == string(want) {
		t.Fatal("the sample has none of the names")
	}
	r, err := report.Decode([]byte(old), zone(t, "Asia/Tokyo"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := report.Encode(r); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, read as\n%s\nwant\n%s", err, got, want)
	}
}
