package tracker_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/policy"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// world is a tracker over a database of its own, with a clock that stands
// still until it is set.
type world struct {
	*tracker.Tracker
	t    testing.TB
	db   *store.DB
	now  time.Time
	tape *tape // what was written; shared with the store's wrapper
}

// policies warn the SOC half way, repeat every 4 hours, and tell the lead 2
// hours past due.
func policies() policy.Policies {
	return policy.Policies{
		{To: []string{"soc"}, Warn: []policy.Lead{{Share: 0.5}}, Repeat: 4 * time.Hour},
		{To: []string{"lead"}, After: 2 * time.Hour},
	}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: at(t, "2026-06-10 10:00"), tape: &tape{}}
	db, err := store.Open(t.Context(), storetest.Path(t), w.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	w.db = db
	w.Tracker = &tracker.Tracker{
		Store: &taped{Store: db, tape: w.tape}, Catalogue: catalogue(t), Policies: policies(),
		Now: func() time.Time { return w.now },
	}
	return w
}

// at reads a wall-clock time of Tokyo, to the minute or to the second.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	const layout = "2006-01-02 15:04:05"
	instant, err := time.ParseInLocation(layout[:len(s)], s, tokyo)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func (w *world) at(s string) time.Time { w.t.Helper(); return at(w.t, s) }

// set moves the wall clock and takes the step that the watch loop would take.
func (w *world) set(s string) {
	w.t.Helper()
	w.now = w.at(s)
	if _, err := w.Step(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// log logs an incident that occurred at the given time.
func (w *world) log(vendor, occurred string) *sla.Incident {
	w.t.Helper()
	inc, err := w.Log(w.t.Context(), by("ueda"), w.entry(vendor, occurred))
	if err != nil {
		w.t.Fatal(err)
	}
	return inc
}

func (w *world) entry(vendor, occurred string) tracker.Entry {
	w.t.Helper()
	e := tracker.Entry{Vendor: vendor, Title: "outage"}
	if occurred != "" {
		e.Times[sla.Occurred] = sla.Stamp{At: w.at(occurred)}
	}
	return e
}

func (w *world) read(id sla.IncidentID) *sla.Incident {
	w.t.Helper()
	var inc *sla.Incident
	err := w.db.View(w.t.Context(), func(r tracker.Reader) (err error) {
		inc, err = r.Incident(w.t.Context(), id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return inc
}

func (w *world) events(id sla.IncidentID) []sla.Event {
	w.t.Helper()
	var events []sla.Event
	err := w.db.View(w.t.Context(), func(r tracker.Reader) (err error) {
		events, err = r.Events(w.t.Context(), id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return events
}

// kinds lists an incident's history by kind and actor, and checks its chain.
func (w *world) kinds(id sla.IncidentID) []string {
	w.t.Helper()
	var list []string
	prev := ""
	for i, e := range w.events(id) {
		if !e.Intact() || e.Prev != prev || e.Seq != int64(i+1) {
			w.t.Errorf("event %d of %s: the chain is broken", i+1, id)
		}
		prev = e.Hash
		list = append(list, fmt.Sprint(e.Kind, " by ", e.Actor))
	}
	return list
}

// last decodes the body of the last event of a kind.
func last[T any](w *world, id sla.IncidentID, kind sla.EventKind) (body T) {
	w.t.Helper()
	for _, e := range slices.Backward(w.events(id)) {
		if e.Kind == kind {
			if err := json.Unmarshal(e.Body, &body); err != nil {
				w.t.Fatal(err)
			}
			return body
		}
	}
	w.t.Fatalf("%s has no event %s", id, kind)
	return body
}

func (w *world) wantState(id sla.IncidentID, want ...sla.State) {
	w.t.Helper()
	var got []sla.State
	for _, c := range w.read(id).Clocks {
		got = append(got, c.State)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("at %s clocks are %v, want %v", w.now.Format(time.DateTime), got, want)
	}
}

// wantTold compares what was raised since the last call.
func (w *world) wantTold(want ...string) {
	w.t.Helper()
	if got := w.tape.raised; !slices.Equal(got, want) {
		w.t.Errorf("at %s told %q, want %q", w.now.Format(time.DateTime), got, want)
	}
	w.tape.raised = nil
}

func (w *world) wantKinds(id sla.IncidentID, want ...string) {
	w.t.Helper()
	if got := w.kinds(id); !slices.Equal(got, want) {
		w.t.Errorf("history:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// dump is the whole content of the database, table by table.
func (w *world) dump() string {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+w.db.Path()+"?mode=ro")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var all strings.Builder
	for _, table := range rows(w.t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`) {
		fmt.Fprintln(&all, "==", table)
		for _, row := range rows(w.t, db, `SELECT * FROM "`+table+`"`) {
			fmt.Fprintln(&all, row)
		}
	}
	return all.String()
}

// raw opens the database beside the store.
func (w *world) raw() *sql.DB {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+w.db.Path())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// rows reads a result as text, a line a row.
func rows(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	result, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = result.Close() }()
	columns, err := result.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for result.Next() {
		values, pointers := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := result.Scan(pointers...); err != nil {
			t.Fatal(err)
		}
		fields := make([]string, len(values))
		for i, v := range values {
			if text, ok := v.([]byte); ok {
				v = string(text)
			}
			fields[i] = fmt.Sprint(v)
		}
		list = append(list, strings.Join(fields, " | "))
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// tape notes what a tracker writes, and fails the call that it is told to.
type tape struct {
	calls  int // of the transaction that runs or ran last
	failAt int // 0: never
	raised []string
	writes []string // names of the calls of the last transaction
}

// errInjected is a failure of the store, not of the incident.
var errInjected = fmt.Errorf("injected: %w", tracker.ErrUnavailable)

// taped is a store whose transactions run past a tape.
type taped struct {
	tracker.Store
	tape *tape
}

func (s *taped) Update(ctx context.Context, f func(tracker.Tx) error) error {
	s.tape.calls, s.tape.writes = 0, nil
	return s.Store.Update(ctx, func(tx tracker.Tx) error { return f(&tapedTx{tx, s.tape}) })
}

type tapedTx struct {
	tracker.Tx
	tape *tape
}

func (x *tapedTx) step(name string) error {
	x.tape.calls++
	x.tape.writes = append(x.tape.writes, name)
	if x.tape.calls == x.tape.failAt {
		return errInjected
	}
	return nil
}

func (x *tapedTx) Incident(ctx context.Context, id sla.IncidentID) (*sla.Incident, error) {
	if err := x.step("Incident"); err != nil {
		return nil, err
	}
	return x.Tx.Incident(ctx, id)
}

func (x *tapedTx) KeyUse(ctx context.Context, key string) (tracker.KeyUse, error) {
	if err := x.step("KeyUse"); err != nil {
		return tracker.KeyUse{}, err
	}
	return x.Tx.KeyUse(ctx, key)
}

func (x *tapedTx) HasAlert(ctx context.Context, key string) (bool, error) {
	if err := x.step("HasAlert"); err != nil {
		return false, err
	}
	return x.Tx.HasAlert(ctx, key)
}

func (x *tapedTx) NotAlerted(ctx context.Context, clock *sla.Clock, since time.Time, to []string) ([]string, error) {
	if err := x.step("NotAlerted"); err != nil {
		return nil, err
	}
	return x.Tx.NotAlerted(ctx, clock, since, to)
}

func (x *tapedTx) InsertIncident(ctx context.Context, inc *sla.Incident) error {
	if err := x.step("InsertIncident"); err != nil {
		return err
	}
	return x.Tx.InsertIncident(ctx, inc)
}

func (x *tapedTx) UpdateIncident(ctx context.Context, inc *sla.Incident) error {
	if err := x.step("UpdateIncident"); err != nil {
		return err
	}
	return x.Tx.UpdateIncident(ctx, inc)
}

func (x *tapedTx) InsertClock(ctx context.Context, c *sla.Clock) error {
	if err := x.step("InsertClock"); err != nil {
		return err
	}
	return x.Tx.InsertClock(ctx, c)
}

func (x *tapedTx) UpdateClock(ctx context.Context, c *sla.Clock, was sla.State) error {
	if err := x.step("UpdateClock"); err != nil {
		return err
	}
	return x.Tx.UpdateClock(ctx, c, was)
}

func (x *tapedTx) InsertNotice(ctx context.Context, n *sla.Notice) error {
	if err := x.step("InsertNotice"); err != nil {
		return err
	}
	return x.Tx.InsertNotice(ctx, n)
}

func (x *tapedTx) WithdrawNotice(ctx context.Context, n *sla.Notice) error {
	if err := x.step("WithdrawNotice"); err != nil {
		return err
	}
	return x.Tx.WithdrawNotice(ctx, n)
}

func (x *tapedTx) KeepEvidence(ctx context.Context, sha256 string, content []byte) error {
	if err := x.step("KeepEvidence"); err != nil {
		return err
	}
	return x.Tx.KeepEvidence(ctx, sha256, content)
}

func (x *tapedTx) InsertNote(ctx context.Context, n *sla.Note) error {
	if err := x.step("InsertNote"); err != nil {
		return err
	}
	return x.Tx.InsertNote(ctx, n)
}

func (x *tapedTx) InsertChaser(ctx context.Context, c *sla.Chaser) error {
	if err := x.step("InsertChaser"); err != nil {
		return err
	}
	return x.Tx.InsertChaser(ctx, c)
}

func (x *tapedTx) AppendEvent(ctx context.Context, e *sla.Event) error {
	if err := x.step("AppendEvent"); err != nil {
		return err
	}
	return x.Tx.AppendEvent(ctx, e)
}

func (x *tapedTx) KeepTerms(ctx context.Context, terms sla.Terms) error {
	if err := x.step("KeepTerms"); err != nil {
		return err
	}
	return x.Tx.KeepTerms(ctx, terms)
}

func (x *tapedTx) BindKey(ctx context.Context, u tracker.KeyUse) error {
	if err := x.step("BindKey"); err != nil {
		return err
	}
	return x.Tx.BindKey(ctx, u)
}

func (x *tapedTx) Raise(ctx context.Context, a *outbox.Alert) (bool, error) {
	if err := x.step("Raise"); err != nil {
		return false, err
	}
	raised, err := x.Tx.Raise(ctx, a)
	if raised && err == nil {
		for _, to := range a.To {
			x.tape.raised = append(x.tape.raised, fmt.Sprint(to, " ", a.Reason, " of ", a.Incident))
		}
	}
	return raised, err
}

func (x *tapedTx) Supersede(ctx context.Context, clock sla.ClockID, to []string) error {
	if err := x.step("Supersede"); err != nil {
		return err
	}
	return x.Tx.Supersede(ctx, clock, to)
}

func (x *tapedTx) QueueUpdates(ctx context.Context, id sla.IncidentID, at time.Time) error {
	if err := x.step("QueueUpdates"); err != nil {
		return err
	}
	return x.Tx.QueueUpdates(ctx, id, at)
}

// catalogue holds one vendor of each sort.
func catalogue(t testing.TB) sla.Catalogue {
	t.Helper()
	cal := desk(t)
	hours := func(n int) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: time.Duration(n) * time.Hour} }
	promise := func(vendor string, start sla.Moment, due sla.Rule) *sla.Promise {
		return &sla.Promise{ID: "notice", Vendor: vendor, Strength: sla.Firm, Start: start, Due: due, Calendar: cal}
	}
	gated := promise("gated", sla.Detected, hours(6))
	gated.Gate = sla.Gate{Impact: []sla.Impact{sla.ImpactSerious}}
	both := promise("both", sla.Occurred, hours(6))
	both.Channels = sla.Channels{All: []string{"phone", "email"}}
	staged := promise("staged", sla.Occurred, sla.Rule{})
	staged.Stages = []sla.Stage{
		{ID: "first", Name: calendar.Text{Ja: "第一報", En: "First notice"}, Due: hours(6)},
		{ID: "final", Name: calendar.Text{Ja: "最終報告", En: "Final report"}, After: "first", Due: sla.Rule{Op: sla.OpBusinessDays, Count: 2, Ends: sla.Close}},
	}
	return sla.Catalogue{
		{ID: "six", Services: []string{"storage", "mail"}, Promises: []*sla.Promise{promise("six", sla.Occurred, hours(6))}},
		{ID: "gated", Promises: []*sla.Promise{gated}},
		{ID: "both", Promises: []*sla.Promise{both}},
		{ID: "staged", Promises: []*sla.Promise{staged}},
		{ID: "desk", Promises: []*sla.Promise{promise("desk", sla.Occurred, sla.Rule{Op: sla.OpBusinessDays, Count: 1, Ends: sla.Close})}},
		{ID: "none", Promises: []*sla.Promise{promise("none", sla.Occurred, sla.Rule{Op: sla.OpNone})}},
	}
}

// desk is open Monday to Friday from 9 to 17 in Tokyo.
func desk(t testing.TB) *calendar.Calendar { return deskCalendar(t, 2020, 2035) }

func deskCalendar(t testing.TB, first, last int) *calendar.Calendar {
	t.Helper()
	spec := calendar.Spec{ID: "desk", Zone: at(t, "2026-01-01 00:00").Location(), FirstYear: first, LastYear: last}
	for day := time.Monday; day <= time.Friday; day++ {
		spec.Weekly[day] = []calendar.Span{{Open: 9 * 60, Close: 17 * 60}}
	}
	cal, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// by is a request of a person without an idempotency key.
func by(actor string) tracker.Request { return tracker.Request{Actor: actor} }
