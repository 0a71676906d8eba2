package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakechat"
	"kigen/notify/fakemail"
	"kigen/notify/fakeslack"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/sla/tracker/trackertest"
)

// dropping is a webhook's receiver that takes each key once and loses the answer to the
// first request. It takes nothing while it is down.
type dropping struct {
	keys  []string
	texts []string
	lost  bool
	down  atomic.Bool
}

func (d *dropping) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.down.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, _ := io.ReadAll(r.Body)
	var h struct{ Text string }
	_ = json.Unmarshal(body, &h)
	key := r.Header.Get(notify.HeaderIdempotencyKey)
	if !slices.Contains(d.keys, key) {
		d.keys, d.texts = append(d.keys, key), append(d.texts, h.Text)
	}
	if !d.lost {
		d.lost = true
		d.down.Store(true)
		w.WriteHeader(http.StatusBadGateway)
	}
}

// deaf is a destination whose first answer is lost and that takes nothing after that,
// until it is back.
type deaf struct {
	at   notify.Destination
	opts notify.Options
	back func()
	// open returns which of the incidents still await something, by what it shows.
	open func(ids []string) []string
}

func newDeaf(t *testing.T, kind string) *deaf {
	switch kind {
	case "webhook":
		d := &dropping{}
		hook := notify.NewWebhook(notify.WebhookOptions{URL: "https://hook.example/", Transport: fakeslack.InProcess(d)})
		return &deaf{hook, notify.Options{}, func() { d.down.Store(false) }, func(ids []string) []string { return stillOpen(d.texts, ids) }}
	case "email":
		return deafMailServer(t)
	}
	return deafChat(kind)
}

// deafMailServer is read by somebody whose mail program drops what has the Message-ID of
// another mail.
func deafMailServer(t *testing.T) *deaf {
	var texts []string
	seen, lost := map[string]bool{}, false
	var back atomic.Bool
	server := &fakemail.Server{Dot: func(l fakemail.Letter) string {
		if lost && !back.Load() {
			return "451 try again later"
		}
		m := l.Message(t)
		if id := m.Header.Get("Message-ID"); !seen[id] {
			seen[id] = true
			texts = append(texts, decoded(t, m.Header.Get("Subject"))+"\n"+mailText(t, m))
		}
		if !lost {
			lost = true
			return fakemail.HangUp
		}
		return ""
	}}
	return &deaf{listFor(t, server, "lead@example.jp"), notify.Options{}, func() { back.Store(true) }, func(ids []string) []string { return stillOpen(texts, ids) }}
}

// mailText is the text of a mail, without what is attached.
func mailText(t *testing.T, m *mail.Message) string {
	t.Helper()
	var text io.Reader = quotedprintable.NewReader(m.Body)
	if kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type")); err == nil && strings.HasPrefix(kind, "multipart/") {
		part, err := multipart.NewReader(m.Body, params["boundary"]).NextPart() // decodes it
		if err != nil {
			t.Fatal(err)
		}
		text = part
	}
	all, err := io.ReadAll(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func deafChat(kind string) *deaf {
	class := classOf(kind)
	fake := newChatFake(kind)
	requests := 0
	var back atomic.Bool
	fake.failWhen(func(fakechat.Call) *fakechat.Fault {
		requests++
		f := fakechat.TooMany("20")
		switch {
		case requests == 1:
			f = fakechat.HangUp().Accepted()
		case back.Load():
			return nil
		}
		return &f
	})
	return &deaf{spoken(kind, "https://chat.example", fakeslack.InProcess(fake.handler)), notify.Options{Class: &class}, func() { back.Store(true) }, fake.open}
}

// stillOpen returns the incidents of which the last message or line of a list, if there is
// one, does not say that they are late or cancelled.
func stillOpen(texts, ids []string) []string {
	open := map[string]bool{}
	for _, text := range texts {
		named := incidentIDs.FindAllStringIndex(text, -1)
		one := len(slices.Compact(incidentIDs.FindAllString(text, -1))) == 1
		for i, at := range named {
			part := text // of a list: what follows up to the next name
			switch {
			case one:
			case i+1 < len(named):
				part = text[at[1]:named[i+1][0]]
			default:
				part = text[at[1]:]
			}
			open[text[at[0]:at[1]]] = !outcome.MatchString(part)
		}
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !open[id] })
}

var outcome = regexp.MustCompile(`(?i)\b(late|cancelled)\b`)

// cancelled records that an incident was logged by mistake, and queues the updates.
func (p *pipeline) cancelled(which int) {
	p.Helper()
	p.must(p.db.Update(context.Background(), func(tx tracker.Tx) error {
		id := p.incs[which].ID
		if err := trackertest.Cancelled(context.Background(), tx, id, time.Now()); err != nil {
			return err
		}
		return tx.QueueUpdates(context.Background(), id, time.Now())
	}))
}

// An alert, or a digest of many, arrives and its answer is lost. Before it is sent again,
// the notices come or the incidents are cancelled. A receiver that drops the second attempt
// as a repeat of the first must hear of it all the same.
func TestChangeBeforeARepeatThatIsDropped(t *testing.T) {
	for _, kind := range []string{"googlechat", "pagerduty", "teams", "webhook", "email"} {
		for _, n := range []int{1, 60} {
			for name, happens := range map[string]func(*pipeline, int){"noticed": (*pipeline).noticed, "cancelled": (*pipeline).cancelled} {
				t.Run(fmt.Sprint(kind, " ", n, " ", name), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { changeBeforeARepeat(t, newDeaf(t, kind), n, happens) })
				})
			}
		}
	}
}

func changeBeforeARepeat(t *testing.T, d *deaf, n int, happens func(*pipeline, int)) {
	p := newPipeline(t, fakeslack.Options{})
	defer p.close()
	p.log(n)
	p.raise(0, outbox.ReasonOverdue, "soc")
	wake, stop := p.run("soc", d.at, d.opts)
	time.Sleep(time.Minute)
	var ids []string
	for i, inc := range p.incs {
		happens(p, i)
		ids = append(ids, inc.ID.String())
	}
	wake()
	time.Sleep(time.Minute)
	d.back()
	time.Sleep(30 * time.Minute)
	stop()
	if open := d.open(ids); len(open) > 0 {
		t.Errorf("the receiver shows as open what is not: %v", open)
	}
	if p.waiting() {
		t.Error("something waits")
	}
}

// A change becomes a message of its own, because the alert was deleted or can't be edited.
// The answer is lost, and before the next attempt there is another change: the message
// shows that one, and stands once.
func TestChangeBeforeALostMessageIsFound(t *testing.T) {
	for name, spoil := range map[string]func(*fakeslack.Slack, string){
		"deleted": func(s *fakeslack.Slack, ts string) { s.Delete(channelID, ts) },
		"closed":  func(*fakeslack.Slack, string) {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipeline(t, fakeslack.Options{EnforceRate: true})
				defer p.close()
				wake, stop := p.run("soc", p.bot(nil), notify.Options{})
				defer stop()
				p.log(1)
				p.raise(0, outbox.ReasonOverdue, "soc")
				wake()
				time.Sleep(5 * time.Second)
				alert := p.slack.Messages()[0].TS
				spoil(p.slack, alert)
				posts := 0
				var back atomic.Bool
				p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
					switch {
					case c.Method == "chat.postMessage":
						if posts++; posts == 1 {
							return fakeslack.Status(502).Accepted().Ptr()
						}
					case posts > 0 && !back.Load():
						return fakeslack.TooMany("20").Ptr()
					case c.Method == "chat.update" && c.Args["ts"] == alert && name == "closed":
						return fakeslack.Says("edit_window_closed").Ptr()
					}
					return nil
				})
				p.noticed(0)
				wake()
				time.Sleep(time.Minute)
				p.cancelled(0)
				wake()
				back.Store(true)
				time.Sleep(30 * time.Minute)
				shown := p.slack.Messages()
				if last := shown[len(shown)-1]; posts != 1 || !strings.Contains(last.Shown(), "CANCELLED") {
					t.Errorf("posted %d times, and the last message says %q", posts, last.Shown())
				}
				if p.waiting() {
					t.Error("something waits")
				}
			})
		})
	}
}
