package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kigen/calendar"
	"kigen/store"
)

const (
	// ballastSize is what is set aside for the day when the disk is full, in
	// bytes: some days of a busy SOC's incidents and alerts.
	ballastSize = 16 << 20
	diskPeriod  = 5 * time.Second
)

// disk keeps room for alerts on the database's disk. The store frees the
// ballast by itself when a transaction finds the disk full; here people are
// told, and the ballast is made again when there is room.
type disk struct {
	full func() bool
	keep func() (bool, error)
	tell func(context.Context)
	log  *slog.Logger

	told bool // of this full disk; belongs to the goroutine of run
	kept bool // the ballast was there when last looked for
}

func (d *Daemon) makeDisk() *disk {
	return &disk{
		full: d.store.Full, keep: func() (bool, error) { return d.store.KeepBallast(ballastSize) },
		tell: d.last.diskFull, log: d.log,
	}
}

// run looks after the disk until ctx ends.
func (k *disk) run(ctx context.Context) {
	for ctx.Err() == nil {
		k.once(ctx)
		pause(ctx, diskPeriod)
	}
}

func (k *disk) once(ctx context.Context) {
	if k.full() && !k.told {
		k.tell(ctx)
		k.told = true
	}
	kept, err := k.keep()
	switch {
	case err != nil:
		k.log.Warn("no space set aside beside the database", "error", err)
	case kept != k.kept && kept:
		k.log.Info("space set aside beside the database", "bytes", ballastSize)
	case kept != k.kept:
		k.log.Warn("no room to set space aside beside the database", "bytes", ballastSize)
	}
	if kept {
		k.told = false
	}
	k.kept = kept
}

// diskFull tells that the disk of the database is full.
func (l *lastResort) diskFull(ctx context.Context) {
	l.tell(ctx, "disk/"+wallNow().UTC().Format(time.RFC3339), calendar.Text{
		Ja: "kigen: ディスクに空きがありません", En: "kigen: the disk is full",
	}, []string{calendar.Text{
		Ja: "予備領域を解放して動作を続けていますが、長くは持ちません。データベースのディスクに空きを作ってください。",
		En: "kigen goes on in the space it had set aside, which will not last. Free space on the disk of its database.",
	}.In(l.writer.Lang)})
}

// open takes the database for this process and opens it, on a disk that is full
// already in the room that was set aside.
func open(ctx context.Context, path string, log *slog.Logger) (hold *store.Hold, db *store.DB, err error) {
	hold, err = store.TakeHold(ctx, path, time.Now())
	if err != nil {
		return nil, nil, err
	}
	db, err = store.Open(ctx, path, time.Now())
	if errors.Is(err, store.ErrFull) {
		db, err = openInBallast(ctx, path, err, log)
	}
	if err != nil {
		return nil, nil, errors.Join(err, hold.Release())
	}
	return hold, db, nil
}

// openInBallast opens the database in the room that was set aside.
func openInBallast(ctx context.Context, path string, full error, log *slog.Logger) (*store.DB, error) {
	freed, err := store.FreeBallast(path)
	if !freed {
		return nil, errors.Join(full, err)
	}
	log.Error("the disk is full: the space set aside was freed", "error", full)
	db, err := store.Open(ctx, path, time.Now())
	if err != nil {
		return nil, fmt.Errorf("with the space freed that was set aside: %w", err)
	}
	db.SetFull()
	return db, nil
}
