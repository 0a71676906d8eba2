package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Hold is the exclusive use of a database by one daemon.
type Hold interface {
	// Announce publishes the address of the holder's listener.
	Announce(address string)
	Release() error
}

// Acquire gives this process exclusive use of a database. If another process has it for
// two more seconds, the error is a *LockedError.
func Acquire(ctx context.Context, database string, now time.Time) (Hold, error) {
	if !IsServer(database) {
		return AcquireFileLock(ctx, database, now)
	}
	db, err := openServer(database)
	if err != nil {
		return nil, err
	}
	s := db.engine.(*server)
	h, err := s.acquire(ctx)
	var held *LockedError
	if err == nil || errors.As(err, &held) {
		return h, err
	}
	return nil, db.explain(ctx, err)
}

// sessionLock is a lock that ends with its session on the server.
type sessionLock struct {
	pool *sql.DB
	conn *sql.Conn
}

func (s *server) acquire(ctx context.Context) (Hold, error) {
	pool := s.connections(1, holdSettings)
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	h := &sessionLock{pool, conn}
	got, err := h.try(ctx)
	if err == nil && !got {
		err = s.lockedBy(ctx, conn)
	}
	if err != nil {
		return nil, errors.Join(err, h.Release())
	}
	return h, nil
}

// try asks for the lock until lockTimeout has passed: a process that stops releases it.
func (h *sessionLock) try(ctx context.Context) (got bool, err error) {
	timeout := time.NewTimer(lockTimeout)
	defer timeout.Stop()
	retry := time.NewTicker(lockRetry)
	defer retry.Stop()
	for {
		err = h.conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(`+lockKey+`)`, "daemon").Scan(&got)
		if err != nil || got {
			return got, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-timeout.C:
			return false, nil
		case <-retry.C:
		}
	}
}

// lockedBy describes the session that has the lock.
func (s *server) lockedBy(ctx context.Context, conn *sql.Conn) error {
	held := &LockedError{Path: s.called}
	const holder = `WITH k AS (SELECT ` + lockKey + ` AS key)
		SELECT COALESCE(host(a.client_addr), 'the machine of the server'), a.backend_start
		FROM k JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
			AND (l.classid::bigint << 32 | l.objid::bigint) = k.key AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		JOIN pg_stat_activity a ON a.pid = l.pid`
	err := conn.QueryRowContext(ctx, holder, "daemon").Scan(&held.Holder.Host, &held.Holder.Since)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // gone meanwhile
		return fmt.Errorf("find the holder of the lock: %w", err)
	}
	return held
}

// Announce does nothing: other machines read the address from their configuration.
func (h *sessionLock) Announce(string) {}

// Release ends the session and with it the lock.
func (h *sessionLock) Release() error { return errors.Join(h.conn.Close(), h.pool.Close()) }
