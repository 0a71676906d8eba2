package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/notify"
	"kigen/notify/fakechat"
	"kigen/notify/fakeslack"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

// pagerModel is one clock and what PagerDuty should show of it.
type pagerModel struct {
	t     *rapid.T
	fake  *fakechat.PagerDuty
	at    *notify.Spoken
	lose  int // answers to lose yet
	d     *outbox.Delivery
	sent  []outbox.Receipt
	clock time.Time
	posts int

	state  sla.State
	called int // alerts of passed deadlines that must have called a person
}

func newPagerModel(t *rapid.T) *pagerModel {
	m := &pagerModel{t: t, fake: fakechat.NewPagerDuty(pagerKey), d: overdue(), state: sla.Running, clock: may7(1, 0)}
	m.at = spoken("pagerduty", "https://pager.example", fakeslack.InProcess(m.fake))
	m.fake.FailWhen(func(fakechat.Call) *fakechat.Fault {
		if m.lose == 0 {
			return nil
		}
		m.lose--
		f := fakechat.HangUp().Accepted()
		return &f
	})
	m.become(sla.Running)
	return m
}

// become puts the clock in a state as of now.
func (m *pagerModel) become(state sla.State) {
	m.state, m.d.Clock.State = state, state
	switch state {
	case sla.Overdue:
		m.d.Clock.Due, m.d.Clock.NotifiedAt = m.clock.Add(-time.Minute), time.Time{}
	case sla.Late:
		m.d.Clock.NotifiedAt = m.clock
	default:
		m.d.Clock.Due, m.d.Clock.NotifiedAt = m.clock.Add(time.Hour), time.Time{}
	}
}

// send makes a request until it is answered, as the pipeline does: answers get lost.
func (m *pagerModel) send(request func() error) {
	m.lose = rapid.IntRange(0, 4).Draw(m.t, "lost answers")
	for {
		err := request()
		if err == nil {
			return
		}
		var f *wire.Failure
		if !errors.As(err, &f) || f.Kind != wire.Unknown {
			m.t.Fatalf("%v is not unknown", err)
		}
	}
}

func (m *pagerModel) post(reason outbox.Reason) {
	m.posts++
	d := *m.d
	d.Alert.Reason, d.Key = reason, fmt.Sprintf("%s/%d@soc", reason, m.posts)
	m.send(func() error {
		receipt, err := m.at.Post(context.Background(), writer("en").Write(&d, m.clock))
		if err == nil {
			m.sent = append(m.sent, receipt)
		}
		return err
	})
}

// update brings all sent messages in line, in the order in which they were sent.
func (m *pagerModel) update() {
	d := *m.d
	d.Kind = outbox.Update
	for _, receipt := range m.sent {
		m.send(func() error { return m.at.Update(context.Background(), receipt, writer("en").Write(&d, m.clock)) })
	}
}

// step makes one thing happen.
func (m *pagerModel) step() {
	m.clock = m.clock.Add(5 * time.Minute)
	if m.state != sla.Overdue && m.state != sla.Late {
		m.d.Clock.Due = m.clock.Add(time.Hour) // it passes by "due" alone
	}
	switch what := rapid.SampledFrom([]string{"warn", "due", "repeat", "take", "leave", "notice", "withdraw", "move"}).Draw(m.t, "what"); {
	case what == "warn" && m.state == sla.Running:
		m.become(sla.AtRisk)
		m.post(outbox.ReasonWarning)
	case what == "due" && (m.state == sla.Running || m.state == sla.AtRisk):
		m.become(sla.Overdue)
		m.post(outbox.ReasonOverdue)
		m.called++
	case what == "repeat" && m.state == sla.Overdue:
		m.post(outbox.ReasonRepeat)
	case what == "take":
		m.d.Incident.Acknowledged = sla.Acknowledgement{By: "tanaka", At: m.clock, Until: m.clock.Add(24 * time.Hour)}
		m.update()
	case what == "leave":
		m.d.Incident.Acknowledged = sla.Acknowledgement{}
	case what == "notice" && m.state == sla.Overdue:
		m.become(sla.Late)
		m.update()
	case what == "withdraw" && m.state == sla.Late:
		m.become(sla.Overdue)
		m.update()
		m.called++ // it was resolved, and is silent again
	case what == "move" && m.state == sla.Overdue:
		m.become(sla.Running)
		m.update()
	}
}

// check holds PagerDuty to the clock.
func (m *pagerModel) check() {
	open, calls := map[bool][]fakechat.PagerAlert{}, 0
	for _, a := range m.fake.Alerts() {
		early := strings.HasSuffix(a.Key, "/ahead")
		if !early {
			calls += a.Calls
		}
		if a.State != "resolved" {
			open[early] = append(open[early], a)
		}
	}
	want := 0
	if m.state == sla.Overdue {
		want = 1
	}
	switch {
	case len(open[false]) != want:
		m.t.Fatalf("%s: %d open alerts of a passed deadline, want %d", m.state, len(open[false]), want)
	case len(open[true]) > 1, m.state == sla.Late && len(open[true]) > 0, m.state == sla.Overdue && len(open[true]) > 0:
		m.t.Fatalf("%s: open alerts from before the deadline: %+v", m.state, open[true])
	case calls != m.called:
		m.t.Fatalf("%s: people were called %d times for %d passed deadlines", m.state, calls, m.called)
	}
}

// Whatever happens to a clock, and however many answers get lost, PagerDuty has one open alert
// for a deadline that has passed in silence and none for any other, and each passing calls
// once.
func TestPagerDutyAgreesWithTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newPagerModel(t)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			m.step()
			m.check()
		}
	})
}
