package lease

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is where a replica that gives the row up tells the others. Channels belong to
// the whole database: a replica of another schema only looks once more than it need.
const channel = "kigen_leadership"

// postgresRow is the row in PostgreSQL, on a connection of its own: no transaction of the
// daemon can keep it waiting for one of the pool.
type postgresRow struct {
	config  *pgx.ConnConfig
	exclude string
	conn    *pgx.Conn // nil: the next request opens it
}

func newPostgresRow(config *pgx.ConnConfig, exclude string) *postgresRow {
	config = config.Copy()
	config.ConnectTimeout = answerBound
	for name, value := range map[string]string{
		"application_name":              "kigen lease",
		"statement_timeout":             "2s",
		"default_transaction_isolation": "read committed", // the statement after the lock must see what came before it
		"tcp_user_timeout":              "3s",
	} {
		config.RuntimeParams[name] = value
	}
	return &postgresRow{config: config, exclude: exclude}
}

// seenSQL ends each statement: the row, and the clock by which it is judged.
const seenSQL = `term, holder, name, address, until > clock_timestamp(), clock_timestamp()`

// readSQL returns a row also before the first leader.
const readSQL = `SELECT COALESCE(term, 0), COALESCE(holder, ''), COALESCE(name, ''), COALESCE(address, ''),
	COALESCE(until > clock_timestamp(), FALSE), clock_timestamp() FROM (SELECT 1) AS always LEFT JOIN leadership ON TRUE`

const takeSQL = `INSERT INTO leadership AS row ("only", term, holder, name, address, until)
	VALUES (1, 1, $1, $2, $3, clock_timestamp() + CAST($4 AS INTERVAL))
	ON CONFLICT ("only") DO UPDATE SET term = row.term + 1, holder = excluded.holder, name = excluded.name,
		address = excluded.address, until = clock_timestamp() + CAST($4 AS INTERVAL)
	WHERE row.until <= clock_timestamp() - CAST($5 AS INTERVAL)
	RETURNING ` + seenSQL

const renewSQL = `UPDATE leadership SET until = clock_timestamp() + CAST($3 AS INTERVAL)
	WHERE term = $1 AND holder = $2 AND until > clock_timestamp()
	RETURNING ` + seenSQL

const giveUpSQL = `WITH given AS (
		UPDATE leadership SET until = clock_timestamp() WHERE term = $1 AND holder = $2 RETURNING term)
	SELECT pg_notify('` + channel + `', CAST(term AS TEXT)) FROM given`

func (r *postgresRow) take(ctx context.Context, me Leader, patience time.Duration) (s sight, err error) {
	err = r.twice(ctx, func() error {
		switch s, err = r.one(ctx, readSQL); {
		case err != nil:
			return err
		case s.led && s.leader.Holder == me.Holder:
			// Ours, by an answer that was lost or came too late. To read it prolongs nothing.
			s, err = r.one(ctx, renewSQL, s.leader.Number, me.Holder, lasts)
			return err
		case s.led:
			return nil
		}
		s, err = r.seize(ctx, me, patience)
		return err
	})
	return s, err
}

// seize takes a free row: in one implicit transaction and one round trip, so that it can't
// be left open.
func (r *postgresRow) seize(ctx context.Context, me Leader, patience time.Duration) (s sight, err error) {
	var batch pgx.Batch
	batch.Queue(r.exclude)
	batch.Queue(takeSQL, me.Holder, me.Name, me.Address, lasts, patience).Query(s.scan)
	return s, r.broken(r.conn.SendBatch(ctx, &batch).Close())
}

func (r *postgresRow) renew(ctx context.Context, term Term) (s sight, err error) {
	err = r.twice(ctx, func() error {
		s, err = r.one(ctx, renewSQL, term.Number, term.Holder, lasts)
		return err
	})
	return s, err
}

// twice asks again on a new connection where the old one has failed: the server may have
// been restarted since the last request.
func (r *postgresRow) twice(ctx context.Context, ask func() error) error {
	old := r.conn != nil
	err := ask()
	if err != nil && old && ctx.Err() == nil {
		return ask()
	}
	return err
}

func (r *postgresRow) giveUp(ctx context.Context, term Term) error {
	if err := r.connect(ctx); err != nil {
		return err
	}
	_, err := r.conn.Exec(ctx, giveUpSQL, term.Number, term.Holder)
	return r.broken(err)
}

func (r *postgresRow) wait(ctx context.Context) {
	if r.conn == nil {
		<-ctx.Done()
		return
	}
	if _, err := r.conn.WaitForNotification(ctx); err != nil && ctx.Err() == nil {
		_ = r.broken(err) // the next request says what is wrong
		<-ctx.Done()
	}
}

func (r *postgresRow) close() {
	if r.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerBound)
	defer cancel()
	_ = r.conn.Close(ctx)
	r.conn = nil
}

// one runs a statement that returns the row, or none.
func (r *postgresRow) one(ctx context.Context, stmt string, args ...any) (s sight, err error) {
	if err := r.connect(ctx); err != nil {
		return s, err
	}
	rows, err := r.conn.Query(ctx, stmt, args...)
	if err == nil {
		err = s.scan(rows)
	}
	return s, r.broken(err)
}

// scan reads the row, if there is one.
func (s *sight) scan(rows pgx.Rows) error {
	defer rows.Close()
	for rows.Next() {
		l := &s.leader
		if err := rows.Scan(&l.Number, &l.Holder, &l.Name, &l.Address, &s.led, &s.now); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r *postgresRow) connect(ctx context.Context) error {
	if r.conn != nil && !r.conn.IsClosed() {
		return nil
	}
	conn, err := pgx.ConnectConfig(ctx, r.config)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		_ = conn.Close(ctx)
		return err
	}
	r.conn = conn
	return nil
}

// broken gives up a connection on which a request failed: it may have ended, stand in the
// middle of an answer, or lead to a server that became a standby.
func (r *postgresRow) broken(err error) error {
	if err != nil && r.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = r.conn.Close(ctx)
		r.conn = nil
	}
	return err
}
