package accesslog

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/store"
)

// Lines that the process log takes of each kind, per second and in a burst.
const (
	printRate  = 5
	printBurst = 100
)

// Printer writes new lines of the access log to the process log. Each kind has
// a rate of its own, so that refusals do not displace the rest.
type Printer struct {
	Lines Lines
	Log   *slog.Logger // of lines
	Own   *slog.Logger // of the printer's own failures
	Now   func() time.Time

	last    int64
	limits  map[string]*rate.Limiter
	skipped map[string]int
}

// Begin skips the lines that an earlier process has printed.
func (p *Printer) Begin(ctx context.Context) error {
	lines, err := p.Lines.AccessLog(ctx, 1)
	if len(lines) > 0 {
		p.last = lines[0].ID
	}
	return err
}

// Run prints until ctx ends.
func (p *Printer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := p.once(ctx); err != nil && ctx.Err() == nil {
			p.Own.Error("access log not read", "error", err)
		}
		schedule.Pause(ctx, poll)
	}
}

// once prints the lines that are new.
func (p *Printer) once(ctx context.Context) error {
	for {
		lines, err := p.Lines.AccessLogAfter(ctx, p.last, batch)
		if err != nil {
			return err
		}
		for i := range lines {
			p.print(ctx, &lines[i])
			p.last = lines[i].ID
		}
		if len(lines) < batch {
			return nil
		}
	}
}

func (p *Printer) print(ctx context.Context, l *store.AccessLine) {
	if p.limits == nil {
		p.limits, p.skipped = map[string]*rate.Limiter{}, map[string]int{}
	}
	if p.limits[l.Kind] == nil {
		p.limits[l.Kind] = rate.NewLimiter(printRate, printBurst)
	}
	if !p.limits[l.Kind].AllowN(p.Now(), 1) {
		p.skipped[l.Kind]++
		return
	}
	args := []any{"id", l.ID, "at", l.At, "actor", l.Actor, "kind", l.Kind, "subject", l.Subject, "origin", l.Origin}
	if n := p.skipped[l.Kind]; n > 0 {
		args = append(args, "skipped", n)
		p.skipped[l.Kind] = 0
	}
	p.Log.InfoContext(ctx, "access", args...)
}
