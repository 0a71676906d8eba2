package daemon

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store/pgtest"
)

// outage is two replicas on a database that fails.
type outage struct {
	t        *testing.T
	cluster  *pgtest.Cluster
	slack    *fakeslack.Slack
	replicas []replica

	mu     sync.Mutex
	logged int
}

func newOutage(t *testing.T, cluster *pgtest.Cluster, place string) *outage {
	t.Helper()
	o := &outage{t: t, cluster: cluster, slack: fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}})}
	server := httptest.NewServer(o.slack)
	t.Cleanup(server.Close)
	for range 2 {
		o.replicas = append(o.replicas, startReplica(t, place, server.URL))
	}
	o.well("at first")
	return o
}

// log logs an incident that is overdue, and reports whether a replica has acknowledged it.
func (o *outage) log(on replica) bool {
	o.t.Helper()
	e := tracker.Entry{Vendor: "sustaina", Title: "down"}
	e.Times[sla.Confirmed].At = time.Now().Add(-25 * time.Hour)
	_, err := on.Tracker().Log(o.t.Context(), tracker.Request{Actor: "test"}, e)
	if err == nil {
		o.mu.Lock()
		o.logged++
		o.mu.Unlock()
	}
	return err == nil
}

// ready returns why a replica is not ready; empty: it is.
func (o *outage) ready(r replica) string {
	if err := r.present.Load().ready(o.t.Context()); err != nil {
		return err.Error()
	}
	return ""
}

// ill waits until each replica says that it is not ready, and why.
func (o *outage) ill(when, why string) {
	o.t.Helper()
	for _, r := range o.replicas {
		until(o.t, "a replica that is not ready "+when+": "+why, func() bool { return strings.Contains(o.ready(r), why) })
	}
}

// well waits until each replica is ready by itself, logs an incident on each, and expects all
// alerts, each once.
func (o *outage) well(when string) {
	o.t.Helper()
	for _, r := range o.replicas {
		until(o.t, "a ready replica "+when, func() bool { return o.ready(r) == "" })
		if !o.log(r) {
			o.t.Errorf("a ready replica logs nothing %s", when)
		}
	}
	until(o.t, "the alerts "+when, func() bool { return len(o.alerts()) >= o.logged })
	for key, n := range o.alerts() {
		if n != 1 {
			o.t.Errorf("%s arrived %d times %s", key, n, when)
		}
	}
	if n := len(o.alerts()); n != o.logged {
		o.t.Errorf("%d alerts of %d incidents %s", n, o.logged, when)
	}
}

// alerts counts the messages about deadlines by their key.
func (o *outage) alerts() map[string]int {
	found := map[string]int{}
	for _, m := range o.slack.Messages() {
		if strings.Contains(m.Shown(), "KGN-") {
			found[m.Key(slack.Key)]++
		}
	}
	return found
}

// others are the messages about kigen itself whose key begins so.
func (o *outage) others(kind string) (found []fakeslack.Message) {
	for _, m := range o.slack.Messages() {
		if strings.HasPrefix(m.Key(slack.Key), kind) {
			found = append(found, m)
		}
	}
	return found
}

// A server that lets no connection in, one that has none left, and one that answers too
// slowly: each replica says that it is not ready, nothing that was acknowledged is lost, and
// all is well by itself when the server is.
func TestOutagesOfTheDatabase(t *testing.T) {
	t.Parallel()
	c := pgtest.Start(t)
	place := c.URL(t)
	o := newOutage(t, c, place)

	c.Exec(t, "ALTER ROLE kigen CONNECTION LIMIT 0")
	c.Terminate(t, place)
	o.ill("without connections", "database")
	if status, said := answer(t, o.replicas[0].Daemon, http.MethodGet, "/readyz?replica", ""); status != http.StatusServiceUnavailable {
		t.Errorf("a load balancer is answered %d %s", status, said)
	}
	if o.log(o.replicas[0]) {
		t.Error("an incident is acknowledged without a database")
	}
	c.Exec(t, "ALTER ROLE kigen CONNECTION LIMIT -1")
	o.well("after connections were short")

	release := o.hold("LOCK TABLE incidents, deliveries IN ACCESS EXCLUSIVE MODE", pgtest.Schema(t, place))
	o.ill("while the database is slow", "database")
	release()
	o.well("after the database was slow")

	c.RestartFast(t)
	o.well("after a restart")
	c.RestartImmediate(t)
	o.well("after a crash")
}

// hold runs a statement in a transaction of the superuser that stays open until release.
func (o *outage) hold(stmt, schema string) (release func()) {
	o.t.Helper()
	db := pgtest.Open(o.t, o.cluster.Superuser())
	stx, err := db.BeginTx(o.t.Context(), nil)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, query := range []string{"SET search_path = " + schema, stmt} {
		if _, err := stx.ExecContext(o.t.Context(), query); err != nil {
			o.t.Fatal(err)
		}
	}
	return func() {
		o.t.Helper()
		if err := stx.Rollback(); err != nil {
			o.t.Error(err)
		}
	}
}

// When no replica has led for long, each of them says so to people, once, by the way that is
// left, and why.
func TestNoReplicaLeads(t *testing.T) {
	t.Parallel()
	c := pgtest.Start(t)
	o := newOutage(t, c, c.URL(t))
	begun := time.Now()
	c.Stop(t)
	said := func() []fakeslack.Message { return o.others("leaderless/") }
	until(t, "each replica says that none leads", func() bool { return len(said()) == 2 })
	if took := time.Since(begun); took < leaderlessTooLong-lookedBefore {
		t.Errorf("said after %v", took)
	}
	o.ill("without a leader", "No replica has led for")
	for _, m := range said() {
		for _, want := range []string{catalog.Both("last_leaderless").Ja, "failed to connect"} {
			if !strings.Contains(m.Shown(), want) {
				t.Errorf("a message lacks %q:\n%s", want, m.Shown())
			}
		}
	}
	c.Resume(t)
	o.well("after it is back")
	if n := len(said()); n != 2 {
		t.Errorf("said %d times", n)
	}
}

// lookedBefore is how long before the stop the last look at the lease may have been.
const lookedBefore = 5 * time.Second
