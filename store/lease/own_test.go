package lease

import (
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kigen/store/pgtest"
)

// A holder that finds its own row, because the answer to its request was lost, counts on
// it only after it has prolonged it.
func TestOwnRowIsProlonged(t *testing.T) {
	t.Parallel()
	ddl, err := os.ReadFile("../migrations/postgres/00060_leadership.sql")
	if err != nil {
		t.Fatal(err)
	}
	address := pgtest.URL(t)
	db := pgtest.Open(t, address)
	if _, err := db.ExecContext(t.Context(), string(ddl)); err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	r := newPostgresRow(config, "SELECT 1")
	defer r.close()
	me := Leader{Term: Term{Holder: "me"}}
	first, err := r.take(t.Context(), me, 0)
	if err != nil || !first.led || first.leader.Number != 1 {
		t.Fatalf("take = %+v, %v", first, err)
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE leadership SET until = clock_timestamp() + INTERVAL '200 ms'"); err != nil {
		t.Fatal(err)
	}
	again, err := r.take(t.Context(), me, 0)
	if err != nil || !again.led || again.leader.Term != first.leader.Term {
		t.Fatalf("take = %+v, %v", again, err)
	}
	var left float64
	if err := db.QueryRowContext(t.Context(), "SELECT EXTRACT(EPOCH FROM until - clock_timestamp())::float8 FROM leadership").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left < trusted.Seconds() {
		t.Errorf("the row ends in %.3f s, before the trust in it", left)
	}
	// With patience, a row that has only just become free stays so.
	if _, err := db.ExecContext(t.Context(), "UPDATE leadership SET until = clock_timestamp()"); err != nil {
		t.Fatal(err)
	}
	patient, err := r.take(t.Context(), Leader{Term: Term{Holder: "other"}}, time.Minute)
	if err != nil || patient.led {
		t.Errorf("take with patience = %+v, %v", patient, err)
	}
	at := time.Now()
	next, err := r.take(t.Context(), Leader{Term: Term{Holder: "other"}}, 0)
	if err != nil || !next.led || next.leader.Number != 2 || next.leader.Holder != "other" {
		t.Errorf("take = %+v, %v", next, err)
	}
	if off := skew(at, next.now, time.Now()); off != 0 {
		t.Errorf("skew on one machine: %v", off)
	}
}
