package notify_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/destinations"
	"kigen/notify/fakechat"
	"kigen/notify/fakeslack"
	"kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/seedtest"
)

// telling is one message that shows an incident.
type telling struct {
	text   string
	marked bool // as a possible repeat
}

// chatFake is a fake with the means to count what it shows.
type chatFake struct {
	handler  http.Handler
	failWhen func(func(fakechat.Call) *fakechat.Fault)
	shown    func() []telling // without summaries, which name one incident as an example
}

func newChatFake(kind string) chatFake {
	told := func(text string) telling { return telling{text, strings.Contains(text, repeated)} }
	switch kind {
	case "googlechat":
		f := fakechat.NewGoogleChat(chatKey, chatToken)
		return chatFake{f, f.FailWhen, func() (all []telling) {
			threads := map[string]int{}
			for _, m := range f.Messages() {
				threads[m.Thread]++
			}
			seen := map[string]bool{}
			for _, m := range f.Messages() {
				if threads[m.Thread] > 1 && !seen[m.Thread] {
					seen[m.Thread] = true // the summary of pages
					continue
				}
				all = append(all, told(m.Shown()))
			}
			return all
		}}
	case "pagerduty":
		f := fakechat.NewPagerDuty(pagerKey)
		return chatFake{f, f.FailWhen, func() (all []telling) {
			for _, a := range f.Alerts() {
				text := a.Text
				if _, list, isDigest := strings.Cut(text, "combines them."); isDigest {
					text = list
				}
				all = append(all, told(text+strings.Repeat("\ncalled again", a.Calls-1)))
			}
			return all
		}}
	default:
		f := fakechat.NewTeams(fakechat.EachAttachment, teamsSig)
		return chatFake{f, f.FailWhen, func() (all []telling) {
			for _, card := range f.Shown() {
				if text := card.Text(); !strings.Contains(text, "The list of each of them follows") {
					all = append(all, told(text))
				}
			}
			return all
		}}
	}
}

// judgeChat gives a request to a chat its fate: 16 of 100 are refused, and of 24 more the
// answer is lost.
func (h *hostile) judgeChat(c fakechat.Call) *fakechat.Fault {
	refused := []fakechat.Fault{fakechat.Status(500), fakechat.TooMany("1"), fakechat.TooMany(""), fakechat.HangUp()}
	lost := []fakechat.Fault{fakechat.Status(502), fakechat.HangUp(), fakechat.BlackHole(), fakechat.Status(504)}
	dice := h.dice("request " + strconv.Itoa(c.N))
	switch n := dice.IntN(100); {
	case n < 16:
		f := refused[dice.IntN(len(refused))]
		return &f
	case n < 40:
		f := lost[dice.IntN(len(lost))].Accepted()
		return &f
	default:
		return nil
	}
}

// Killed every 20 to 140 ms, with lost answers: an idempotent destination shows each alert
// exactly once and asks for no doubt; a blind one shows each at least once, and no alert
// twice without a word.
func TestChatsKilledAgainAndAgain(t *testing.T) {
	seed := seedtest.Of(t)
	for _, kind := range []string{"googlechat", "pagerduty", "teams"} {
		for name, above := range map[string]int{"one by one": 1_000_000, "in a digest": 0} {
			t.Run(kind+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { killChat(t, kind, seed, above) })
			})
		}
	}
}

func killChat(t *testing.T, kind string, seed uint64, above int) {
	class := classOf(kind)
	fake := newChatFake(kind)
	h := &hostile{pipeline: newPipeline(t, fakeslack.Options{}), seed: seed, tries: map[string]int{}, network: fakeslack.InProcess(fake.handler), class: &class}
	h.make = func(rt http.RoundTripper) notify.Destination { return spoken(kind, "https://chat.example", rt) }
	defer h.close()
	fake.failWhen(h.judgeChat)
	h.log(150)
	h.raise(0, outbox.ReasonOverdue, "soc")
	kills := rand.New(rand.NewPCG(seed, 1))
	lives := 0
	for begun := time.Now(); h.waiting() && time.Since(begun) < 6*time.Hour; lives++ {
		h.live(time.Duration(20+kills.IntN(121))*time.Millisecond, above)
	}
	if at, waiting, err := h.db.OldestUnsent(context.Background()); waiting || err != nil {
		t.Errorf("something waits since %s (%v)", at, err)
	}
	shown := fake.shown()
	unmarked, all := map[string]int{}, map[string]int{}
	marks := 0
	for _, m := range shown {
		if m.marked {
			marks++
		}
		if strings.Contains(m.text, "called again") {
			t.Errorf("a person was called twice: %s", m.text)
		}
		seen := map[string]bool{}
		for _, id := range incidentIDs.FindAllString(m.text, -1) {
			if seen[id] {
				continue
			}
			seen[id] = true
			all[id]++
			if !m.marked {
				unmarked[id]++
			}
		}
	}
	lost, silent, twice := 0, 0, 0
	for _, inc := range h.incs {
		id := inc.ID.String()
		if all[id] == 0 {
			lost++
		}
		if all[id] > 1 {
			twice++
		}
		if unmarked[id] > 1 {
			silent++
		}
	}
	idempotent := kind != "teams"
	switch {
	case lost > 0 || silent > 0:
		t.Errorf("of %d incidents %d are lost and %d are shown twice without a word", len(h.incs), lost, silent)
	case idempotent && (twice > 0 || marks > 0):
		t.Errorf("%d incidents are shown twice, and %d messages are called a possible repeat", twice, marks)
	case !idempotent && above > 0 && marks == 0:
		t.Error("no message is called a possible repeat, although answers were lost")
	}
	t.Logf("%d kills, %d messages, %d marked", lives, len(shown), marks)
}

// A lost answer is no doubt for an idempotent destination: the message goes again at once,
// with the same key, and is no possible repeat. A blind one gets it marked.
func TestLostAnswerByClass(t *testing.T) {
	for kind, wantMark := range map[string]bool{"googlechat": false, "pagerduty": false, "teams": true} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newChatFake(kind)
				p := newPipeline(t, fakeslack.Options{})
				defer p.close()
				class := classOf(kind)
				lost := false
				var bodies [][]byte
				fake.failWhen(func(c fakechat.Call) *fakechat.Fault {
					bodies = append(bodies, c.Body)
					if lost {
						return nil
					}
					lost = true
					f := fakechat.HangUp().Accepted()
					return &f
				})
				p.log(1)
				p.raise(0, outbox.ReasonOverdue, "soc")
				_, stop := p.run("soc", spoken(kind, "https://chat.example", fakeslack.InProcess(fake.handler)), notify.Options{Class: &class})
				time.Sleep(5 * time.Minute)
				stop()
				if p.waiting() {
					t.Error("it still waits")
				}
				marked := 0
				for _, m := range fake.shown() {
					if m.marked {
						marked++
					}
				}
				if marked > 0 != wantMark {
					t.Errorf("%d messages are marked as a possible repeat: %v", marked, fake.shown())
				}
				for _, body := range bodies[1:] {
					if !wantMark && bytes.Contains(body, []byte(repeated)) {
						t.Errorf("the second attempt says that it may be a repeat: %s", body)
					}
				}
			})
		})
	}
}

// What the table says of a destination is what its methods show: one that is askable can be
// searched, and one that is editable does not send each change as one message.
func TestClassesHold(t *testing.T) {
	for _, kind := range destinations.Kinds() {
		if kind.New == nil {
			continue
		}
		d := spoken(kind.Name, "https://chat.example", nil)
		if class := kind.Class(nil); class&^wire.Idempotent != notify.Shown(d) {
			t.Errorf("%s is %s in the table, and its methods show %s", kind.Name, kind.Class(nil), notify.Shown(d))
		}
	}
}
