package notify_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/notify"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// proxied is a transport whose proxy refuses to connect, as the standard
// library reports it.
type proxied struct{}

func (proxied) RoundTrip(req *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(req.Context()).GetConn(req.URL.Host)
	return nil, errors.New(http.StatusText(http.StatusProxyAuthRequired))
}

// The fallback has the alert within 5 min 40 s of the first failure, however
// the destination fails and though it is the only one; at once where it is
// certain that nothing will pass; and once failed over, a new alert within 40 s.
// The first failure is at the start.
func TestTheFallbackComesInTime(t *testing.T) {
	const patience, soon = 5*time.Minute + 40*time.Second, 5 * time.Second
	says := func(word string) func(fakeslack.Call) *fakeslack.Fault {
		return func(fakeslack.Call) *fakeslack.Fault { return fakeslack.Says(word).Ptr() }
	}
	tests := []struct {
		name      string
		judge     func(fakeslack.Call) *fakeslack.Fault
		transport http.RoundTripper
		within    time.Duration
	}{
		{"all 503", func(fakeslack.Call) *fakeslack.Fault { return fakeslack.Status(503).Ptr() }, nil, patience},
		{"no answer", func(fakeslack.Call) *fakeslack.Fault { return fakeslack.BlackHole().Ptr() }, nil, patience},
		{"accepted, no answer", func(c fakeslack.Call) *fakeslack.Fault {
			if c.Method == "chat.postMessage" {
				return fakeslack.BlackHole().Accepted().Ptr()
			}
			return fakeslack.Status(503).Ptr()
		}, nil, patience},
		{"407 at CONNECT", nil, proxied{}, patience},
		{"429 for 15 min", func(fakeslack.Call) *fakeslack.Fault { return fakeslack.TooMany("900").Ptr() }, nil, patience},
		{"429 for an hour", func(fakeslack.Call) *fakeslack.Fault { return fakeslack.TooMany("3600").Ptr() }, nil, patience},
		{"unlisted word", says("a_word_of_tomorrow"), nil, soon},
		{"message_limit_exceeded", says("message_limit_exceeded"), nil, soon},
		{"revoked token", says("token_revoked"), nil, soon},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPipeline(t, fakeslack.Options{})
				defer p.close()
				p.slack.FailWhen(test.judge)
				f := &fallen{pipeline: p}
				lead, stopLead := p.run("lead", notify.NewConsole(&f.out, false), notify.Options{})
				wake, stop := p.run("soc", p.bot(test.transport), notify.Options{Fallback: "lead", FailedOver: lead})
				defer stopLead()
				defer stop()
				f.wake = wake
				p.log(1)
				p.raise(0, outbox.ReasonOverdue, "soc")
				wake()
				f.wantShownWithin(1, test.within)
				for n := range 5 { // across the probes that follow
					time.Sleep(7 * time.Minute)
					p.log(1)
					p.raise(n+1, outbox.ReasonOverdue, "soc")
					wake()
					f.wantShownWithin(n+2, 40*time.Second)
				}
				if n := f.shown(); n != 6 {
					t.Errorf("the fallback told %d alerts, want each of 6 once", n)
				}
			})
		})
	}
}

func (f *fallen) wantShownWithin(count int, within time.Duration) {
	f.Helper()
	begun := time.Now()
	for f.shown() < count {
		if time.Since(begun) > within {
			f.Fatalf("the fallback told %d of %d alerts within %s:\n%s", f.shown(), count, within, f.out.String())
		}
		time.Sleep(time.Second)
	}
}

// slow is a destination that takes ten minutes to confirm, as a mail server may.
type slow struct{ notify.Destination }

func (slow) Post(context.Context, *wire.Message) (outbox.Receipt, error) {
	time.Sleep(10 * time.Minute)
	return outbox.Receipt{TS: "taken"}, nil
}

// A request without an answer for long holds up neither the fallback nor what
// waits behind it; the fallback says that the message may have arrived.
func TestTheFallbackWaitsForNoRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipeline(t, fakeslack.Options{})
		defer p.close()
		f := &fallen{pipeline: p}
		lead, stopLead := p.run("lead", notify.NewConsole(&f.out, false), notify.Options{})
		_, stop := p.run("soc", slow{}, notify.Options{Fallback: "lead", FailedOver: lead})
		defer stopLead()
		defer stop()
		p.log(2)
		p.raise(0, outbox.ReasonOverdue, "soc")
		f.wantShownWithin(2, 5*time.Minute+40*time.Second)
		if text := f.out.String(); strings.Count(text, "may not have arrived there") != 1 {
			t.Errorf("the fallback does not say that one of them may have arrived:\n%s", text)
		}
	})
}

// One failure that lies hours back says nothing about the present: the next
// alert is not told twice.
func TestAnOldFailureIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFallen(t)
		defer f.close()
		f.slack.Fail(fakeslack.TooMany("10"))
		f.log(1)
		f.raise(0, outbox.ReasonOverdue, "soc")
		f.wake()
		time.Sleep(5 * time.Second)
		f.must(f.db.Update(context.Background(), func(tx tracker.Tx) error {
			return tx.Supersede(context.Background(), f.incs[0].Clocks[0].ID, nil)
		}))
		_, err := raw(t, f.db.Path()).ExecContext(context.Background(), `UPDATE deliveries SET state = 'superseded'`)
		f.must(err)
		time.Sleep(3 * time.Hour)
		f.log(1)
		f.raise(1, outbox.ReasonOverdue, "soc")
		f.wake()
		time.Sleep(time.Minute)
		f.stopBoth()
		if n := f.shown(); n != 0 {
			t.Errorf("the fallback told %d", n)
		}
	})
}

// A proxy that wants a password refuses at CONNECT: nothing was sent, and the
// error says what to set.
func TestProxyThatRefusesToConnect(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = conn.Write([]byte("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
			}
			_ = conn.Close()
		}
	}()
	proxy := &url.URL{Scheme: "http", Host: listener.Addr().String()}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
	m := writer("en").Write(overdue(), may7(9, 0))
	for name, d := range map[string]notify.Destination{
		"slack":   slack.New(slack.Options{Token: token, Channel: channelID, Transport: transport}),
		"webhook": notify.NewWebhook(notify.WebhookOptions{URL: "https://siem.example/in", Transport: transport}),
		"hook":    slack.NewHook(slack.HookOptions{URL: hookURL, Transport: transport}),
	} {
		_, err := d.Post(t.Context(), m)
		if err == nil {
			t.Fatalf("%s: sent", name)
		}
		wantFailure(t, err, wire.Unreached, "HTTPS_PROXY")
	}
}
