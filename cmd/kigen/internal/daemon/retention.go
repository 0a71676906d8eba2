package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/tracker"
	"kigen/store"
)

const (
	retentionPeriod = 24 * time.Hour
	retentionRetry  = time.Hour
	// retentionBatch bounds the incidents that are read at once.
	retentionBatch = 100
)

// retention deletes, once a day, what the configuration keeps no longer.
type retention struct {
	keep    config.Retention
	store   *store.DB
	tracker *tracker.Tracker
	// forwards: lines of the access log go to a webhook, and stay until they are there.
	forwards bool
	now      func() time.Time
	log      *slog.Logger
}

// run deletes at once and then every day, until ctx ends.
func (r *retention) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait := retentionPeriod
		if err := r.once(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("retention failed", "error", err)
			wait = retentionRetry
		}
		schedule.Pause(ctx, wait)
	}
}

// once deletes what is too old now.
func (r *retention) once(ctx context.Context) error {
	// A wall clock that can't be trusted must not make everything old.
	if err := r.tracker.CheckClock(ctx); err != nil {
		return err
	}
	return errors.Join(r.accessLog(ctx), r.evidence(ctx))
}

func (r *retention) accessLog(ctx context.Context) error {
	if r.keep.AccessLog == 0 {
		return nil
	}
	upTo := int64(math.MaxInt64)
	if r.forwards {
		sent, err := r.store.AccessSent(ctx)
		if err != nil {
			return err
		}
		upTo = sent.UpTo
	}
	now := r.now()
	deleted, err := r.store.RetainAccess(ctx, now.Add(-r.keep.AccessLog), upTo, now)
	if deleted > 0 {
		r.log.Info("lines of the access log deleted", "lines", deleted)
	}
	return err
}

func (r *retention) evidence(ctx context.Context) error {
	if r.keep.Evidence == 0 {
		return nil
	}
	before := r.now().Add(-r.keep.Evidence)
	days := int(r.keep.Evidence / (24 * time.Hour))
	erasure := tracker.Erasure{Fields: []string{history.EraseFiles}, Reason: fmt.Sprintf("retention.evidence: %dd", days)}
	for {
		var ids []sla.IncidentID
		ids, err := r.store.FilesUntil(ctx, before, retentionBatch)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			if _, err := r.tracker.Erase(leading(ctx), tracker.Request{Actor: itself}, id, erasure); err != nil {
				return fmt.Errorf("files of %s: %w", id, err)
			}
			r.log.Info("files of an incident erased", "incident", id)
		}
	}
	forgotten, err := r.store.ForgetOriginals(ctx, before, r.now())
	if forgotten > 0 {
		r.log.Info("originals of what came in without an incident erased", "originals", forgotten)
	}
	return err
}

// makeRetention makes the job; nil if everything is kept.
func (d *deployment) makeRetention() *retention {
	if d.config.Retention == (config.Retention{}) {
		return nil
	}
	return &retention{
		keep: d.config.Retention, store: d.store, tracker: d.tracker, forwards: d.config.Audit.Webhook != nil, now: wallNow, log: d.log,
	}
}
