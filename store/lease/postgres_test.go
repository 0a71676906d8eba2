package lease_test

import (
	"context"
	"database/sql"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kigen/store/lease"
	"kigen/store/pgtest"
)

const exclude = "SELECT pg_advisory_xact_lock(42)"

// prepared returns the address of a schema with the table.
func prepared(t *testing.T, address string) (string, *sql.DB) {
	t.Helper()
	ddl, err := os.ReadFile("../migrations/postgres/00060_leadership.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.Open(t, address)
	if _, err := db.ExecContext(t.Context(), string(ddl)); err != nil {
		t.Fatal(err)
	}
	return address, db
}

// replica is a running lease.
type replica struct {
	*lease.Lease
	stop func() // gives the lease up
}

func start(t *testing.T, address, name string) *replica {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	l := lease.New(lease.Options{Config: config, Exclude: exclude, Name: name, Address: "http://" + name, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	r := &replica{Lease: l, stop: sync.OnceFunc(func() { cancel(); <-done })}
	t.Cleanup(r.stop)
	return r
}

// await waits until one of the replicas leads, and returns it.
func await(t *testing.T, within time.Duration, replicas ...*replica) (*replica, lease.Term) {
	t.Helper()
	end := time.After(within)
	for tick := time.NewTicker(2 * time.Millisecond); ; {
		for _, r := range replicas {
			if term, ok := r.Term(); ok {
				return r, term
			}
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("no replica leads within %v", within)
		}
	}
}

func others(leader *replica, all ...*replica) (rest []*replica) {
	for _, r := range all {
		if r != leader {
			rest = append(rest, r)
		}
	}
	return rest
}

func TestOneLeads(t *testing.T) {
	t.Parallel()
	address, _ := prepared(t, pgtest.URL(t))
	a, b, c := start(t, address, "a"), start(t, address, "b"), start(t, address, "c")
	leader, term := await(t, 5*time.Second, a, b, c)
	if term.Number != 1 {
		t.Errorf("the first term is %d", term.Number)
	}
	// Each stop hands over at once, and in the order of terms.
	all := []*replica{a, b, c}
	for n := int64(2); len(all) > 1; n++ {
		all = others(leader, all...)
		stopped := time.Now()
		leader.stop()
		if leader.Valid() {
			t.Error("a stopped replica still leads")
		}
		next, term := await(t, 5*time.Second, all...)
		if took := time.Since(stopped); took > 900*time.Millisecond {
			t.Errorf("the next replica leads after %v, as without a notice", took)
		} else {
			t.Logf("handed over after %v", took)
		}
		if term.Number != n {
			t.Errorf("term %d follows, want %d", term.Number, n)
		}
		for _, r := range others(next, all...) {
			if r.Valid() {
				t.Error("two replicas lead")
			}
		}
		leader = next
	}
}

// Every replica knows who leads.
func TestLeaderIsKnown(t *testing.T) {
	t.Parallel()
	address, _ := prepared(t, pgtest.URL(t))
	a := start(t, address, "a")
	await(t, 5*time.Second, a)
	b := start(t, address, "b")
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		who, ok := b.Leader()
		if !ok {
			continue // not looked yet
		}
		if who.Name != "a" || who.Address != "http://a" || who.Number != 1 {
			t.Errorf("Leader = %+v", who)
		}
		break
	}
	if term, ok := b.Term(); ok {
		t.Errorf("b leads too, by %+v", term)
	}
}

// A frozen holder, here one whose connection is held up, is followed when its lease has
// ended, and has ceased to lead before.
func TestFrozenHolder(t *testing.T) {
	t.Parallel()
	address, db := prepared(t, pgtest.URL(t))
	p := newProxy(t, address)
	a := start(t, p.address, "a")
	await(t, 5*time.Second, a)
	b := start(t, address, "b")
	p.freeze()
	frozen := time.Now()
	lost := make(chan time.Time, 1)
	go func() {
		for range a.Changed() {
			if !a.Valid() {
				lost <- time.Now()
				return
			}
		}
	}()
	_, term := await(t, 15*time.Second, b)
	won := time.Now()
	t.Logf("lost after %v, won after %v", (<-lost).Sub(frozen), won.Sub(frozen))
	if a.Valid() {
		t.Error("both lead")
	}
	if took := won.Sub(frozen); took > 8*time.Second {
		t.Errorf("followed after %v", took)
	}
	if term.Number != 2 {
		t.Errorf("term %d follows", term.Number)
	}
	p.thaw()
	p.cut()
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		if who, ok := a.Leader(); ok && who.Name == "b" {
			break
		}
	}
	if a.Valid() {
		t.Error("the thawed holder leads again")
	}
	var stored int64
	if err := db.QueryRowContext(t.Context(), "SELECT term FROM leadership").Scan(&stored); err != nil || stored != 2 {
		t.Errorf("the row has term %d, %v", stored, err)
	}
}

// A holder whose connections are cut leads on by a new one.
func TestCutConnection(t *testing.T) {
	t.Parallel()
	address, _ := prepared(t, pgtest.URL(t))
	p := newProxy(t, address)
	a, b := start(t, p.address, "a"), start(t, address, "b")
	a, b = second(t, a, b)
	for range 3 {
		p.cut()
		quiet(t, 1500*time.Millisecond, a, b)
	}
	if term, ok := a.Term(); !ok || term.Number > 2 {
		t.Errorf("after three cuts: %+v, %v", term, ok)
	}
}

// second makes a lead, whoever took the row first, and returns both.
func second(t *testing.T, a, b *replica) (leader, other *replica) {
	t.Helper()
	leader, _ = await(t, 5*time.Second, a, b)
	return leader, others(leader, a, b)[0]
}

// quiet watches for a while that at most one replica leads.
func quiet(t *testing.T, d time.Duration, all ...*replica) {
	t.Helper()
	end := time.After(d)
	for tick := time.NewTicker(time.Millisecond); ; {
		leaders := 0
		for _, r := range all {
			if r.Valid() {
				leaders++
			}
		}
		if leaders > 1 {
			t.Fatalf("%d replicas lead", leaders)
		}
		select {
		case <-tick.C:
		case <-end:
			return
		}
	}
}

// A restart of the database leaves the leader in place, be it clean or a crash.
func TestDatabaseRestarts(t *testing.T) {
	t.Parallel()
	c := pgtest.Start(t)
	address, _ := prepared(t, c.URL(t))
	a, b, d := start(t, address, "a"), start(t, address, "b"), start(t, address, "d")
	leader, before := await(t, 5*time.Second, a, b, d)
	for name, restart := range map[string]func(testing.TB){"fast": c.RestartFast, "immediate": c.RestartImmediate} {
		restart(t)
		quiet(t, 2*time.Second, a, b, d)
		next, term := await(t, 10*time.Second, a, b, d)
		t.Logf("%s: the leader stays: %v", name, next == leader)
		if term.Number < before.Number {
			t.Errorf("%s: term %d after %d", name, term.Number, before.Number)
		}
		leader, before = next, term
	}
	c.Stop(t)
	for tick := time.NewTicker(5 * time.Millisecond); leader.Valid(); <-tick.C {
	}
	if since, err := leader.Leaderless(); err == nil {
		t.Errorf("Leaderless = %v, %v", since, err)
	}
	c.Resume(t)
	if _, term := await(t, 10*time.Second, a, b, d); term.Number < before.Number {
		t.Errorf("term %d after %d", term.Number, before.Number)
	}
}

// A row that is free is not taken while a transaction changes data: what a leader has
// begun by its term is committed first.
func TestTakingWaitsForTheWriter(t *testing.T) {
	t.Parallel()
	address, db := prepared(t, pgtest.URL(t))
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), exclude); err != nil {
		t.Fatal(err)
	}
	a := start(t, address, "a")
	quiet(t, 500*time.Millisecond, a)
	if a.Valid() {
		t.Error("the row was taken beside a writer")
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	await(t, 5*time.Second, a)
}

// proxy stands between a replica and the database.
type proxy struct {
	address string // by way of the proxy

	mu    sync.Mutex
	thawn chan struct{} // closed while bytes pass
	open  []net.Conn
}

func newProxy(t *testing.T, address string) *proxy {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	socket := filepath.Join(query.Get("host"), ".s.PGSQL.5432")
	query.Del("host")
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u.Host, u.RawQuery = l.Addr().String(), query.Encode()+"&sslmode=disable"
	p := &proxy{address: u.String(), thawn: make(chan struct{})}
	close(p.thawn)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := new(net.Dialer).DialContext(context.Background(), "unix", socket)
			if err != nil {
				_ = client.Close()
				continue
			}
			p.mu.Lock()
			p.open = append(p.open, client, server)
			p.mu.Unlock()
			go p.pass(client, server)
			go p.pass(server, client)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); p.thaw(); p.cut() })
	return p
}

func (p *proxy) pass(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		thawn := p.thawn
		p.mu.Unlock()
		<-thawn
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// freeze lets no more bytes through until thaw.
func (p *proxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thawn = make(chan struct{})
}

func (p *proxy) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.thawn:
	default:
		close(p.thawn)
	}
}

// cut closes all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.Close()
	}
	p.open = nil
}
