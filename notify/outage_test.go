package notify_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla/outbox"
)

// outage lets Slack fail for a day, in every way of an outage, while twenty
// deadlines an hour pass, and returns how long after its end the last of them
// was told.
func outage(t testing.TB, f func(p *pipeline, drained time.Duration)) {
	const length = 24 * time.Hour
	p := newPipeline(t, fakeslack.Options{EnforceRate: true})
	defer p.close()
	random := rand.New(rand.NewPCG(24, 60))
	begun := time.Now()
	p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
		if c.At.Sub(begun) >= length {
			return nil
		}
		faults := []fakeslack.Fault{
			fakeslack.Status(http.StatusServiceUnavailable), fakeslack.Status(http.StatusInternalServerError),
			fakeslack.HangUp(), fakeslack.BlackHole(), fakeslack.TooMany("60"), fakeslack.Body("{}"),
		}
		return &faults[random.IntN(len(faults))]
	})
	_, stop := p.run("soc", p.bot(nil), notify.Options{})
	for range length / time.Hour {
		for range 20 {
			p.log(1)
			p.raise(len(p.incs)-1, outbox.ReasonOverdue, "soc")
			time.Sleep(3 * time.Minute)
		}
	}
	time.Sleep(time.Hour)
	stop()
	end := begun.Add(length)
	var last time.Time
	for _, m := range p.slack.Messages() {
		if m.Posted.Before(end) {
			t.Errorf("%s was told during the outage", m.Key(slack.Key))
		}
		last = m.Posted
	}
	f(p, last.Sub(end))
}

// After a day without Slack everything is told once, soon, and at Slack's pace.
func TestOutageOfADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		outage(t, func(p *pipeline, drained time.Duration) {
			p.checkTold(1)
			if drained > 20*time.Minute { // a probe every 15 minutes, then the digests
				t.Errorf("drained after %s", drained)
			}
		})
	})
}

// BenchmarkOutage prints how long after a day's outage the backlog was told.
func BenchmarkOutage(b *testing.B) {
	for range b.N {
		inBubble(b, func(t *testing.T) {
			outage(t, func(p *pipeline, drained time.Duration) {
				p.checkTold(1)
				b.ReportMetric(drained.Seconds(), "virtual-s")
				b.ReportMetric(float64(len(p.incs)), "alerts")
				b.ReportMetric(float64(len(p.slack.Messages())), "messages")
			})
		})
	}
}
