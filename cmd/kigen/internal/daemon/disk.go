package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/store"
)

const (
	// ballastSize is the size of the disk reserve in bytes: some days of a busy
	// SOC's incidents and alerts.
	ballastSize = 16 << 20
	diskPeriod  = 5 * time.Second
	// diskCalm is how long a disk must work before another failure causes another
	// alert.
	diskCalm = 10 * time.Minute
)

// disk keeps a reserve on the database's disk. The store frees the reserve when a
// transaction finds the disk full. The disk job then sends a fallback alert, and
// makes the reserve again when there is room.
type disk struct {
	full         func() bool
	failing      func() error                // error of a disk that has room; nil: it works
	keep         func() (bool, error)        // nil: the disk is a server's, where kigen keeps no reserve
	room         func(context.Context) error // proves that a server's disk has room; nil: there is a reserve
	alertFull    func(context.Context)
	alertFailing func(context.Context, error)
	log          *slog.Logger

	// The fields below belong to the goroutine of run.
	fullAlerted    bool
	failingAlerted bool
	failedAt       time.Time // when the disk was last seen to fail
	kept           bool      // the reserve existed at the last check
}

func (d *Daemon) makeDisk() *disk {
	k := &disk{
		full: d.store.Full, failing: d.store.Failing,
		alertFull:    func(ctx context.Context) { d.present.Load().last.diskFull(ctx) },
		alertFailing: func(ctx context.Context, failed error) { d.present.Load().last.diskFails(ctx, failed) }, log: d.log,
	}
	if d.store.OnServer() {
		k.room = d.store.ProveRoom
	} else {
		k.keep = func() (bool, error) { return d.store.EnsureDiskReserve(ballastSize) }
	}
	return k
}

// run checks the disk until ctx ends.
func (k *disk) run(ctx context.Context) {
	for ctx.Err() == nil {
		k.once(ctx)
		schedule.Pause(ctx, diskPeriod)
	}
}

func (k *disk) once(ctx context.Context) {
	k.checkFailure(ctx, wallNow())
	if k.full() && !k.fullAlerted {
		k.alertFull(ctx)
		k.fullAlerted = true
	}
	if k.room != nil {
		k.lookForRoom(ctx)
		return
	}
	kept, err := k.keep()
	switch {
	case err != nil:
		k.log.Warn("disk reserve cannot be made", "error", err)
	case kept != k.kept && kept:
		k.log.Info("disk reserve made", "bytes", ballastSize)
	case kept != k.kept:
		k.log.Warn("no room for the disk reserve", "bytes", ballastSize)
	}
	if kept {
		k.fullAlerted = false
	}
	k.kept = kept
}

// lookForRoom ends the fault of a full disk when a server's has room again.
func (k *disk) lookForRoom(ctx context.Context) {
	if !k.full() {
		return
	}
	if err := k.room(ctx); err != nil {
		k.log.Warn("the server's disk has no room yet", "error", err)
	}
	k.fullAlerted = k.full()
}

// checkFailure alerts once about a failing disk, and again only after diskCalm
// without a failure: intermittent failures count as one.
func (k *disk) checkFailure(ctx context.Context, now time.Time) {
	err := k.failing()
	switch {
	case err != nil && !k.failingAlerted:
		k.alertFailing(ctx, err)
		k.failingAlerted, k.failedAt = true, now
	case err != nil:
		k.failedAt = now
	case now.Sub(k.failedAt) > diskCalm:
		k.failingAlerted = false
	}
}

// diskFails alerts about a failing disk of the database.
func (l *fallbackAlert) diskFails(ctx context.Context, failed error) {
	l.send(ctx, "disk-fails/"+wallNow().UTC().Format(time.RFC3339), catalog.Both("last_disk_fails"),
		[]string{catalog.In(l.writer.Lang).Say("last_disk_fails_note"), failed.Error()})
}

// diskFull alerts about a full disk of the database.
func (l *fallbackAlert) diskFull(ctx context.Context) {
	l.send(ctx, "disk/"+wallNow().UTC().Format(time.RFC3339), catalog.Both("last_disk_full"),
		[]string{catalog.In(l.writer.Lang).Say("last_disk_full_note")})
}

// open locks the database for this process and opens it. On a full disk it frees
// the disk reserve first.
func open(ctx context.Context, path string, log *slog.Logger) (hold hold, db *store.DB, err error) {
	if store.IsServer(path) {
		hold = shared{} // any number of replicas have it
	} else if hold, err = store.AcquireFileLock(ctx, path, clock()); err != nil {
		return nil, nil, err
	}
	opened := watchOpening(path, log)
	defer opened()
	db, err = store.OpenAndReport(ctx, path, clock(), reportSealing(log))
	if errors.Is(err, store.ErrFull) {
		db, err = openInBallast(ctx, path, err, log)
	}
	if err != nil {
		return nil, nil, errors.Join(err, hold.Release())
	}
	if version, tested := db.ServerVersion(); !tested {
		log.Warn("kigen was not tested with this version of PostgreSQL", "version", version)
	}
	return hold, db, nil
}

// sealingEvery is the pause between the log lines of a migration that takes long.
const sealingEvery = 10 * time.Second

// reportSealing logs how far a migration has sealed what an older version stored.
func reportSealing(log *slog.Logger) func(done int64) {
	next := time.Now().Add(sealingEvery)
	return func(done int64) {
		if now := time.Now(); now.After(next) {
			next = now.Add(sealingEvery)
			log.Info("bringing older rows up to date", "done", done)
		}
	}
}

// openInBallast opens the database in the space of the disk reserve.
func openInBallast(ctx context.Context, path string, full error, log *slog.Logger) (*store.DB, error) {
	freed, err := store.FreeDiskReserve(path)
	if !freed {
		return nil, errors.Join(full, err)
	}
	log.Error("the disk is full: the disk reserve was freed", "error", full)
	db, err := store.OpenAndReport(ctx, path, clock(), reportSealing(log))
	if err != nil {
		return nil, fmt.Errorf("after the disk reserve was freed: %w", err)
	}
	db.SetFull()
	return db, nil
}

// hold is the exclusive use of a database by one daemon.
type hold interface {
	// Announce publishes the address of the holder's listener.
	Announce(address string)
	Release() error
}

// shared is the hold on a database that other replicas may have as well.
type shared struct{}

// Announce does nothing: the lease tells the others where the leader is.
func (shared) Announce(string) {}

// Release does nothing.
func (shared) Release() error { return nil }
