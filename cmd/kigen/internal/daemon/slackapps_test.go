package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/config"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/tracker"
)

// The whole daemon, connected to a fake Slack: two destinations share one app,
// a click in either channel ends up in the incident's history with who
// clicked, and the metrics say how the connection stands.
func TestClickReachesTheHistory(t *testing.T) {
	const soc, lead = "C0123456789", "C0987654321"
	socket := fakeslack.NewSocket(fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{soc, lead}}), "xapp-test")
	posted := make(chan fakeslack.Call, 10)
	socket.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
		if c.Method == "chat.postMessage" {
			posted <- c
		}
		return nil
	})
	server := httptest.NewServer(socket)
	t.Cleanup(server.Close)
	slackAt := func(channel string) string {
		return fmt.Sprintf("{slack: {token: xoxb-test, channel: %s, api_url: %q, app_token: xapp-test}}", channel, server.URL+"/api/")
	}
	c, err := config.Parse("kigen.yaml", fmt.Appendf(nil, `
listen: 127.0.0.1:0
database: %q
language: en
destinations:
  soc: %s
  lead: %s
alerts: [{to: [soc], warn: [50%%]}]
`, filepath.Join(t.TempDir(), "kigen.db"), slackAt(soc), slackAt(lead)), nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(t.Context(), c, Options{Console: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	t.Cleanup(func() {
		if err := d.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if n, err := socket.NextConnection(ctx); n != 1 || err != nil {
		t.Fatalf("connection %d, %v", n, err)
	}

	who := func(user, channel string) fakeslack.Person {
		return fakeslack.Person{User: user, Name: "mori", Channel: channel, BaseURL: server.URL}
	}
	e := tracker.Entry{Vendor: "sustaina", Title: "storage unreachable"}
	e.Times[sla.Confirmed].At = time.Now().Add(-13 * time.Hour)
	inc, err := d.Tracker().Log(ctx, tracker.Request{Actor: "test"}, e)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case alert := <-posted:
		if content := alert.Args["blocks"] + alert.Args["attachments"]; !strings.Contains(content, `"kigen_ack"`) || !strings.Contains(content, `"`+inc.ID.String()+`"`) {
			t.Errorf("the alert has no button: %s", content)
		}
	case <-ctx.Done():
		t.Fatal("no alert came")
	}
	if _, err := socket.Send(ctx, socket.Click(who("U0", soc), "kigen_chaser", inc.ID.String())); err != nil {
		t.Fatal(err)
	}
	if answer, err := socket.NextAnswer(ctx); err != nil || !strings.Contains(answer.Shown(), "("+inc.ID.String()+")") || strings.Contains(answer.Shown(), "storage unreachable") {
		t.Errorf("%v; the chaser is %q", err, answer.Shown())
	}
	for i, channel := range []string{soc, lead} {
		if _, err := socket.Send(ctx, socket.Click(who(fmt.Sprint("U", i), channel), "kigen_ack", inc.ID.String())); err != nil {
			t.Fatal(err)
		}
		answer, err := socket.NextAnswer(ctx)
		if err != nil || !strings.Contains(answer.Shown(), "storage unreachable") {
			t.Fatalf("%v, told %q", err, answer.Shown())
		}
	}
	if got := acknowledgements(t, d, inc.ID); fmt.Sprint(got) != "[mori (slack:U0) mori (slack:U1)]" {
		t.Errorf("the history says %q", got)
	}
	if len(d.present.Load().apps) != 1 {
		t.Errorf("%d apps for one token", len(d.present.Load().apps))
	}
	wantMetric(t, d.URL(), "kigen_slack_apps_disconnected 0")
}

// acknowledgements lists who acknowledged an incident, in order.
func acknowledgements(t *testing.T, d *Daemon, id sla.IncidentID) (actors []string) {
	t.Helper()
	err := d.store.View(t.Context(), func(r tracker.Reader) error {
		events, err := r.Events(t.Context(), id)
		for _, e := range events {
			if e.Kind == sla.EventAcknowledged {
				actors = append(actors, e.Actor)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return actors
}

func wantMetric(t *testing.T, url, line string) {
	t.Helper()
	resp, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(text), "\n"+line+"\n") {
		t.Errorf("%v; the metrics lack %q", err, line)
	}
}
