package notify_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

// startFailing runs a sender against a workspace whose first requests fail.
func startFailing(t *testing.T, box *memory, faults ...fakeslack.Fault) *bench {
	t.Helper()
	fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, EnforceRate: true})
	fake.Fail(faults...)
	return startWith(t, fake, box, nil)
}

// What may have arrived is looked for before it is sent again: nothing is told
// twice, and nothing is called a repeat that is none.
func TestUnknownOutcomesAreLookedFor(t *testing.T) {
	const arrived, lost = true, false
	tests := []struct {
		name    string
		fault   fakeslack.Fault
		arrived bool
		after   time.Duration // until it is settled
	}{
		{"500 before accepting", fakeslack.Status(500), lost, time.Minute},
		{"500 after accepting", fakeslack.Status(500).Accepted(), arrived, 30 * time.Second},
		{"{}", fakeslack.Body("{}"), lost, time.Minute},
		{"ok without ts", fakeslack.Body(`{"ok":true}`).Accepted(), arrived, 30 * time.Second},
		{"not ok without a word", fakeslack.Body(`{"ok":false}`), lost, time.Minute},
		{"truncated answer", fakeslack.Body(`{"ok":true,"ts":"17`).Accepted(), arrived, 30 * time.Second},
		{"connection cut", fakeslack.HangUp(), lost, time.Minute},
		{"connection cut after accepting", fakeslack.HangUp().Accepted(), arrived, 30 * time.Second},
		{"no answer", fakeslack.BlackHole(), lost, time.Minute},
		{"accepted, no answer", fakeslack.BlackHole().Accepted(), arrived, 45 * time.Second},
		{"fatal_error", fakeslack.Says("fatal_error"), lost, time.Minute},
		{"internal_error after accepting", fakeslack.Says("internal_error").Accepted(), arrived, 30 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := startFailing(t, newMemory(numbered(1)), test.fault)
				after(20 * time.Second)
				if row := b.outbox.row(1); row.State != outbox.DeliveryUnknown || row.LastError == "" {
					t.Fatalf("delivery is %s (%q), want in doubt with a reason", row.State, row.LastError)
				}
				after(test.after - 20*time.Second - 100*time.Millisecond)
				if row := b.outbox.row(1); row.State != outbox.DeliveryUnknown {
					t.Fatalf("delivery is %s before %s were over", row.State, test.after)
				}
				after(200 * time.Millisecond)
				checkOnce(t, b, 1)
				want := 2
				if test.arrived == arrived {
					want = 1
				}
				if row := b.outbox.row(1); row.State != outbox.DeliverySent || row.Attempts != want {
					t.Errorf("delivery is %s after %d attempts, want sent after %d", row.State, row.Attempts, want)
				}
				if got := b.outbox.rows[0].sentFor; got.TS != b.slack.Messages()[0].TS || got.Channel != channelID {
					t.Errorf("receipt %+v names another message", got)
				}
			})
		})
	}
}

// checkOnce holds that each of n alerts arrived once, with no word of a repeat.
func checkOnce(t *testing.T, b *bench, n int) {
	t.Helper()
	messages := b.slack.Messages()
	seen := map[string]bool{}
	for _, m := range messages {
		seen[m.Key(slack.Key)] = true
		if strings.Contains(m.Shown(), repeated) {
			t.Errorf("%s is called a possible repeat", m.Key(slack.Key))
		}
	}
	if len(messages) != n || len(seen) != n {
		t.Fatalf("%d messages with %d keys, want %d", len(messages), len(seen), n)
	}
}

// An answer "not there" counts for nothing while the history may lag behind.
func TestHistoryLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, HistoryLag: 50 * time.Second})
		fake.Fail(fakeslack.Status(502).Accepted())
		b := startWith(t, fake, newMemory(numbered(1)), nil)
		after(10 * time.Minute)
		checkOnce(t, b, 1)
	})
}

// Where the history can't be had for five minutes, people are told again, and
// told that it may be a repeat.
func TestHistoryNotToBeHad(t *testing.T) {
	for _, fault := range []fakeslack.Fault{
		fakeslack.Says("missing_scope"), fakeslack.Status(500), fakeslack.TooMany("30"), fakeslack.TooMany(""),
		fakeslack.Body("{}"), fakeslack.Body(`{"ok":true,"messages":[`), fakeslack.HangUp(),
	} {
		synctest.Test(t, func(t *testing.T) {
			b := startFailing(t, newMemory(numbered(1)), fakeslack.Status(500).Accepted())
			b.slack.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
				if c.Method == "conversations.history" {
					return fault.Ptr()
				}
				return nil
			})
			after(5*time.Minute - 100*time.Millisecond)
			if n := len(b.slack.Messages()); n != 1 {
				t.Fatalf("%d messages before 5 min were over", n)
			}
			after(31 * time.Second) // a limit may have to be waited for
			messages := b.slack.Messages()
			if len(messages) != 2 || !strings.Contains(messages[1].Shown(), repeated) {
				t.Fatalf("%d messages, want a second that says that it may be a repeat", len(messages))
			}
			if row := b.outbox.row(1); row.State != outbox.DeliverySent || row.Attempts != 2 {
				t.Errorf("delivery is %s after %d attempts", row.State, row.Attempts)
			}
		})
	}
}

// At no point may a crash lose an alert or tell it twice.
func TestCrashWhileSending(t *testing.T) {
	for _, accepted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			box := newMemory(numbered(1))
			fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
			// The first life ends with the row in sending.
			d, err := box.NextDelivery(t.Context(), "soc", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if accepted {
				bot := slack.New(slack.Options{Token: token, Channel: channelID, Transport: fake.RoundTripper()})
				if _, err := bot.Post(t.Context(), writer("en").Write(d, time.Now())); err != nil {
					t.Fatal(err)
				}
			}
			b := startWith(t, fake, box, nil)
			after(time.Minute + time.Second)
			checkOnce(t, b, 1)
			if row := box.row(1); row.State != outbox.DeliverySent {
				t.Errorf("delivery is %s", row.State)
			}
		})
	}
}

// The wait survives a restart: it is in the outbox.
func TestDoubtSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory(numbered(1))
		fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
		fake.Fail(fakeslack.Status(500).Accepted())
		b := startWith(t, fake, box, nil)
		after(10 * time.Second)
		b.end()
		b = startWith(t, fake, box, nil)
		after(19 * time.Second)
		if n := len(fake.Calls("conversations.history")); n != 0 {
			t.Errorf("%d searches before their time", n)
		}
		after(2 * time.Second)
		checkOnce(t, b, 1)
		if row := box.row(1); row.State != outbox.DeliverySent {
			t.Errorf("delivery is %s", row.State)
		}
	})
}

// One message in doubt does not hold up the others of its channel, and one
// search settles all of them.
func TestDoubtHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory()
		for n := range 30 {
			box.add(numbered(n))
		}
		b := startFailing(t, box,
			fakeslack.Status(500).Accepted(), fakeslack.Pass(), fakeslack.HangUp().Accepted(), fakeslack.Body("{}").Accepted())
		after(31 * time.Second)
		checkOnce(t, b, 30)
		if n := len(b.slack.Calls("conversations.history")); n != 1 {
			t.Errorf("%d searches, want one for all", n)
		}
	})
}

// A change that may have been made is made again: twice is once.
func TestUpdateOfUnknownOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, newMemory(numbered(1)), nil)
		after(2 * time.Second)
		b.slack.Fail(fakeslack.Status(500).Accepted())
		green := answered(numbered(1), sla.Late, may7(11, 10))
		green.Kind, green.Key = outbox.Update, "overdue/1/2"
		b.outbox.add(green)
		b.sender.Wake()
		after(32 * time.Second)
		checkOnce(t, b, 1)
		if row := b.outbox.row(2); row.State != outbox.DeliverySent || row.Attempts != 2 || row.PossibleRepeat {
			t.Errorf("update %+v", row)
		}
		if n := len(b.slack.Calls("conversations.history")); n != 0 {
			t.Errorf("%d searches for a change", n)
		}
	})
}

// A history that is longer than anybody can read is one that can't be had.
func TestSearchIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
		bot := slack.New(slack.Options{Token: token, Channel: channelID, Transport: fake.RoundTripper()})
		turns := 0
		search := notify.Search{Keys: []string{"overdue/0", "none"}, Since: time.Now(), Turn: func(context.Context) error { turns++; return nil }}
		for n := range 401 {
			if _, err := bot.Post(t.Context(), writer("en").Write(numbered(n), time.Now())); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		found, err := bot.Find(t.Context(), search)
		if err != nil || len(found) != 1 || found["overdue/0"].TS != fake.Messages()[0].TS || turns != 3 {
			t.Errorf("found %v in %d pages, %v", found, turns, err)
		}
		for n := range 5600 {
			if _, err := bot.Post(t.Context(), &wire.Message{Key: "x", Text: "x", Plain: true}); err != nil {
				t.Fatal(n, err)
			}
		}
		if _, err := bot.Find(t.Context(), search); err == nil {
			t.Error("6,001 messages were searched: no")
		}
	})
}

// What another replica wrote before it lost the lease may still be under way, by whatever
// clock it dated its attempt: that a search does not find it counts from the takeover.
func TestTakeoverWaitsForWhatIsUnderWay(t *testing.T) {
	for name, at := range map[string]time.Duration{"an old attempt": -10 * time.Minute, "dated by a fast clock": 30 * time.Second} {
		for late, arrives := range map[string]bool{"arrives late": true, "lost": false} {
			t.Run(name+", "+late, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					box := newMemory(numbered(1))
					box.rows[0].State, box.rows[0].Attempts = outbox.DeliverySending, 1
					box.rows[0].attemptAt = time.Now().Add(at)
					fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
					channel := slack.New(slack.Options{Token: token, Channel: channelID, Transport: fake.RoundTripper()})
					sender := notify.NewSender("soc", channel, box, writer("en"), notify.Options{Replicas: true})
					ctx, cancel := context.WithCancel(t.Context())
					done := make(chan error, 1)
					go func() { done <- sender.Run(ctx) }()
					after(25 * time.Second)
					if n := len(fake.Messages()); n != 0 {
						t.Errorf("sent again %v after the takeover", 25*time.Second)
					}
					if arrives {
						if _, err := channel.Post(t.Context(), writer("en").Write(numbered(1), time.Now())); err != nil {
							t.Fatal(err)
						}
					}
					after(3 * time.Minute)
					if row := box.row(1); len(fake.Messages()) != 1 || row.State != outbox.DeliverySent {
						t.Errorf("%d messages, the delivery is %s", len(fake.Messages()), row.State)
					}
					cancel()
					if err := <-done; err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// A replica with a fast clock takes over, or one that was away for long: that the history
// can't be read at once says no more than it does for an attempt of its own.
func TestTakeoverIsPatientWithTheHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newMemory(numbered(1))
		box.rows[0].State, box.rows[0].Attempts = outbox.DeliverySending, 1
		box.rows[0].attemptAt = time.Now().Add(-10 * time.Minute)
		fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
		channel := slack.New(slack.Options{Token: token, Channel: channelID, Transport: fake.RoundTripper()})
		if _, err := channel.Post(t.Context(), writer("en").Write(numbered(1), time.Now())); err != nil {
			t.Fatal(err)
		}
		fake.Fail(fakeslack.Status(http.StatusBadGateway))
		sender := notify.NewSender("soc", channel, box, writer("en"), notify.Options{Replicas: true})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- sender.Run(ctx) }()
		after(4 * time.Minute)
		if row := box.row(1); len(fake.Messages()) != 1 || row.State != outbox.DeliverySent || row.PossibleRepeat {
			t.Errorf("%d messages, the delivery is %s (possible repeat: %t)", len(fake.Messages()), row.State, row.PossibleRepeat)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A destination that answers another message again is not kept waiting for by what is
// unconfirmed, however often it was searched for in vain before.
func TestUnconfirmedIsLookedForOnceItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}, EnforceRate: true})
		began, posts := time.Now(), 0
		fake.FailWhen(func(call fakeslack.Call) *fakeslack.Fault {
			switch {
			case call.Method == "chat.postMessage":
				if posts++; posts <= 2 {
					return fakeslack.HangUp().Ptr()
				}
			case time.Since(began) < 5*time.Minute+time.Second:
				return fakeslack.Says("missing_scope").Ptr()
			}
			return nil
		})
		b := startWith(t, fake, newMemory(numbered(1)), nil)
		after(5*time.Minute + 20*time.Second) // for five minutes the history can't be read, and then a second attempt is lost
		b.outbox.add(numbered(2))
		b.sender.Wake()
		after(39 * time.Second)
		if row := b.outbox.row(1); row.State != outbox.DeliveryUnknown || row.Attempts != 2 || len(fake.Messages()) != 1 {
			t.Fatalf("before a search is final the first is %s after %d attempts", row.State, row.Attempts)
		}
		searches := len(fake.Calls("conversations.history"))
		after(5 * time.Second)
		if row := b.outbox.row(1); row.State != outbox.DeliverySent || row.Attempts != 3 || len(fake.Messages()) != 2 {
			t.Errorf("once it is, the first is %s after %d attempts", row.State, row.Attempts)
		}
		if n := len(fake.Calls("conversations.history")) - searches; n != 1 {
			t.Errorf("searched for %d times", n)
		}
	})
}
