package render_test

import (
	"sync"
	"testing"
	"time"

	"kigen/config"
	"kigen/sla"
	"kigen/sla/policy"
	"kigen/sla/report"
	"kigen/sla/report/reporttest"
)

// builtIn is loaded once: under the race detector it takes a while.
var builtIn = sync.OnceValues(func() (*config.Config, error) { return config.Load("", nil) })

// soc is a SOC's October under the built-in promises: deadlines and
// explanations are the engine's own.
type soc struct {
	t         testing.TB
	catalogue sla.Catalogue
	zone      *time.Location
	now       time.Time
	period    report.Period
	incidents []*sla.Incident
	logged    sla.IncidentID
}

func newSOC(t testing.TB, month, now string) *soc {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	c, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	s := &soc{t: t, catalogue: c.Catalogue, zone: zone, logged: 30}
	s.now = s.at(now)
	s.period, err = report.Month(month, zone, s.now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// at reads "10-05 14:00" of 2026; empty is unknown.
func (s *soc) at(text string) time.Time {
	s.t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+text, s.zone)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// happened is one incident: the moment that is known of it, and when the
// vendor's notice came.
type happened struct {
	vendor, service, title, reference string
	moment                            sla.Moment
	start, notice                     string
	impact                            sla.Impact
	cancelled                         bool
}

func (s *soc) log(h happened) {
	s.t.Helper()
	s.logged++
	vendor, ok := s.catalogue.Vendor(h.vendor)
	if !ok {
		s.t.Fatalf("no vendor %s", h.vendor)
	}
	inc := &sla.Incident{ID: s.logged, Vendor: h.vendor, Title: h.title, Reference: h.reference}
	inc.Service, inc.Impact = h.service, h.impact
	basis := sla.Stated
	if h.moment == sla.Aware {
		basis = sla.Observed
	}
	inc.Times[h.moment] = sla.Stamp{At: s.at(h.start), Basis: basis}
	for i, p := range vendor.Applying(inc.Kind, &inc.Times) {
		deadline, explanation, err := p.Explain(&inc.Facts)
		if err != nil {
			s.t.Fatal(err)
		}
		c := sla.Clock{
			ID: sla.ClockID(10*int(inc.ID) + i), Incident: inc.ID, Promise: p.ID,
			Explanation: explanation, NotifiedAt: s.at(h.notice),
		}
		c.Settle(deadline, policy.Policies(nil), sla.Acknowledgement{}, s.now)
		if h.cancelled {
			c.State = sla.Cancelled
		}
		inc.Clocks = append(inc.Clocks, c)
	}
	s.incidents = append(s.incidents, inc)
}

// report makes the report of the month.
func (s *soc) report() report.Report {
	s.t.Helper()
	source := &reporttest.Source{Incidents: s.incidents}
	made, err := report.Make(s.t.Context(), source, report.Spec{Catalogue: s.catalogue, Period: s.period})
	if err != nil {
		s.t.Fatal(err)
	}
	return made.Report
}

// month is an ended October with something of everything.
func month(t testing.TB) report.Report {
	t.Helper()
	s := newSOC(t, "2026-10", "11-01 09:00")
	for _, h := range []happened{
		{vendor: "sotas", service: "Sotas工程管理", title: "工程一覧が表示されない", reference: "SOC-2210", moment: sla.Occurred, start: "10-02 10:12", notice: "10-02 13:40"},
		{vendor: "sotas", service: "Sotasデータベース", title: "検索結果に他社データが混在", reference: "SOC-2216", moment: sla.Occurred, start: "10-09 18:30", notice: "10-13 11:05"},
		{vendor: "sotas", service: "Sotas化学調査", title: "ファイル添付に失敗する", moment: sla.Occurred, start: "10-16 20:03", notice: "10-17 09:30"},
		{vendor: "sustaina", service: "Sustaina Cloud", title: "管理画面への不正ログインの疑い", reference: "SOC-2219", moment: sla.Confirmed, start: "10-05 14:00", notice: "10-05 18:25"},
		{vendor: "sustaina", service: "Sustaina Cloud", title: `メール配信の遅延 <script>alert("x")</script> & 'quotes'`, moment: sla.Aware, start: "10-12 09:00", impact: sla.ImpactLimited},
		{vendor: "tatsujin", service: "達人Cube「データ収集・配信」", title: "申告データの取込が停止", reference: "SOC-2224", moment: sla.Aware, start: "10-20 08:45"},
		{vendor: "tatsujin", service: "達人Cube「データ収集・配信」", title: "配信ファイルの破損", reference: "SOC-2201", moment: sla.Detected, start: "10-06 11:00", notice: "10-08 15:10"},
		{vendor: "superstream", service: "SuperStream-NX Cloud", title: "仕訳データの一部欠落", reference: "SOC-2230", moment: sla.Detected, start: "10-27 16:00"},
		{vendor: "superstream", service: "SuperStream-NX Cloud", title: "夜間バッチの長時間停止", moment: sla.Aware, start: "10-13 07:30", notice: "10-15 10:20"},
		{vendor: "cybertrust", service: "マネージドPKI", title: "証明書発行の遅延", moment: sla.Aware, start: "10-21 09:00", notice: "10-23 19:00"},
		{vendor: "sotas", service: "Sotas工程管理", title: "監視側の設定不備による誤検知", moment: sla.Occurred, start: "10-22 09:00", cancelled: true},
	} {
		s.log(h)
	}
	return s.report()
}

// running is a November that has just begun, with one deadline ahead.
func running(t testing.TB) report.Report {
	t.Helper()
	s := newSOC(t, "2026-11", "11-05 09:00")
	s.log(happened{vendor: "tatsujin", title: "帳票の出力に失敗", moment: sla.Detected, start: "11-04 16:00"})
	return s.report()
}

// empty is an ended month without any incident.
func empty(t testing.TB) report.Report {
	t.Helper()
	return newSOC(t, "2026-09", "11-05 09:00").report()
}
