package notify_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakechat"
	"kigen/notify/fakeslack"
	"kigen/sla/outbox"
	"kigen/sla/seedtest"
)

// Killed every 20 to 140 ms, with lost answers, while the notices come and incidents are
// cancelled, between any two attempts at a message: in the end no destination shows as open
// what is not.
func TestChangesReachWhatIsKilledAgainAndAgain(t *testing.T) {
	seed := seedtest.Of(t)
	for _, kind := range []string{"slack", "googlechat", "pagerduty", "teams"} {
		for name, above := range map[string]int{"one by one": 1_000_000, "in a digest": 0} {
			t.Run(kind+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { changeAndKill(t, kind, seed, above) })
			})
		}
	}
}

func changeAndKill(t *testing.T, kind string, seed uint64, above int) {
	h := &hostile{pipeline: newPipeline(t, fakeslack.Options{HistoryLag: 20 * time.Second}), seed: seed, tries: map[string]int{}}
	defer h.close()
	open := h.at(kind)
	h.log(20)
	h.raise(0, outbox.ReasonOverdue, "soc")
	random := rand.New(rand.NewPCG(seed, 2))
	var ids []string
	changes := random.Perm(len(h.incs)) // one of each incident
	for begun := time.Now(); (h.waiting() || len(changes) > 0) && time.Since(begun) < 12*time.Hour; {
		h.live(time.Duration(20+random.IntN(121))*time.Millisecond, above)
		for ; len(changes) > 0 && random.IntN(3) == 0; changes = changes[1:] {
			ids = append(ids, h.incs[changes[0]].ID.String())
			if random.IntN(2) == 0 {
				h.noticed(changes[0])
			} else {
				h.cancelled(changes[0])
			}
		}
	}
	if h.waiting() {
		t.Error("something waits")
	}
	if left := open(ids); len(left) > 0 {
		t.Errorf("the destination shows as open what is not: %v", left)
	}
}

// at has the lives send to a kind of destination, and returns how to tell which incidents it
// shows as open.
func (h *hostile) at(kind string) (open func(ids []string) []string) {
	if kind == "slack" {
		h.slack.FailWhen(h.judge)
		return func(ids []string) []string {
			var texts []string
			for _, m := range h.slack.Messages() {
				texts = append(texts, m.Shown())
			}
			return stillOpen(texts, ids)
		}
	}
	class := classOf(kind)
	fake := newChatFake(kind)
	fake.failWhen(h.judgeChat)
	h.network, h.class = fakeslack.InProcess(fake.handler), &class
	h.make = func(rt http.RoundTripper) notify.Destination { return spoken(kind, "https://chat.example", rt) }
	return fake.open
}

// open returns which of the incidents still await something, by what the fake shows.
func (f *chatFake) open(ids []string) []string {
	if pager, ok := f.handler.(*fakechat.PagerDuty); ok {
		var left []string
		for _, a := range pager.Alerts() {
			if a.State != "resolved" {
				left = append(left, a.Key+" "+a.Text[:60])
			}
		}
		return left
	}
	var texts []string
	for _, m := range f.shown() {
		texts = append(texts, m.text)
	}
	return stillOpen(texts, ids)
}
