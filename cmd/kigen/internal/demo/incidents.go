package demo

import (
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/tracker"
)

// silentVendor misses its deadline. Its promise counts elapsed hours, so the demo
// works at any time of day.
const (
	silentVendor  = "sustaina"
	silentPromise = 24 * time.Hour
)

// entries returns the five incidents, relative to the start of the demo.
func (s *show) entries() []tracker.Entry {
	text := func(ja, en string) string { return calendar.Text{Ja: ja, En: en}.In(s.lang) }
	return []tracker.Entry{
		{
			Vendor: silentVendor, Service: "Sustaina Cloud",
			Title: text("不審な管理者ログイン", "Suspicious administrator sign-in"),
			Facts: s.facts(sla.ImpactSerious, sla.Confirmed, silentPromise-deadlineAfter),
		},
		{
			Vendor: "sotas", Service: "Sotas工程管理",
			Title: text("工程管理にログインできない", "Sign-in to process management fails"),
			Facts: s.facts(sla.ImpactSerious, sla.Occurred, 25*time.Minute),
		},
		{
			Vendor: "tatsujin",
			Title:  text("データ収集・配信の遅延", "Data collection and delivery delayed"),
			Facts:  s.facts(sla.ImpactLimited, sla.Detected, 3*time.Hour),
		},
		{
			Vendor: "superstream",
			Title:  text("仕訳データの欠落の疑い", "Journal entries may be missing"),
			Facts:  s.facts(sla.ImpactSerious, sla.Aware, 90*time.Minute),
		},
		{
			Vendor: "cybertrust", Service: "マネージドPKI",
			Title: text("証明書発行の一時停止", "Issuing of certificates paused"),
			Facts: s.facts(sla.ImpactUnknown, sla.Aware, 40*time.Minute),
		},
	}
}

// facts sets one moment to a time before the start of the demo.
func (s *show) facts(impact sla.Impact, m sla.Moment, before time.Duration) sla.Facts {
	f := sla.Facts{Impact: impact}
	f.Times[m] = sla.Stamp{At: s.begun.Add(-before)}
	return f
}
