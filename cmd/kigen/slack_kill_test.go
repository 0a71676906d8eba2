package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"kigen/notify/fakeslack"
	"kigen/sla/seedtest"
)

// front is a kigen that people work with from Slack.
type front struct {
	t      *testing.T
	socket *fakeslack.Socket
	server *httptest.Server
	kigen  *process
	dir    string
}

func newFront(t *testing.T) *front {
	t.Helper()
	const appToken = "xapp-end-to-end"
	f := &front{t: t, dir: t.TempDir()}
	f.socket = fakeslack.NewSocket(fakeslack.New(fakeslack.Options{Token: botToken, Channels: []string{channel}}), appToken)
	f.server = httptest.NewServer(f.socket)
	t.Cleanup(f.server.Close)
	config := fmt.Sprintf("destinations:\n  soc: {slack: {token: %s, channel: %s, app_token: %s, api_url: %q}}\nalerts:\n  - {to: [soc]}\n",
		botToken, channel, appToken, f.server.URL+"/api/")
	if err := os.WriteFile(filepath.Join(f.dir, "kigen.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	f.start()
	return f
}

// start starts kigen and waits for its connection.
func (f *front) start() {
	f.t.Helper()
	f.kigen = serve(f.t, f.dir)
	if _, err := f.socket.NextConnection(f.patience()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *front) patience() context.Context {
	ctx, cancel := context.WithTimeout(f.t.Context(), 20*time.Second)
	f.t.Cleanup(cancel)
	return ctx
}

// send delivers an envelope and waits for its acknowledgement.
func (f *front) send(e fakeslack.Envelope) {
	f.t.Helper()
	if payload, err := f.socket.Send(f.patience(), e); err != nil || len(payload) > 0 {
		f.t.Fatalf("acknowledged with %s (%v)", payload, err)
	}
}

// form has a form opened and fills it in.
func (f *front) form(e fakeslack.Envelope, values map[string]string) fakeslack.Envelope {
	f.t.Helper()
	f.send(e)
	view, err := f.socket.NextView(f.patience())
	if err != nil {
		f.t.Fatal(err)
	}
	filled, err := f.socket.Submit(f.mori(), view, values)
	if err != nil {
		f.t.Fatal(err)
	}
	return filled
}

func (f *front) mori() fakeslack.Person {
	return fakeslack.Person{User: "U0MORI", Name: "mori", Channel: channel, BaseURL: f.server.URL}
}

// happened counts what the histories of all incidents hold of a kind.
func (f *front) happened(kind string) (n int) {
	f.t.Helper()
	db := reading(f.t, f.dir)
	defer db.Close()
	if err := db.QueryRowContext(f.t.Context(), `SELECT COUNT(*) FROM events WHERE kind = $1`, kind).Scan(&n); err != nil {
		f.t.Fatal(err)
	}
	return n
}

// TestKilledAfterAClick kills the built binary with SIGKILL as soon as Slack
// has an acknowledgement, or at a random instant before. What Slack believes
// done is done; what it has no acknowledgement of it delivers again; and either
// way, delivered as often as it likes, it is done once.
func TestKilledAfterAClick(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(seedtest.Of(t), 7))
	f := newFront(t)
	id := readIncident(t, f.kigen.ask("incident", "log", "--vendor", "sotas", "--title", "Down", "--json")).ID
	acts := []struct {
		kind string
		do   func() fakeslack.Envelope
	}{
		{"acknowledged", func() fakeslack.Envelope { return f.socket.Click(f.mori(), "kigen_ack", id) }},
		{"logged", func() fakeslack.Envelope { return f.socket.Command(f.mori(), "log sotas Down again") }},
		{"acknowledged", func() fakeslack.Envelope {
			return f.form(f.socket.Click(f.mori(), "kigen_snooze", id), map[string]string{"length": "4h"})
		}},
		{"notice", func() fakeslack.Envelope {
			return f.form(f.socket.Click(f.mori(), "kigen_notice", id), map[string]string{"text": "sorry"})
		}},
	}
	for n := range max(2*len(acts), killsWanted(t)/4) {
		act := acts[n/2%len(acts)]
		envelope, before := act.do(), f.happened(act.kind)
		acked := n%2 == 0
		if acked {
			f.send(envelope)
		} else if err := f.socket.Push(envelope); err != nil {
			t.Fatal(err)
		} else {
			pause(t, time.Duration(random.IntN(20_000))*time.Microsecond)
		}
		f.kigen.signal(syscall.SIGKILL)
		f.start()
		if got := f.happened(act.kind) - before; acked && got != 1 || got > 1 {
			t.Errorf("kill %d: acknowledged to Slack (%t), %q is recorded %d times", n, acked, act.kind, got)
		}
		f.send(envelope)
		f.send(envelope)
		if got := f.happened(act.kind) - before; got != 1 {
			t.Errorf("kill %d: delivered again, %q is recorded %d times, want once", n, act.kind, got)
		}
	}
	f.kigen.signal(syscall.SIGTERM)
	worked(t, runIn(t, f.dir, nil, "", "db", "verify"))
}
