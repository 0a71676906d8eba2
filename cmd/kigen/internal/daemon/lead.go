package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/notify"
	"kigen/sla/phrase"
	"kigen/store"
	"kigen/store/lease"
)

const (
	// leaderlessTooLong is the time without a leader after which a fallback alert is sent:
	// six times the length of an election after the leader was killed.
	leaderlessTooLong = 30 * time.Second
	leaderlessLook    = 5 * time.Second
)

// election takes part in the election of the replica that leads, and makes the fence that
// lets nothing out while this one does not. With a database of its own it always leads.
func (d *Daemon) election(address string) {
	name, err := os.Hostname()
	if err != nil {
		d.log.Warn("the machine's name can't be read", "error", err)
	}
	d.lease = d.store.Lease(name, address, clock, d.log)
	if d.lease.Contended() {
		d.fence = notify.NewFence(d.lease.Valid)
	}
}

// follow starts and stops the parts of a leader with the lease, until ctx ends.
func (d *Daemon) follow(ctx context.Context) {
	for {
		if err := d.align(context.WithoutCancel(ctx)); err != nil {
			d.report(err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-d.lease.Changed():
		}
	}
}

// align runs the parts of a leader while this replica leads. A leadership that was lost
// and won again meanwhile is another one: its parts begin anew.
func (d *Daemon) align(ctx context.Context) error {
	d.aligning.Lock()
	defer d.aligning.Unlock()
	term, leads := d.lease.Term()
	if d.ended || d.leads == leads && d.term == term {
		return nil
	}
	if d.leads {
		if err := d.resign(ctx); err != nil {
			return err
		}
	}
	if leads {
		d.leads, d.term = true, term
		d.present.Load().startLeading()
		d.leading.loop("watch loop", d.watch.run)
	}
	return nil
}

// resume makes due, once in each term, what the leader before had put back by its clock.
func (d *Daemon) resume(ctx context.Context) error {
	term, leads := d.lease.Term()
	if !leads || term == d.resumed {
		return nil
	}
	if err := d.store.RetryNow(ctx, wallNow()); err != nil {
		return err
	}
	d.resumed = term
	return nil
}

// resign ends the parts of a leader. The caller holds Daemon.aligning.
func (d *Daemon) resign(ctx context.Context) error {
	d.leads, d.term = false, lease.Term{}
	if err := d.leading.halt(ctx); err != nil {
		return fmt.Errorf("a part of the leader does not stop: %w", err)
	}
	if err := d.present.Load().leading.halt(ctx); err != nil {
		return fmt.Errorf("a part of the leader does not stop: %w", err)
	}
	return nil
}

// watchLeader tells people, once each time, when no replica has led for long: this one
// cannot alert anyone to a deadline.
func (d *Daemon) watchLeader(ctx context.Context) {
	tick := time.NewTicker(leaderlessLook)
	defer tick.Stop()
	told := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		since, failed := d.lease.Leaderless()
		if since > leaderlessTooLong && !told {
			d.present.Load().last.leaderless(ctx, since, failed)
		}
		told = since > leaderlessTooLong
	}
}

// suitedLook is the pause between two looks at what the database needs.
const suitedLook = 15 * time.Second

// watchSuited ends this replica when the database needs a newer kigen: another replica was
// upgraded further than this one can follow.
func (d *Daemon) watchSuited(ctx context.Context) {
	tick := time.NewTicker(suitedLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := d.store.Suited(ctx); errors.Is(err, store.ErrNewer) {
			d.report(err)
			return
		}
	}
}

// leaderless tells people that no replica leads. Each replica that notices says so: the
// database, by which they could agree, may be what is out of reach.
func (l *fallbackAlert) leaderless(ctx context.Context, since time.Duration, failed error) {
	say := catalog.In(l.writer.Lang)
	name, _ := os.Hostname() //nolint:errcheck // logged at the start
	lines := []string{say.Say("last_leaderless_note", "Name", name)}
	if failed != nil {
		lines = append(lines, phrase.Line(failed.Error()))
	}
	l.send(ctx, fmt.Sprintf("leaderless/%s/%d", name, wallNow().Add(-since).Unix()), catalog.Both("last_leaderless"), lines)
}

// led adds who leads, and a fault where no replica does.
func (d *deployment) led(h *web.Health) {
	if !d.lease.Contended() {
		return
	}
	if who, ok := d.lease.Leader(); ok {
		h.Leader = &web.LeaderHealth{Name: who.Name, Address: who.Address, Term: who.Number, Here: d.lease.Valid()}
	}
	if since, _ := d.lease.Leaderless(); since > leaderlessTooLong {
		h.Fault(true, catalog.Both("leaderless", "Length", lengthOf(since)))
	}
	if skew := d.lease.Skew(); skew > mostSkew || skew < -mostSkew {
		h.Unserving(catalog.Both("clock_differs", "Length", lengthOf(max(skew, -skew))))
	}
}

// mostSkew is how wrong the clock of a replica that serves may be, by the database's.
const mostSkew = 5 * time.Second
