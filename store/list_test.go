package store_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

// freshDatabases returns a function that opens another empty database each
// time. Copying a migrated file is faster than migrating a new one.
func freshDatabases(t *testing.T) func(*rapid.T) *store.DB {
	t.Helper()
	if onServer {
		return func(rt *rapid.T) *store.DB {
			db, err := store.Open(t.Context(), pgtest.URL(t), base)
			if err != nil {
				rt.Fatal(err)
			}
			return db
		}
	}
	dir, n := t.TempDir(), 0
	first, err := store.Open(t.Context(), filepath.Join(dir, "empty.db"), base)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	empty, err := os.ReadFile(first.Path())
	if err != nil {
		t.Fatal(err)
	}
	return func(rt *rapid.T) *store.DB {
		n++
		path := filepath.Join(dir, fmt.Sprintf("%d.db", n))
		if err := os.WriteFile(path, empty, 0o600); err != nil {
			rt.Fatal(err)
		}
		db, err := store.Open(t.Context(), path, base)
		if err != nil {
			rt.Fatal(err)
		}
		return db
	}
}

// drawClock draws a clock out of few instants, so that many are equal.
func drawClock(t *rapid.T) sla.Clock {
	instant := func(label string) time.Time {
		if rapid.IntRange(0, 3).Draw(t, label+" unknown") == 0 {
			return time.Time{}
		}
		return base.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, label)) * time.Hour)
	}
	return sla.Clock{
		State: rapid.SampledFrom(sla.States[:]).Draw(t, "state"),
		Due:   instant("due"),
		Start: sla.Start{At: instant("start")},
	}
}

// drawIncidents fills a database: incidents in one transaction, then some of
// their clocks changed in another.
func drawIncidents(ctx context.Context, t *rapid.T, db *store.DB) []*sla.Incident {
	var all []*sla.Incident
	err := db.Update(ctx, func(tx tracker.Tx) error {
		for range rapid.IntRange(0, 25).Draw(t, "incidents") {
			inc := &sla.Incident{
				Vendor: rapid.SampledFrom([]string{"sotas", "other"}).Draw(t, "vendor"),
				Title:  rapid.SampledFrom([]string{"100% Down", "down_time", "障害"}).Draw(t, "title"),
			}
			inc.Severity = drawSeverity(t)
			inc.Times[sla.Logged].At = base.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "logged")) * time.Hour)
			if err := insert(ctx, tx, inc, rapid.SliceOfN(rapid.Custom(drawClock), 0, 3).Draw(t, "clocks")...); err != nil {
				return err
			}
			all = append(all, inc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(ctx, func(tx tracker.Tx) error {
		for _, inc := range all {
			if rapid.IntRange(0, 3).Draw(t, "amend") == 0 {
				inc.Severity = drawSeverity(t)
				if err := tx.UpdateIncident(ctx, inc); err != nil {
					return err
				}
			}
			for i := range inc.Clocks {
				if !rapid.Bool().Draw(t, "change") {
					continue
				}
				c, was := &inc.Clocks[i], inc.Clocks[i].State
				drawn := drawClock(t)
				c.State, c.Due, c.Start = drawn.State, drawn.Due, drawn.Start
				if err := tx.UpdateClock(ctx, c, was); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func drawSeverity(t *rapid.T) sla.Severity {
	return rapid.SampledFrom([]sla.Severity{"", sla.SeverityCritical, sla.SeverityLow}).Draw(t, "severity")
}

func drawQuery(t *rapid.T) tracker.Query {
	q := tracker.Query{
		Vendor: rapid.SampledFrom([]string{"", "sotas", "other", "none"}).Draw(t, "query vendor"),
		State:  rapid.SampledFrom(append([]sla.State{"", ""}, sla.States[:]...)).Draw(t, "query state"),
		Text:   rapid.SampledFrom([]string{"", "", "DOWN", "0%", "n_t", "障", "KGN-3", "7"}).Draw(t, "text"),
		Limit:  rapid.IntRange(1, 7).Draw(t, "limit"),
		Severity: rapid.SampledFrom([]sla.Severity{
			"", "", sla.SeverityUnknown, sla.SeverityCritical, sla.SeverityHigh,
		}).Draw(t, "query severity"),
	}
	hours := func(label string) time.Time {
		return base.Add(time.Duration(rapid.IntRange(-4, 4).Draw(t, label)) * time.Hour)
	}
	if rapid.Bool().Draw(t, "from known") {
		q.From = hours("from")
	}
	if rapid.Bool().Draw(t, "to known") {
		q.To = hours("to")
	}
	return q
}

// The oracle: the words of tracker.Query and tracker.Page, over slices.

func attributedAt(inc *sla.Incident, c *sla.Clock) time.Time {
	lastInTime := c.Due
	if !c.Due.IsZero() {
		lastInTime = c.Due.Add(-time.Millisecond)
	}
	return cmp.Or(lastInTime, c.Start.At, inc.Times[sla.Logged].At)
}

func inMonth(q *tracker.Query, at time.Time) bool {
	return (q.From.IsZero() || !at.Before(q.From)) && (q.To.IsZero() || at.Before(q.To))
}

// naiveStates are the states of the clocks that a query looks at, and whether
// the incident is selected at all, but for its state.
func naiveStates(q *tracker.Query, inc *sla.Incident) (states map[sla.State]bool, selected bool) {
	states = map[sla.State]bool{}
	everMonth := q.From.IsZero() && q.To.IsZero()
	for i := range inc.Clocks {
		if everMonth || inMonth(q, attributedAt(inc, &inc.Clocks[i])) {
			states[inc.Clocks[i].State] = true
		}
	}
	text := strings.Contains(strings.ToLower(inc.Title), strings.ToLower(q.Text)) ||
		q.Text == inc.ID.String() || q.Text == fmt.Sprint(int64(inc.ID))
	graded := q.Severity == "" || q.Severity == cmp.Or(inc.Severity, sla.SeverityUnknown)
	return states, (everMonth || len(states) > 0) && (q.Vendor == "" || q.Vendor == inc.Vendor) && graded && text
}

// naivePlace is the state that an incident stands under, and where in it: by
// its clocks' dues, or for a month by the instants that put them there, counted
// backwards in a state that is settled.
func naivePlace(q *tracker.Query, inc *sla.Incident) (rank int, key int64) {
	rank, key = len(sla.States), math.MaxInt64
	everMonth := q.From.IsZero() && q.To.IsZero()
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		at := c.Due
		if !everMonth {
			at = attributedAt(inc, c)
			if !inMonth(q, at) || q.State != "" && q.State != c.State {
				continue
			}
		}
		k := int64(math.MaxInt64)
		if !at.IsZero() {
			k = at.UnixMilli()
			if !slices.Contains([]sla.State{sla.Overdue, sla.AtRisk, sla.Running, sla.Pending}, c.State) {
				k = -k
			}
		}
		if r := slices.Index(sla.States[:], c.State); r < rank {
			rank, key = r, k
		} else if r == rank {
			key = min(key, k)
		}
	}
	return rank, key
}

func naiveList(q tracker.Query, all []*sla.Incident) (ids []sla.IncidentID, counts map[sla.State]int) {
	counts = map[sla.State]int{}
	order := func(a, b *sla.Incident) int {
		rankA, keyA := naivePlace(&q, a)
		rankB, keyB := naivePlace(&q, b)
		return cmp.Or(cmp.Compare(rankA, rankB), cmp.Compare(keyA, keyB), cmp.Compare(b.ID, a.ID))
	}
	for _, inc := range slices.SortedFunc(slices.Values(all), order) {
		states, selected := naiveStates(&q, inc)
		if !selected {
			continue
		}
		for s := range states {
			counts[s]++
		}
		if q.State == "" || states[q.State] {
			ids = append(ids, inc.ID)
		}
	}
	return ids, counts
}

// TestPagesAgainstANaiveSort: the pages of any query together are all that it
// selects, in order, each incident once; and every page has the right counts.
func TestPagesAgainstANaiveSort(t *testing.T) {
	ctx, fresh := t.Context(), freshDatabases(t)
	rapid.Check(t, func(t *rapid.T) {
		db := fresh(t)
		defer db.Close()
		all := drawIncidents(ctx, t, db)
		for range 5 {
			q := drawQuery(t)
			wantIDs, wantCounts := naiveList(q, all)
			var got []sla.IncidentID
			for pages := 0; ; pages++ {
				page, err := db.List(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				if !maps.Equal(page.Counts, wantCounts) {
					t.Fatalf("%+v: counts %v, want %v", q, page.Counts, wantCounts)
				}
				if pages > 0 && len(page.Incidents) == 0 {
					t.Fatalf("%+v: page %d was announced and is empty", q, pages)
				}
				if len(page.Incidents) > q.Limit || pages > len(all) {
					t.Fatalf("%+v: page %d holds %d incidents", q, pages, len(page.Incidents))
				}
				for _, inc := range page.Incidents {
					got = append(got, inc.ID)
				}
				if page.Next == "" {
					break
				}
				q.Cursor = page.Next
			}
			if !slices.Equal(got, wantIDs) {
				t.Fatalf("%+v: got %v, want %v", q, got, wantIDs)
			}
		}
		if err := db.VerifyRows(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAttributedAgainstANaiveFilter: the stream holds each incident with a
// clock in the time asked for once, by its earliest such clock.
func TestAttributedAgainstANaiveFilter(t *testing.T) {
	ctx, fresh := t.Context(), freshDatabases(t)
	rapid.Check(t, func(t *rapid.T) {
		db := fresh(t)
		defer db.Close()
		all := drawIncidents(ctx, t, db)
		q := tracker.Query{
			From: base.Add(time.Duration(rapid.IntRange(-4, 4).Draw(t, "from")) * time.Hour),
			To:   base.Add(time.Duration(rapid.IntRange(-4, 4).Draw(t, "to")) * time.Hour),
		}
		want := naiveAttributed(&q, all)
		var got []sla.IncidentID
		err := db.Attributed(ctx, q.From, q.To, func(inc *sla.Incident) error {
			got = append(got, inc.ID)
			if whole := all[inc.ID-1]; len(inc.Clocks) != len(whole.Clocks) {
				t.Errorf("%s comes with %d of %d clocks", inc.ID, len(inc.Clocks), len(whole.Clocks))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("from %s to %s: got %v, want %v", q.From, q.To, got, want)
		}
	})
}

func naiveAttributed(q *tracker.Query, all []*sla.Incident) (ids []sla.IncidentID) {
	type first struct {
		at    time.Time
		clock sla.ClockID
		id    sla.IncidentID
	}
	var firsts []first
	for _, inc := range all {
		for i := range inc.Clocks {
			if at := attributedAt(inc, &inc.Clocks[i]); inMonth(q, at) {
				firsts = append(firsts, first{at, inc.Clocks[i].ID, inc.ID})
			}
		}
	}
	slices.SortFunc(firsts, func(a, b first) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.clock, b.clock)) })
	for _, f := range firsts {
		if !slices.Contains(ids, f.id) {
			ids = append(ids, f.id)
		}
	}
	return ids
}

// vendorsInOrder strings together the vendors of all incidents, as they are listed.
func vendorsInOrder(t *testing.T, db *store.DB) (vendors string) {
	t.Helper()
	page, err := db.List(t.Context(), tracker.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, inc := range page.Incidents {
		vendors += inc.Vendor
	}
	return vendors
}

// TestSettledIncidentsAreListedLatestFirst: of what was late, this week's comes
// before that of years ago, whatever was logged first.
func TestSettledIncidentsAreListedLatestFirst(t *testing.T) {
	db := open(t)
	at := func(hours int) time.Time { return base.Add(time.Duration(hours) * time.Hour) }
	logged(t, db, "a", sla.Clock{State: sla.Late, Due: at(3)}, sla.Clock{State: sla.Late, Due: at(9)})
	logged(t, db, "b", sla.Clock{State: sla.Late, Due: at(5)})
	logged(t, db, "c", sla.Clock{State: sla.Late, Due: at(1)})
	logged(t, db, "d", sla.Clock{State: sla.NoCommitment})
	logged(t, db, "e", sla.Clock{State: sla.NoCommitment})
	if got := vendorsInOrder(t, db); got != "abced" {
		t.Errorf("order is %s, want abced", got)
	}
}

// TestOrderGoesByTheFirstStatesSoonestDue: the overdue clock that is oldest
// counts, not one that is settled or due later.
func TestOrderGoesByTheFirstStatesSoonestDue(t *testing.T) {
	db := open(t)
	at := func(hours int) time.Time { return base.Add(time.Duration(hours) * time.Hour) }
	logged(t, db, "a", sla.Clock{State: sla.Overdue, Due: at(3)}, sla.Clock{State: sla.Met, Due: at(0)})
	logged(t, db, "b", sla.Clock{State: sla.Overdue, Due: at(9)}, sla.Clock{State: sla.Overdue, Due: at(2)})
	logged(t, db, "c", sla.Clock{State: sla.Overdue}, sla.Clock{State: sla.Running, Due: at(1)})
	logged(t, db, "d", sla.Clock{State: sla.Overdue, Due: at(2)})
	if got := vendorsInOrder(t, db); got != "dbac" {
		t.Errorf("order is %s, want dbac", got)
	}
}

// TestAttributedGoesByClocksInside: an incident with an earlier clock outside
// the time asked for comes by its clock inside.
func TestAttributedGoesByClocksInside(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "a", sla.Clock{State: sla.Met, Due: base.AddDate(0, -1, 0)}, sla.Clock{State: sla.Met, Due: base.Add(time.Millisecond)})
	n := 0
	err := db.Attributed(t.Context(), base, base.Add(time.Hour), func(got *sla.Incident) error {
		n++
		if got.ID != inc.ID || len(got.Clocks) != 2 {
			t.Errorf("got %s", asJSON(t, got))
		}
		return nil
	})
	if n != 1 || err != nil {
		t.Errorf("streamed %d incidents, %v", n, err)
	}
}

// TestAttributedCrossesItsBatches streams more than is read at once, with two
// clocks an incident that lie far apart.
func TestAttributedCrossesItsBatches(t *testing.T) {
	db := open(t)
	const incidents = 450
	update(t, db, func(tx tracker.Tx) error {
		for i := range incidents {
			at := base.Add(time.Duration(i)*time.Minute + time.Millisecond)
			err := insert(t.Context(), tx, &sla.Incident{Vendor: "sotas"},
				sla.Clock{State: sla.Met, Due: at.AddDate(0, 0, 7)}, sla.Clock{State: sla.Met, Due: at})
			if err != nil {
				return err
			}
		}
		return nil
	})
	next := sla.IncidentID(1)
	err := db.Attributed(t.Context(), base, base.AddDate(0, 1, 0), func(inc *sla.Incident) error {
		if inc.ID != next {
			t.Errorf("got %s, want %s", inc.ID, next)
		}
		next++
		return nil
	})
	if err != nil || next != incidents+1 {
		t.Errorf("streamed %d incidents, %v", next-1, err)
	}
}

func TestAttributedStopsWhenAsked(t *testing.T) {
	db := open(t)
	for range 3 {
		logged(t, db, "sotas", sla.Clock{State: sla.Met, Due: base.Add(time.Millisecond)})
	}
	enough, n := errors.New("enough"), 0
	err := db.Attributed(t.Context(), base, base.Add(time.Hour), func(*sla.Incident) error { n++; return enough })
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("yielded %d, %v", n, err)
	}
}

// TestRelabelledLoggedTimeMovesTheMonth: a clock without start and due goes
// by when its incident was logged, also when that is corrected.
func TestRelabelledLoggedTimeMovesTheMonth(t *testing.T) {
	db := open(t)
	inc := logged(t, db, "sotas", sla.Clock{State: sla.Pending})
	inc.Times[sla.Logged].At = base.AddDate(0, 1, 0)
	update(t, db, func(tx tracker.Tx) error { return tx.UpdateIncident(t.Context(), inc) })
	var got []sla.IncidentID
	err := db.Attributed(t.Context(), base.AddDate(0, 1, 0), base.AddDate(0, 2, 0), func(inc *sla.Incident) error {
		got = append(got, inc.ID)
		return nil
	})
	if err != nil || !slices.Equal(got, []sla.IncidentID{inc.ID}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestTextIsFolded(t *testing.T) {
	db := open(t)
	inc := &sla.Incident{Vendor: "sotas", Title: "ＳＯＴＡＳ クラウドの障害", Description: "ﾛｸﾞｲﾝできない", Reference: "SOC-77_a"}
	update(t, db, func(tx tracker.Tx) error { return insert(t.Context(), tx, inc) })
	for text, want := range map[string]int{
		"sotas": 1, "Sotas ｸﾗｳﾄﾞ": 1, "ログイン": 1, "soc-77_A": 1, "soc-77xa": 0, "%": 0, `\`: 0, "kgn-1": 1, " 1 ": 1, "KGN-2": 0,
	} {
		page, err := db.List(t.Context(), tracker.Query{Text: text})
		if err != nil || len(page.Incidents) != want {
			t.Errorf("%q finds %d incidents, %v; want %d", text, len(page.Incidents), err, want)
		}
	}
	inc.Title, inc.Description, inc.Reference = "解決", "", ""
	update(t, db, func(tx tracker.Tx) error { return tx.UpdateIncident(t.Context(), inc) })
	if page, err := db.List(t.Context(), tracker.Query{Text: "sotas"}); err != nil || len(page.Incidents) != 0 {
		t.Errorf("the old text is still found, %v", err)
	}
}

func TestBadQueriesNameFieldAndRemedy(t *testing.T) {
	db := open(t)
	for _, tc := range []struct {
		q             tracker.Query
		field, remedy string
	}{
		{tracker.Query{Limit: 501}, "limit", "from 1 to 500"},
		{tracker.Query{Limit: -1}, "limit", "from 1 to 500"},
		{tracker.Query{State: "late?"}, "state", "overdue, at_risk"},
		{tracker.Query{Severity: "grave"}, "severity", "critical, high"},
		{tracker.Query{Cursor: "!"}, "cursor", "first page"},
		{tracker.Query{Cursor: "MS4y"}, "cursor", "first page"},
		{tracker.Query{Cursor: "MS4yLng"}, "cursor", "first page"},
	} {
		_, err := db.List(t.Context(), tc.q)
		var invalid tracker.Invalid
		if !errors.As(err, &invalid) || len(invalid) != 1 || invalid[0].Field != tc.field || !strings.Contains(invalid[0].In("en"), tc.remedy) {
			t.Errorf("%+v: %v", tc.q, err)
		}
	}
}

// TestRanksAreStored stands for the databases that are out there.
func TestRanksAreStored(t *testing.T) {
	want := []sla.State{
		sla.Overdue, sla.AtRisk, sla.Running, sla.Pending, sla.Late,
		sla.Met, sla.NoCommitment, sla.NotApplicable, sla.Waived, sla.Cancelled,
	}
	if !slices.Equal(sla.States[:], want) {
		t.Error("sla.States changed: add a migration that works out rank in places again, then change this test")
	}
}

func TestDefaultLimit(t *testing.T) {
	db := open(t)
	update(t, db, func(tx tracker.Tx) error {
		for range 51 {
			if err := insert(t.Context(), tx, &sla.Incident{Vendor: "sotas"}); err != nil {
				return err
			}
		}
		return nil
	})
	page, err := db.List(t.Context(), tracker.Query{})
	if err != nil || len(page.Incidents) != 50 || page.Next == "" {
		t.Errorf("the first page holds %d, next %q, %v", len(page.Incidents), page.Next, err)
	}
}
