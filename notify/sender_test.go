package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla"
	"kigen/sla/outbox"
)

const (
	repeated  = "You may have seen this before"
	token     = "xoxb-1234567890-very-secret"
	channelID = "C0123456789"
)

// bench is a Sender between an outbox and a fake Slack, all in one bubble.
type bench struct {
	t      *testing.T
	slack  *fakeslack.Slack
	outbox *memory
	sender *notify.Sender
	stop   context.CancelFunc
	done   chan error
}

// start runs a sender inside the caller's bubble. The workspace enforces
// Slack's rate, so a sender that is too fast shows as 429s.
func start(t *testing.T, box *memory, wrap func(http.RoundTripper) http.RoundTripper) *bench {
	t.Helper()
	fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, EnforceRate: true})
	return startWith(t, fake, box, wrap)
}

func startWith(t *testing.T, fake *fakeslack.Slack, box *memory, wrap func(http.RoundTripper) http.RoundTripper) *bench {
	t.Helper()
	b := &bench{t: t, slack: fake, outbox: box, done: make(chan error, 1)}
	transport := fake.RoundTripper()
	if wrap != nil {
		transport = wrap(transport)
	}
	destination := slack.New(slack.Options{Token: token, Channel: channelID, Transport: transport})
	b.sender = notify.NewSender("soc", destination, box, writer("en"), notify.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	b.stop = cancel
	go func() { b.done <- b.sender.Run(ctx) }()
	t.Cleanup(b.end)
	return b
}

// end stops the sender and waits for it.
func (b *bench) end() {
	b.stop()
	if err := <-b.done; err != nil {
		b.t.Errorf("Run: %v", err)
	}
	b.done <- nil
}

// after lets virtual time pass.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func numbered(n int) *outbox.Delivery {
	d := overdue()
	d.Key = fmt.Sprintf("overdue/%d", n)
	d.Alert.Key = d.Key
	d.Alert.At = time.Now()
	return d
}

// The order of steps is what keeps alerts from being lost: sending is
// committed before the request, sent after it.
func TestOrderOfSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory(numbered(1), numbered(2))
		b := start(t, box, func(next http.RoundTripper) http.RoundTripper {
			return roundTrip(func(req *http.Request) (*http.Response, error) {
				box.mu.Lock()
				box.notef("request")
				box.mu.Unlock()
				return next.RoundTrip(req)
			})
		})
		after(5 * time.Second)
		want := []string{
			"sending overdue/1", "request", "sent overdue/1",
			"sending overdue/2", "request", "sent overdue/2",
		}
		if got := box.history(); !slices.Equal(got, want) {
			t.Errorf("steps %q, want %q", got, want)
		}
		messages := b.slack.Messages()
		if len(messages) != 2 || messages[0].Key(slack.Key) != "overdue/1" {
			t.Fatalf("messages %+v, want two that carry their keys", messages)
		}
		if row := box.rows[0]; row.sentFor != (outbox.Receipt{Channel: channelID, TS: messages[0].TS}) {
			t.Errorf("receipt %+v does not name message %s", row.sentFor, messages[0].TS)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A message that certainly did not arrive is sent again, after the wait that
// its failure asks for.
func TestFailuresAreTriedAgain(t *testing.T) {
	tests := []struct {
		name  string
		fault func() fakeslack.Fault
		wait  time.Duration // between the first attempt and the second
	}{
		{"429 with seconds", func() fakeslack.Fault { return fakeslack.TooMany("7") }, 7 * time.Second},
		{"429 without Retry-After", func() fakeslack.Fault { return fakeslack.TooMany("") }, 30 * time.Second},
		{"429 with a date", func() fakeslack.Fault {
			return fakeslack.TooMany(time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat))
		}, 90 * time.Second},
		{"429 with nonsense", func() fakeslack.Fault { return fakeslack.TooMany("soon") }, 30 * time.Second},
		{"ratelimited as a word", func() fakeslack.Fault { return fakeslack.Says("ratelimited") }, 30 * time.Second},
		{"channel_not_found", func() fakeslack.Fault { return fakeslack.Says("channel_not_found") }, 5 * time.Minute},
		{"token_revoked", func() fakeslack.Fault { return fakeslack.Says("token_revoked") }, 5 * time.Minute},
		{"404 of a proxy", func() fakeslack.Fault { return fakeslack.Status(404) }, 5 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, newMemory(), nil)
				after(0)
				b.slack.Fail(test.fault())
				b.outbox.add(numbered(1))
				begun := time.Now()
				b.sender.Wake()
				after(test.wait - 100*time.Millisecond)
				if n := len(b.slack.Calls()); n != 1 {
					t.Fatalf("%d requests before the wait was over, want 1", n)
				}
				after(200 * time.Millisecond)
				if n := len(b.slack.Calls()); n != 2 {
					t.Fatalf("%d requests %s after the first, want 2", n, time.Since(begun))
				}
				messages := b.slack.Messages()
				if len(messages) != 1 {
					t.Fatalf("%d messages, want 1", len(messages))
				}
				if row := b.outbox.row(1); row.State != outbox.DeliverySent || row.Attempts != 2 {
					t.Errorf("delivery is %s after %d attempts, want sent after 2", row.State, row.Attempts)
				}
				if strings.Contains(messages[0].Shown(), repeated) {
					t.Error("marked as a possible repeat, which it can't be")
				}
			})
		})
	}
}

// "Wait" and "broken" are about the channel, not about one message: while
// they last, no other message is tried either.
func TestWholeChannelWaits(t *testing.T) {
	tests := []struct {
		fault fakeslack.Fault
		wait  time.Duration
	}{
		{fakeslack.TooMany("40"), 40 * time.Second},
		{fakeslack.Says("is_archived"), 5 * time.Minute},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			b := start(t, newMemory(), nil)
			after(0)
			b.slack.Fail(test.fault)
			b.outbox.add(numbered(1))
			b.outbox.add(numbered(2))
			b.sender.Wake()
			after(test.wait - 100*time.Millisecond)
			b.sender.Wake() // news do not end the wait
			after(0)
			if n := len(b.slack.Calls()); n != 1 {
				t.Errorf("%d requests while the channel was to be left alone, want 1", n)
			}
			after(5 * time.Second)
			if n := len(b.slack.Messages()); n != 2 {
				t.Errorf("%d messages after the wait, want 2", n)
			}
		})
	}
}

// A Slack that stays away is asked at 30 s, 1, 2, 5, 10 and then every 15
// minutes, for ever.
func TestBackoffNeverGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, EnforceRate: true})
		fake.FailWhen(func(fakeslack.Call) *fakeslack.Fault { return fakeslack.Status(503).Ptr() })
		b := startWith(t, fake, newMemory(numbered(1)), nil)
		after(24 * time.Hour)
		calls := b.slack.Calls()
		var waits []time.Duration
		for i := range calls[1:] {
			if gap := calls[i+1].At.Sub(calls[i].At); gap > time.Second { // a resend follows a search at once
				waits = append(waits, gap.Round(time.Second))
			}
		}
		// Five minutes after the request, the history has been waited for long enough.
		want := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 90 * time.Second, 10 * time.Minute, 15 * time.Minute, 15 * time.Minute}
		if got := waits[:len(want)]; !slices.Equal(got, want) {
			t.Errorf("waits %s, want %s", got, want)
		}
		if posts := len(b.slack.Calls("chat.postMessage")); posts < 94 || posts > 98 {
			t.Errorf("%d attempts in a day, want one every 15 minutes", posts)
		}
		b.slack.FailWhen(nil)
		after(15 * time.Minute)
		if len(b.slack.Messages()) != 1 {
			t.Error("the alert did not arrive once Slack was back")
		}
	})
}

func TestRefusedMessageGoesOutAsPlainText(t *testing.T) {
	for _, word := range []string{"invalid_blocks", "msg_too_long", "msg_blocks_too_long", "a_word_of_tomorrow"} {
		t.Run(word, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := startFailing(t, newMemory(), fakeslack.Says(word))
				b.outbox.add(numbered(1))
				b.sender.Wake()
				after(2 * time.Second)
				messages := b.slack.Messages()
				if len(messages) != 1 {
					t.Fatalf("%d messages, want 1", len(messages))
				}
				if m := messages[0]; m.Shown() != m.Text || !strings.Contains(m.Text, "OVERDUE: no notice from Sotas") {
					t.Errorf("not plain text: %s", m.Shown())
				}
				if row := b.outbox.row(1); row.State != outbox.DeliverySent || row.Attempts != 1 {
					t.Errorf("delivery is %s after %d attempts", row.State, row.Attempts)
				}
			})
		})
	}
}

// A message that even plain text can't carry must not hold up the others.
func TestMessageRefusedForGoodDoesNotBlockOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, newMemory(), nil)
		b.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
			if strings.Contains(c.Args["metadata"], "overdue/1") {
				return fakeslack.Says("invalid_metadata_format").Ptr()
			}
			return nil
		})
		b.outbox.add(numbered(1))
		b.outbox.add(numbered(2))
		b.sender.Wake()
		after(time.Minute)
		if messages := b.slack.Messages(); len(messages) != 1 || messages[0].Key(slack.Key) != "overdue/2" {
			t.Fatalf("messages %+v, want the second alone", messages)
		}
		b.slack.FailWhen(nil)
		after(5 * time.Minute)
		if len(b.slack.Messages()) != 2 {
			t.Error("the refused message was lost")
		}
	})
}

// What Slack has accepted and the outbox could not record is recorded later,
// not sent again.
func TestOutboxFailures(t *testing.T) {
	for _, method := range []string{"NextDelivery", "Sent", "NextSend", "Interrupted", "InDoubt"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box := newMemory(numbered(1))
				box.fail[method] = 3
				b := start(t, box, nil)
				after(time.Minute)
				if n := len(b.slack.Messages()); n != 1 {
					t.Errorf("%d messages, want 1", n)
				}
				if row := box.row(1); row.State != outbox.DeliverySent {
					t.Errorf("delivery is %s; steps %q", row.State, box.history())
				}
			})
		})
	}
}

// An outcome that can't be recorded at all must not hold up the other alerts
// for ever.
func TestOutcomeThatIsNeverRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory(numbered(1), numbered(2))
		box.fail["Sent"] = 70
		b := start(t, box, nil)
		after(4 * time.Minute)
		if n := len(b.slack.Messages()); n != 1 {
			t.Errorf("%d messages while the outcome may still be recorded, want 1", n)
		}
		after(4 * time.Minute)
		for id := outbox.DeliveryID(1); id <= 2; id++ {
			if row := box.row(id); row.State != outbox.DeliverySent {
				t.Errorf("%s is %s", row.Key, row.State)
			}
		}
	})
}

// A claim that was committed although it reported an error must not be stuck
// in sending.
func TestClaimOfUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := &lyingClaim{memory: newMemory(numbered(1))}
		destination := notify.NewConsole(discard{}, false)
		sender := notify.NewSender("soc", destination, box, writer("en"), notify.Options{})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- sender.Run(ctx) }()
		after(time.Minute)
		if row := box.row(1); row.State != outbox.DeliverySent {
			t.Errorf("delivery is %s; steps %q", row.State, box.history())
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

type lyingClaim struct {
	*memory
	lied bool
}

func (l *lyingClaim) NextDelivery(ctx context.Context, destination string, now time.Time, kinds ...outbox.DeliveryKind) (*outbox.Delivery, error) {
	d, err := l.memory.NextDelivery(ctx, destination, now, kinds...)
	if !l.lied {
		l.lied = true
		return nil, errors.New("the connection was lost after the commit")
	}
	return d, err
}

// Told to stop, the sender finishes the request in flight, within its grace.
func TestStopFinishesTheRequestInFlight(t *testing.T) {
	tests := []struct {
		name   string
		answer time.Duration // how long Slack takes
		took   time.Duration
		state  outbox.DeliveryState
	}{
		{"answered in time", 3 * time.Second, 3 * time.Second, outbox.DeliverySent},
		{"not answered", 14 * time.Second, 6 * time.Second, outbox.DeliveryUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, newMemory(numbered(1)), func(next http.RoundTripper) http.RoundTripper {
					return roundTrip(func(req *http.Request) (*http.Response, error) {
						select {
						case <-time.After(test.answer):
							return next.RoundTrip(req)
						case <-req.Context().Done():
							return nil, req.Context().Err()
						}
					})
				})
				begun := time.Now()
				after(time.Second)
				b.end() // grace: 5 s
				if took := time.Since(begun); took != test.took {
					t.Errorf("stopped after %s, want %s", took, test.took)
				}
				row := b.outbox.row(1)
				if row.State != test.state {
					t.Errorf("delivery is %s; want %s", row.State, test.state)
				}
			})
		})
	}
}

// A burst goes out at Slack's pace, without a single 429, and updates have a
// budget of their own.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory()
		for n := range 60 {
			box.add(numbered(n))
		}
		b := start(t, box, nil)
		after(60*time.Second + 100*time.Millisecond)
		if n := len(b.slack.Messages()); n != 60 {
			t.Errorf("%d of 60 messages in a minute", n)
		}
		if n := len(b.slack.Calls()); n != 60 {
			t.Errorf("%d requests for 60 messages: some were refused", n)
		}
		for n := range 50 {
			d := answered(numbered(n), sla.Met, may7(8, 0))
			d.Kind, d.Key = outbox.Update, d.Key+"/2"
			box.add(d)
		}
		b.sender.Wake()
		after(61 * time.Second)
		updates := b.slack.Calls("chat.update")
		if len(updates) != 50 {
			t.Fatalf("%d of 50 updates in a minute", len(updates))
		}
		for i := 1; i < len(updates); i++ {
			if gap := updates[i].At.Sub(updates[i-1].At); gap < 1199*time.Millisecond {
				t.Errorf("updates %d and %d are %s apart: more than 50 a minute", i, i+1, gap)
			}
		}
	})
}

// Without Wake, a delivery is found at its time, and a new one within 15 s.
func TestWakesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := numbered(1)
		d.NextAt = time.Now().Add(4 * time.Second)
		b := start(t, newMemory(d), nil)
		after(4*time.Second + time.Millisecond)
		if len(b.slack.Messages()) != 1 {
			t.Error("not sent at its planned instant")
		}
		after(time.Hour)
		b.outbox.add(numbered(2))
		after(15 * time.Second)
		if len(b.slack.Messages()) != 2 {
			t.Error("not found within 15 s")
		}
		b.outbox.add(numbered(3))
		b.sender.Wake()
		b.sender.Wake()
		after(0)
		if len(b.slack.Messages()) != 3 {
			t.Error("not sent on Wake")
		}
	})
}

// The message turns green in place; where it can't be edited, the news go
// into its thread, and into the channel where it is gone.
func TestUpdates(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*fakeslack.Slack, fakeslack.Message)
		edited  bool
		threads bool
	}{
		{"in place", func(*fakeslack.Slack, fakeslack.Message) {}, true, false},
		{"edit window closed", func(s *fakeslack.Slack, _ fakeslack.Message) { s.Fail(fakeslack.Says("edit_window_closed")) }, false, true},
		{"someone else's", func(s *fakeslack.Slack, _ fakeslack.Message) { s.Fail(fakeslack.Says("cant_update_message")) }, false, true},
		{"deleted", func(s *fakeslack.Slack, m fakeslack.Message) { s.Delete(m.Channel, m.TS) }, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := start(t, newMemory(numbered(1)), nil)
				after(2 * time.Second)
				post := b.slack.Messages()[0]
				test.prepare(b.slack, post)
				green := answered(numbered(1), sla.Late, may7(11, 10))
				green.Kind, green.Key = outbox.Update, "overdue/1/2"
				b.outbox.add(green)
				b.sender.Wake()
				after(5 * time.Second)
				messages := b.slack.Messages()
				news := messages[len(messages)-1]
				if !strings.Contains(news.Shown(), "2 h 10 min after the deadline") {
					t.Fatalf("no news in:\n%s", news.Shown())
				}
				if test.edited && (len(messages) != 1 || news.Edits != 1 || news.Key(slack.Key) != "overdue/1") {
					t.Errorf("not edited in place: %+v", messages)
				}
				if !test.edited && (news.ThreadTS == post.TS) != test.threads {
					t.Errorf("in the thread of %s, want that %t: %+v", post.TS, test.threads, news)
				}
				if row := b.outbox.row(2); row.State != outbox.DeliverySent {
					t.Errorf("update is %s", row.State)
				}
			})
		})
	}
}
