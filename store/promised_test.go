package store_test

import (
	"path/filepath"
	"testing"

	"kigen/sla"
	"kigen/store"
)

// TestOldExplanationsAreShortenedUnderTheirSeals: a database of an older version holds
// each explanation whole. It is the same text afterwards, and no seal changes.
func TestOldExplanationsAreShortenedUnderTheirSeals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	db := openAt(t, path)
	inc := logged(t, db, "sotas", withSteps("first"), withSteps("second"), sla.Clock{Promise: "third", State: sla.Running})
	head, err := db.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := wholeExplanations(t, path)
	const whole = `COALESCE((SELECT text FROM promised WHERE id = clocks.promised_id), '') || explanation`
	rawExec(t, path, `UPDATE clocks SET explanation = `+whole+`, promised_id = NULL`,
		`UPDATE promised_backlog SET below = 5000`, // three transactions
		`DROP TRIGGER promised_is_kept`, `DELETE FROM promised`,
		"CREATE TRIGGER promised_is_kept BEFORE DELETE ON promised\nBEGIN\n    SELECT RAISE(ABORT, 'what a clock keeps of its promise is never deleted');\nEND")

	var done []int64
	later, err := store.OpenAndReport(t.Context(), path, base, func(n int64) { done = append(done, n) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = later.Close() })
	if len(done) != 3 || later.Unfinished(t.Context()) {
		t.Errorf("progress is %v, want three steps to the end", done)
	}
	if got := wholeExplanations(t, path); got != want {
		t.Errorf("the explanations are\n%s\nand were\n%s", got, want)
	}
	var shortened int
	if err := raw(t, path).QueryRowContext(t.Context(), `SELECT COUNT(*) FROM clocks WHERE promised_id IS NOT NULL AND explanation LIKE ',"steps":[%'`).Scan(&shortened); err != nil || shortened != 2 {
		t.Errorf("%d explanations are shortened (%v), want 2", shortened, err)
	}
	if now, err := later.Head(t.Context()); err != nil || now != head {
		t.Errorf("the head is %v (%v), was %v", now, err, head)
	}
	if err := later.VerifyRows(t.Context()); err != nil {
		t.Error(err)
	}
	if got := incident(t, later, inc.ID); got.Clocks[0].Explanation.Source.Document != "WHITE PAPER" {
		t.Errorf("the source is %+v", got.Clocks[0].Explanation.Source)
	}
}

// withSteps is a clock whose source holds what separates the parts of an explanation.
func withSteps(promise string) sla.Clock {
	return sla.Clock{Promise: promise, State: sla.Running, Explanation: sla.Explanation{
		Source: sla.Source{Document: "WHITE PAPER", Quote: `,"steps":[`}, Strength: sla.Firm,
		Steps: []sla.Step{{Kind: sla.StepStart, At: base, Zone: "UTC"}, {Kind: sla.StepDue, At: base, Zone: "UTC"}},
	}}
}

func wholeExplanations(t *testing.T, path string) (all string) {
	t.Helper()
	pool := raw(t, path)
	defer pool.Close()
	const stmt = `SELECT group_concat(COALESCE((SELECT text FROM promised WHERE id = clocks.promised_id), '') || explanation, char(10)) FROM clocks`
	if err := pool.QueryRowContext(t.Context(), stmt).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}
