package notify_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// The channel was moved: the update of what stands in the old one goes to the
// new one, as one message, which later updates change in place; new alerts come
// at once, and the log names the channel that failed.
func TestMovedChannel(t *testing.T) {
	const moved = "C0999999999"
	for name, leave := range map[string]func(*fakeslack.Slack){
		"archived": func(s *fakeslack.Slack) { s.Archive(channelID) },
		"removed":  func(s *fakeslack.Slack) { s.Remove(channelID) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipeline(t, fakeslack.Options{EnforceRate: true, Channels: []string{channelID, moved}})
				defer p.close()
				_, stop := p.run("soc", p.bot(nil), notify.Options{})
				p.log(2)
				p.raise(0, outbox.ReasonWarning, "soc")
				p.raise(0, outbox.ReasonOverdue, "soc")
				time.Sleep(30 * time.Second)
				stop()
				leave(p.slack)
				var log paper
				bot := slack.New(slack.Options{Token: token, Channel: moved, Transport: p.slack.RoundTripper()})
				wake, stop := p.run("soc", bot, notify.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
				defer stop()
				p.noticed(0)
				p.noticed(1)
				wake()
				time.Sleep(30 * time.Second)
				synctest.Wait()
				inNew := p.messagesIn(moved)
				if len(inNew) != 2 || !strings.Contains(inNew[0].Shown(), "LATE") {
					t.Fatalf("%d messages in the new channel, want one an incident: %+v", len(inNew), inNew)
				}
				p.noticed(0)
				wake()
				p.alertsComeSoon(wake, moved)
				if changed := p.messagesIn(moved)[0]; changed.Edits != 1 {
					t.Errorf("the message in the new channel was changed %d times, want once", changed.Edits)
				}
				if told := len(p.messagesIn(moved)); told != 2+5 {
					t.Errorf("%d messages in the new channel, want two and five new alerts", told)
				}
				if text := log.String(); !strings.Contains(text, channelID) || strings.Contains(text, "destination is broken") {
					t.Errorf("the log does not name the old channel, or calls the destination broken:\n%s", text)
				}
				if at, waiting, err := p.db.OldestUnsent(context.Background()); waiting || err != nil {
					t.Errorf("something waits since %s (%v)", at, err)
				}
			})
		})
	}
}

func (p *pipeline) messagesIn(channel string) (messages []fakeslack.Message) {
	for _, m := range p.slack.Messages() {
		if m.Channel == channel {
			messages = append(messages, m)
		}
	}
	return messages
}

// alertsComeSoon raises five alerts, one a minute, and holds that each is in
// the channel within three seconds.
func (p *pipeline) alertsComeSoon(wake func(), channel string) {
	p.Helper()
	for range 5 {
		p.log(1)
		p.raise(len(p.incs)-1, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		shown := p.messagesIn(channel)
		if id := p.incs[len(p.incs)-1].ID.String(); !strings.Contains(shown[len(shown)-1].Shown(), id) {
			p.Errorf("%s is not told within 3 s", id)
		}
		time.Sleep(57 * time.Second)
	}
}

// An update that is posted anew and gets no answer is looked for before it is
// posted again.
func TestAnUpdatePostedAnewIsPostedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		wake, stop := p.run("soc", p.bot(nil), notify.Options{})
		defer stop()
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(5 * time.Second)
		p.slack.Delete(channelID, p.slack.Messages()[0].TS)
		p.slack.Fail(fakeslack.Pass(), fakeslack.Status(502).Accepted())
		p.noticed(0)
		wake()
		time.Sleep(10 * time.Minute)
		first := p.slack.Messages()
		if len(first) != 1 {
			t.Fatalf("%d messages, want the one posted anew", len(first))
		}
		p.noticed(0)
		wake()
		time.Sleep(time.Minute)
		if m := p.slack.Messages(); len(m) != 1 || m[0].Edits != first[0].Edits+1 {
			t.Errorf("the next change is not made in place: %+v", m)
		}
	})
}

// An alert may have arrived, its history can't be read, and it is superseded: the
// update is one message of its own, and the next change is made in that.
func TestChangesOfASupersededAlertThatMayHaveArrived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{EnforceRate: true})
		defer p.close()
		wake, stop := p.run("soc", p.bot(nil), notify.Options{})
		defer stop()
		posts := 0
		p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
			switch c.Method {
			case "chat.postMessage":
				posts++
				return fakeslack.Status(502).Accepted().Ptr()
			case "conversations.history":
				if posts == 1 {
					return fakeslack.Status(500).Ptr()
				}
			}
			return nil
		})
		p.log(1)
		p.raise(0, outbox.ReasonOverdue, "soc")
		wake()
		time.Sleep(5 * time.Second)
		p.must(p.db.Update(context.Background(), func(tx tracker.Tx) error {
			return tx.Supersede(context.Background(), p.incs[0].Clocks[0].ID, nil)
		}))
		p.noticed(0)
		wake()
		time.Sleep(20 * time.Minute)
		shown := p.slack.Messages()
		if len(shown) != 2 || !strings.Contains(shown[1].Shown(), "LATE") {
			t.Fatalf("%d messages, want the alert and its update: %+v", len(shown), shown)
		}
		edits := shown[1].Edits
		p.noticed(0)
		wake()
		time.Sleep(time.Minute)
		if shown = p.slack.Messages(); len(shown) != 2 || shown[1].Edits != edits+1 {
			t.Errorf("the next change is not made in the update: %+v", shown)
		}
	})
}

// Where the history can't be read at first, a message that may have been posted
// anew waits for it; where it can't be read at all, the message says that it may
// be a repeat.
func TestAnUpdatePostedAnewWaitsForTheHistory(t *testing.T) {
	for name, tc := range map[string]struct{ failures, want int }{"at first": {1, 1}, "never": {1 << 20, 2}} {
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
				p.slack.Delete(channelID, p.slack.Messages()[0].TS)
				posts, searches := 0, 0
				p.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
					switch c.Method {
					case "chat.postMessage":
						if posts++; posts == 1 {
							return fakeslack.Status(502).Accepted().Ptr()
						}
					case "conversations.history":
						if searches++; searches <= tc.failures {
							return fakeslack.Status(500).Ptr()
						}
					}
					return nil
				})
				p.noticed(0)
				wake()
				time.Sleep(30 * time.Minute)
				shown := p.slack.Messages()
				if len(shown) != tc.want {
					t.Fatalf("%d messages, want %d", len(shown), tc.want)
				}
				if last := shown[len(shown)-1]; strings.Contains(last.Shown(), repeated) != (tc.want > 1) {
					t.Errorf("the last one says %q", last.Shown())
				}
			})
		})
	}
}

// A thread takes no answers any more, because it was locked or because the
// channel was moved: what was to stand in it, stands in the channel.
func TestPagesOfALockedThread(t *testing.T) {
	for _, name := range []string{"locked", "moved"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const moved = "C0999999999"
				p := newPipeline(t, fakeslack.Options{EnforceRate: true, Channels: []string{channelID, moved}})
				defer p.close()
				_, stop := p.run("soc", p.bot(nil), notify.Options{})
				p.log(60)
				p.raise(0, outbox.ReasonOverdue, "soc")
				for len(p.slack.Messages()) == 0 {
					time.Sleep(100 * time.Millisecond)
				}
				stop()
				bot, where := p.bot(nil), channelID
				if name == "moved" {
					where = moved
					p.slack.Archive(channelID)
					bot = slack.New(slack.Options{Token: token, Channel: moved, Transport: p.slack.RoundTripper()})
				} else {
					p.slack.Lock(channelID, p.slack.Messages()[0].TS)
				}
				_, stop = p.run("soc", bot, notify.Options{})
				defer stop()
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				told := map[string]bool{}
				for _, m := range p.messagesIn(where) {
					if m.ThreadTS != "" {
						t.Errorf("in the thread %s: %s", m.ThreadTS, m.Text)
					}
					for _, id := range incidentIDs.FindAllString(m.Shown(), -1) {
						told[id] = true
					}
				}
				if len(told) != 60 {
					t.Errorf("%d of 60 incidents are told in the channel", len(told))
				}
				if at, waiting, err := p.db.OldestUnsent(context.Background()); waiting || err != nil {
					t.Errorf("something waits since %s (%v)", at, err)
				}
			})
		})
	}
}
