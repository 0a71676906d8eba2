package reporting_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/schedule"
	"kigen/sla/outbox"
	"kigen/sla/report"
	"kigen/store"
	"kigen/store/storetest"
)

// office is a daemon's monthly job over a real database that was made on
// 2026-08-15, with a clock on the wall that a test sets.
type office struct {
	*reporting.Monthly
	db     *store.DB
	now    time.Time
	built  []string
	broken error
}

func newOffice(t *testing.T) *office {
	t.Helper()
	created := instant(t, "2026-08-15T12:00:00+09:00")
	db, err := store.Open(t.Context(), storetest.Path(t), created)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &office{db: db, now: created}
	o.Monthly = o.job(t)
	return o
}

func (o *office) job(t *testing.T) *reporting.Monthly {
	t.Helper()
	tokyo := zone(t, "Asia/Tokyo")
	cron, err := schedule.ParseCron("report.schedule", "CRON_TZ=Asia/Tokyo 0 9 1 * *", tokyo)
	if err != nil {
		t.Fatal(err)
	}
	return &reporting.Monthly{
		Schedule: cron, Zone: tokyo, To: []string{"soc", "lead"}, Store: o.db,
		Known: []string{"lead", "siem", "soc"}, Lang: "en",
		Prepare: func(_ context.Context, p report.Period) (*reporting.Message, error) {
			o.built = append(o.built, p.Label)
			return messageOf(p.Label), o.broken
		},
		Now: func() time.Time { return o.now }, Raised: func() {}, Log: slog.New(slog.DiscardHandler),
	}
}

// messageOf is a report that is ready to go out, as the first edition.
func messageOf(label string) *reporting.Message {
	return &reporting.Message{
		Edition: &store.Edition{Period: label, MadeAt: time.UnixMilli(0), Kigen: "test", Model: []byte("{}"), Clocks: []byte{0}},
		Note:    render.Note{Title: "report of " + label, Lines: []string{"fine"}, Link: "http://kigen/reports/" + label},
		Files:   []outbox.Attachment{{Name: "kigen-" + label + ".pdf", Type: "application/pdf", Data: []byte(label)}},
	}
}

// at moves the clock on the wall and catches up.
func (o *office) at(t *testing.T, when string) {
	t.Helper()
	o.now = instant(t, when)
	if err := o.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// sent are the titles and due instants of what lies in a destination's outbox.
func (o *office) sent(t *testing.T, destination string) []string {
	t.Helper()
	var sent []string
	for {
		d, err := o.db.NextDelivery(t.Context(), destination, time.Now().AddDate(100, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if d == nil {
			return sent
		}
		var body struct {
			Title string
			Lines []string
			Link  string
		}
		if err := json.Unmarshal(d.Alert.Body, &body); err != nil {
			t.Fatal(err)
		}
		if d.Alert.Reason != outbox.ReasonReport || len(body.Lines) != 1 || body.Link == "" || len(d.Files) != 1 {
			t.Errorf("alert = %+v, body %s", d.Alert, d.Alert.Body)
		}
		sent = append(sent, d.Alert.Key+" at "+d.Alert.At.In(o.Zone).Format(time.RFC3339)+": "+body.Title)
		if err := o.db.Sent(t.Context(), d.ID, outbox.Receipt{}, o.now); err != nil {
			t.Fatal(err)
		}
	}
}

const octobers = "report/2026-10 at 2026-11-01T09:00:00+09:00: report of 2026-10"

func (o *office) expect(t *testing.T, want ...string) {
	t.Helper()
	for _, destination := range []string{"soc", "lead"} {
		got := o.sent(t, destination)
		if len(got) != len(want) {
			t.Fatalf("%s got %q, want %q", destination, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s got %q, want %q", destination, got[i], want[i])
			}
		}
	}
}

func TestAReportIsRaisedOnceAtItsInstant(t *testing.T) {
	o := newOffice(t)
	o.at(t, "2026-09-01T09:00:00+09:00")
	o.at(t, "2026-10-01T09:00:00+09:00")
	o.expect(t, "report/2026-08 at 2026-09-01T09:00:00+09:00: report of 2026-08", "report/2026-09 at 2026-10-01T09:00:00+09:00: report of 2026-09")
	o.at(t, "2026-11-01T08:59:59+09:00")
	o.expect(t)
	o.at(t, "2026-11-01T09:00:00+09:00")
	o.at(t, "2026-11-01T09:00:15+09:00")
	o.at(t, "2026-11-30T23:59:59+09:00")
	o.expect(t, octobers)
	if len(o.built) != 3 {
		t.Errorf("built %q, want each month once", o.built)
	}
}

func TestAReportIsCaughtUpAfterDowntime(t *testing.T) {
	o := newOffice(t)
	o.at(t, "2026-11-20T03:00:00+09:00") // the minute passed 19 days ago
	o.expect(t, octobers)                // and August and September are not made up for
	if len(o.built) != 1 {
		t.Errorf("built %q, want October alone", o.built)
	}
}

func TestNoReportOfTheTimeBeforeTheDatabase(t *testing.T) {
	o := newOffice(t)
	o.at(t, "2026-08-15T12:00:00+09:00")
	o.at(t, "2026-09-01T08:00:00+09:00") // July's instant was 1 August
	o.expect(t)
	if len(o.built) != 0 {
		t.Errorf("built %q", o.built)
	}
}

func TestWithoutDestinationsNothingIsBuilt(t *testing.T) {
	o := newOffice(t)
	o.To = nil
	o.at(t, "2026-11-20T03:00:00+09:00")
	if len(o.built) != 0 {
		t.Errorf("built %q", o.built)
	}
}

func TestAFailedReportIsTriedAgain(t *testing.T) {
	o := newOffice(t)
	o.now = instant(t, "2026-11-01T09:00:00+09:00")
	o.broken = errors.New("disk full")
	if err := o.CatchUp(t.Context()); !errors.Is(err, o.broken) {
		t.Fatalf("got %v, want the failure", err)
	}
	o.expect(t)
	o.broken = nil
	o.at(t, "2026-11-01T09:00:15+09:00")
	o.expect(t, octobers)
}

// Two daemons on one database both find the report missing and both build it.
func TestTwoDaemonsTellOnce(t *testing.T) {
	o := newOffice(t)
	o.now = instant(t, "2026-11-01T09:00:00+09:00")
	var together sync.WaitGroup
	together.Add(2)
	var raised sync.Map
	var jobs sync.WaitGroup
	for i := range 2 {
		job := o.job(t)
		job.Prepare = func(context.Context, report.Period) (*reporting.Message, error) {
			together.Done()
			together.Wait() // neither raises before both have built
			return messageOf("2026-10"), nil
		}
		job.Raised = func() { raised.Store(i, true) }
		jobs.Go(func() {
			if err := job.CatchUp(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	jobs.Wait()
	o.expect(t, octobers)
	winners := 0
	raised.Range(func(any, any) bool { winners++; return true })
	if winners != 1 {
		t.Errorf("%d daemons woke their senders, want 1", winners)
	}
}

// The loop itself, on virtual time: prompt at the instant, once, and through a
// failure.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		time.Sleep(time.Until(instant(t, "2026-10-31T23:00:00+09:00")))
		var raisedAt []time.Time
		failures := 0
		o.Now = time.Now
		build := o.Prepare
		o.Prepare = func(ctx context.Context, p report.Period) (*reporting.Message, error) {
			if p.Label == "2026-10" && failures < 2 {
				failures++
				return nil, errors.New("locked")
			}
			return build(ctx, p)
		}
		o.Raised = func() { raisedAt = append(raisedAt, time.Now()) }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- o.Run(ctx) }()
		time.Sleep(12 * time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		// September's is caught up at the start, October's comes two retries late.
		want := []string{"2026-10-31T23:00:00+09:00", "2026-11-01T09:00:30+09:00"}
		if len(raisedAt) != len(want) {
			t.Fatalf("raised at %v, want %v", raisedAt, want)
		}
		for i := range want {
			if !raisedAt[i].Equal(instant(t, want[i])) {
				t.Errorf("raised at %s, want %s", raisedAt[i].In(o.Zone), want[i])
			}
		}
		o.expect(t, "report/2026-09 at 2026-10-01T09:00:00+09:00: report of 2026-09", octobers)
	})
}

// A month whose schedule never came is reported at the next date, with the
// month that falls to it; what lies before the database is nobody's.
func TestASkippedMonthIsReportedAtTheNextDate(t *testing.T) {
	o := newOffice(t)
	cron, err := schedule.ParseCron("report.schedule", "CRON_TZ=Asia/Tokyo 0 9 31 * *", zone(t, "Asia/Tokyo"))
	if err != nil {
		t.Fatal(err)
	}
	o.Schedule = cron
	for _, step := range []struct {
		at   string
		want []string
	}{
		{"2026-08-31T09:00:00+09:00", []string{"2026-07"}}, // June's report would have come on 31 July
		{"2026-10-30T23:59:59+09:00", nil},                 // September has 30 days
		{"2026-10-31T09:00:00+09:00", []string{"2026-08", "2026-09"}},
		{"2026-10-31T09:00:15+09:00", nil},
		{"2026-12-31T09:00:00+09:00", []string{"2026-10", "2026-11"}},
		{"2027-01-31T09:00:00+09:00", []string{"2026-12"}},
		{"2027-03-31T09:00:00+09:00", []string{"2027-01", "2027-02"}},
		{"2027-08-02T09:00:00+09:00", []string{"2027-05", "2027-06"}}, // down from April on: only the newest date is made up for
	} {
		o.built = nil
		o.at(t, step.at)
		if !slices.Equal(o.built, step.want) {
			t.Errorf("at %s built %q, want %q", step.at, o.built, step.want)
		}
	}
}
