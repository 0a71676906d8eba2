package notify_test

import (
	"encoding/json"
	"time"

	"kigen/calendar"
	"kigen/notify"
	"kigen/sla"
	"kigen/sla/outbox"
)

var tokyo = time.FixedZone("JST", 9*60*60)

// may7 is the day on which the fixture's deadline, 09:00, falls.
func may7(hour, minute int) time.Time {
	return time.Date(2026, 5, 7, hour, minute, 0, 0, tokyo)
}

func catalogue() sla.Catalogue {
	return sla.Catalogue{{
		ID:      "sotas",
		Name:    calendar.Text{Ja: "Sotas株式会社", En: "Sotas"},
		Contact: "support@sotas.example",
		Promises: []*sla.Promise{{
			ID: "incident-notice", Vendor: "sotas", Strength: sla.Firm,
			Name: calendar.Text{Ja: "セキュリティインシデントの通知", En: "Security incident notice"},
		}},
	}}
}

// overdue is an alert of a clock that passed its deadline in silence.
func overdue() *outbox.Delivery {
	inc := &sla.Incident{
		ID: 42, Vendor: "sotas", Title: "ログイン障害 <script>&",
		Facts: sla.Facts{Service: "Sotas工程管理", Severity: sla.SeverityHigh, Impact: sla.ImpactSerious},
		Clocks: []sla.Clock{{
			ID: 7, Incident: 42, Promise: "incident-notice", State: sla.Overdue,
			Start:      sla.Start{At: time.Date(2026, 5, 1, 18, 0, 0, 0, tokyo), From: sla.Occurred, Basis: sla.Stated},
			Due:        may7(9, 0),
			BreachedAt: may7(9, 0),
			Explanation: sla.Explanation{Source: sla.Source{
				Document: "SECURITY WHITE PAPER", Edition: "2024-09-01", Section: "第2章 34.2",
				Quote: "標準営業時間外の場合:翌営業日の開始時間までか発生から6時間後の遅い方まで",
				URL:   "https://sotas.example/whitepaper?a=1&b=2",
			}, Steps: []sla.Step{
				{Kind: sla.StepStart, At: time.Date(2026, 5, 1, 18, 0, 0, 0, tokyo), Moment: "occurred", Basis: sla.Stated},
				{Kind: sla.StepOpening, At: may7(9, 0)},
				{Kind: sla.StepDue, At: may7(9, 0)},
			}},
		}},
	}
	return &outbox.Delivery{
		ID: 1, Key: "overdue/42/7/1778112000000/soc", Destination: "soc", Kind: outbox.Post, Attempts: 1,
		Alert: outbox.Alert{
			Key: "overdue/42/7/1778112000000", Reason: outbox.ReasonOverdue, Incident: 42, Clock: 7,
			DueAt: may7(9, 0), At: may7(9, 0),
		},
		Incident: inc, Clock: &inc.Clocks[0],
	}
}

func answered(d *outbox.Delivery, state sla.State, at time.Time) *outbox.Delivery {
	d.Clock.State, d.Clock.NotifiedAt = state, at
	d.Incident.Notices = []sla.Notice{{ReceivedAt: at, Channel: "email", Reference: "SOTAS-1001"}}
	return d
}

// logged is the message that the incident was logged, on 7 May at 08:00 with
// the deadline at 18:00, after some changes to it.
func logged(changes ...func(*outbox.Delivery)) func() *outbox.Delivery {
	return func() *outbox.Delivery {
		d := overdue()
		d.Key = "incident/42/logged/1778108400000@soc"
		d.Alert = outbox.Alert{Key: "incident/42/logged/1778108400000", Reason: outbox.ReasonLogged, Incident: 42, At: may7(8, 0)}
		d.Clock = nil
		c := &d.Incident.Clocks[0]
		c.State, c.Due, c.BreachedAt = sla.Running, may7(18, 0), time.Time{}
		c.Explanation.Steps = c.Explanation.Steps[:1]
		for _, change := range changes {
			change(d)
		}
		return d
	}
}

// finalReport adds a clock that waits for the first notice.
func finalReport(d *outbox.Delivery) {
	d.Incident.Clocks = append(d.Incident.Clocks, sla.Clock{ID: 8, Promise: "incident-notice", Stage: "final", State: sla.Pending})
}

func without(state sla.State) func(*outbox.Delivery) {
	return func(d *outbox.Delivery) { d.Incident.Clocks[0].State, d.Incident.Clocks[0].Due = state, time.Time{} }
}

func firstAnswered(d *outbox.Delivery) {
	d.Kind, d.Clock = outbox.Update, &d.Incident.Clocks[0]
	answered(d, sla.Met, may7(14, 2))
	d.Clock = nil
	if len(d.Incident.Clocks) > 1 {
		c := &d.Incident.Clocks[1]
		c.State, c.Start, c.Due = sla.Running, sla.Start{At: may7(14, 2)}, time.Date(2026, 5, 11, 17, 0, 0, 0, tokyo)
	}
}

func unasked(d *outbox.Delivery) {
	firstAnswered(d)
	d.Incident.Clocks[0].State = sla.NoCommitment
}

func report() *outbox.Delivery {
	body, err := json.Marshal(map[string]any{
		"title": "月次レポート 2026年10月",
		"lines": []string{"インシデント 12件", "期限内 9 / 期限後 2 / 通知なし 1"},
		"link":  "/reports/2026-10",
	})
	if err != nil {
		panic(err)
	}
	return &outbox.Delivery{
		ID: 9, Key: "report/2026-10/soc", Destination: "soc", Kind: outbox.Post, Attempts: 1,
		Alert: outbox.Alert{Key: "report/2026-10", Reason: outbox.ReasonReport, At: may7(9, 0), Body: body},
	}
}

func writer(lang string) notify.Writer {
	return notify.Writer{Lang: lang, Zone: tokyo, BaseURL: "https://kigen.example/", Vendors: catalogue()}
}
