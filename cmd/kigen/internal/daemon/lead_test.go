package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

// replica is a daemon on a database that it shares.
type replica struct {
	*Daemon
	stop func()
}

func startReplica(t *testing.T, place, slackURL string, more ...string) replica {
	t.Helper()
	yaml := fmt.Sprintf(`
listen: 127.0.0.1:0
database: %q
destinations: {soc: {slack: {token: xoxb-test, channel: C0123456789, api_url: %q}}}
alerts: [{to: [soc], repeat: 4h}]
%s`, place, slackURL+"/api/", strings.Join(more, ""))
	c, err := config.Parse("kigen.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(t.Context(), c, Options{Console: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		if err := d.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return replica{d, stop}
}

// Of two replicas on one database, one watches and sends; either serves; and when the
// leader stops, the other one leads at once. Nothing is sent twice.
func TestTwoReplicas(t *testing.T) {
	place := pgtest.URL(t)
	fake := fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}})
	server := httptest.NewServer(fake)
	defer server.Close()
	a := startReplica(t, place, server.URL)
	until(t, "the first replica leads", a.lease.Valid)
	b := startReplica(t, place, server.URL)
	until(t, "the second one knows", func() bool { _, ok := b.lease.Leader(); return ok })
	if b.lease.Valid() || b.leads {
		t.Fatal("both lead")
	}
	log := func(r replica, n int) {
		t.Helper()
		e := tracker.Entry{Vendor: "sustaina", Title: fmt.Sprintf("incident %d", n)}
		e.Times[sla.Confirmed].At = time.Now().Add(-25 * time.Hour) // overdue by an hour
		_, err := r.Tracker().Log(t.Context(), tracker.Request{Actor: "test"}, e)
		if err != nil {
			t.Fatal(err)
		}
	}
	log(b, 1)
	arrived := func(n int) func() bool { return func() bool { return len(fake.Messages()) >= n } }
	begun := time.Now()
	until(t, "what one replica logged is sent by the other", arrived(1))
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("sent after %v, as without news", took)
	}
	for name, r := range map[string]replica{"leader": a, "follower": b} {
		h := r.health(t.Context())
		if h.Leader == nil || h.Leader.Term != 1 || h.Leader.Here != (r.Daemon == a.Daemon) {
			t.Errorf("health of the %s: %+v", name, h.Leader)
		}
		if err := r.ready(t.Context()); err != nil {
			t.Errorf("the %s is not ready: %v", name, err)
		}
	}
	trial, err := b.present.Load().try(t.Context(), "soc")
	if err != nil || trial.OK || trial.Failed != web.TrialPlanned || !strings.Contains(trial.Reason, "set KIGEN_URL to the kigen on") {
		t.Errorf("a trial of a follower: %+v, %v", trial, err)
	}
	if trial, err := a.present.Load().try(t.Context(), "soc"); err != nil || !trial.OK {
		t.Errorf("a trial of the leader: %+v, %v", trial, err)
	}
	if _, err := b.Tracker().Erase(leading(t.Context()), tracker.Request{Actor: itself}, 1, tracker.Erasure{Fields: []string{history.EraseFiles}, Reason: "retention"}); !errors.Is(err, store.ErrNotLeading) {
		t.Errorf("retention of a follower: %v", err)
	}
	if _, _, err := b.present.Load().registry().Publish(t.Context(), "user:sato", registry.Publication{Text: acmeText, Reason: "contract"}); err != nil {
		t.Fatal(err)
	}
	begun = time.Now()
	until(t, "what one replica publishes is in force on the other", func() bool { _, known := a.Config().Catalogue.Vendor("acme"); return known })
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("in force after %v, as without news", took)
	}
	if !a.lease.Valid() || b.lease.Valid() {
		t.Error("a publication moved the lease")
	}
	a.stop()
	until(t, "the other one leads", b.lease.Valid)
	log(b, 2)
	until(t, "it sends", arrived(3)) // the trial is one of them
	seen := map[string]bool{}
	for _, m := range fake.Messages() {
		key := m.Key(slack.Key)
		if seen[key] {
			t.Errorf("%s was sent twice", key)
		}
		seen[key] = true
	}
}
