package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

// titled stores an incident with this title.
func titled(t testing.TB, db *store.DB, title string) *sla.Incident {
	t.Helper()
	inc := &sla.Incident{Vendor: "sotas", Title: title}
	inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
	err := db.Update(t.Context(), func(tx tracker.Tx) error {
		return insert(t.Context(), tx, inc, sla.Clock{State: sla.Met})
	})
	if err != nil {
		t.Fatal(err)
	}
	return inc
}

func titles(t testing.TB, db *store.DB, text string) map[string]bool {
	t.Helper()
	page, err := db.List(t.Context(), tracker.Query{Text: text, Limit: 500})
	if err != nil {
		t.Fatalf("search %q: %v", text, err)
	}
	found := map[string]bool{}
	for _, inc := range page.Incidents {
		found[inc.Title] = true
	}
	if n := page.Counts[sla.Met]; n != len(page.Incidents) {
		t.Errorf("search %q: %d counted, %d listed", text, n, len(page.Incidents))
	}
	return found
}

// TestSearchFindsEveryPart compares the search with reading every title: any
// part of a text is found, of whatever script and length.
func TestSearchFindsEveryPart(t *testing.T) {
	db := open(t)
	alphabet := []rune("あいログイン障害認証ab12 -_%\"'*():、。AB AND OR NOT ー々é")
	letter := rapid.SampledFrom(alphabet)
	var all []string
	rapid.Check(t, func(rt *rapid.T) {
		title := strings.TrimSpace(rapid.StringOfN(letter, 1, 14, -1).Draw(rt, "title"))
		if title != "" {
			titled(t, db, title)
			all = append(all, title)
		}
		text := strings.TrimSpace(rapid.StringOfN(letter, 1, 6, -1).Draw(rt, "text"))
		if text == "" || len(all) > 400 {
			return
		}
		if _, err := sla.ParseIncidentID(text); err == nil {
			return // an id finds more than titles
		}
		found := titles(t, db, text)
		for _, title := range all {
			if want := strings.Contains(folded(title), folded(text)); found[title] != want {
				rt.Fatalf("search %q: title %q is found: %v, want %v", text, title, found[title], want)
			}
		}
	})
}

func folded(text string) string { return strings.ToLower(norm.NFKC.String(text)) }

// What was amended is found by its new words and not by its old ones, whether it was
// indexed before the amendments, between them, after them or not yet.
func TestSearchFollowsAmendments(t *testing.T) {
	for _, after := range []int{-1, 0, 1, 3} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			db := open(t)
			inc := titled(t, db, "メール配信の遅延")
			for i, title := range []string{"メール配信の停止", "証明書の失効", "証明書の更新"} {
				if i == after {
					many(t, db, 60)
				}
				inc.Title = title
				update(t, db, func(tx tracker.Tx) error { return tx.UpdateIncident(t.Context(), inc) })
			}
			if after == 3 {
				many(t, db, 60)
			}
			for text, want := range map[string]bool{"遅延": false, "停止": false, "メール": false, "失効": false, "証明書": true, "更新": true, "書": true} {
				if got := titles(t, db, text)["証明書の更新"]; got != want {
					t.Errorf("%s: found %v", text, got)
				}
			}
		})
	}
}

// many stores further incidents in one transaction.
func many(t testing.TB, db *store.DB, n int) {
	t.Helper()
	err := db.Update(t.Context(), func(tx tracker.Tx) error {
		for i := range n {
			inc := &sla.Incident{Vendor: "sotas", Title: fmt.Sprintf("別件 %d", i)}
			inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
			if err := insert(t.Context(), tx, inc, sla.Clock{State: sla.Met}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// New incidents are indexed many at a time. A search finds them all before and after,
// also where a transaction that indexed some is rolled back or another process did.
func TestSearchFindsWhatIsNotIndexedYet(t *testing.T) {
	path := newPlace(t)
	here, there := openAt(t, path), openAt(t, path)
	total := 0
	for _, n := range []int{1, 48, 1, 1, 30, 75, 200, 3} {
		undone := errors.New("undone")
		err := here.Update(t.Context(), func(tx tracker.Tx) error {
			for range 2 * n {
				inc := &sla.Incident{Vendor: "sotas", Title: "undone"}
				inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
				if err := insert(t.Context(), tx, inc, sla.Clock{State: sla.Met}); err != nil {
					return err
				}
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		many(t, here, n)
		many(t, there, n)
		total += 2 * n
		for _, db := range []*store.DB{here, there} {
			page, err := db.List(t.Context(), tracker.Query{Text: "別件"})
			if err != nil || page.Counts[sla.Met] != total {
				t.Errorf("%d of %d are found, %v", page.Counts[sla.Met], total, err)
			}
		}
		if len(titles(t, here, "undone")) > 0 {
			t.Error("what was rolled back is found")
		}
	}
	if err := here.VerifyRows(t.Context()); err != nil {
		t.Error(err)
	}
}

// A database from before there was a search is indexed when it is opened.
func TestSearchOfAnOlderDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.db")
	db, err := store.Open(t.Context(), path, base)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		titled(t, db, fmt.Sprintf("障害 %d 号", i))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, stmt := range []string{
		"DROP TABLE search", "CREATE VIRTUAL TABLE search USING fts4(pairs, content='', matchinfo=fts3, order=desc)", "UPDATE search_backlog SET below = 31",
	} {
		if _, err := raw.Exec(stmt); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if db, err = store.Open(t.Context(), path, base); err != nil {
			t.Fatal(err)
		}
		if got := titles(t, db, "障害"); len(got) != 30 || !titles(t, db, "7 号")["障害 7 号"] {
			t.Errorf("%d of 30 are found", len(got))
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Of very many that hold a text the newest are listed, and the page says so.
func TestSearchIsCutShort(t *testing.T) {
	db := open(t)
	err := db.Update(t.Context(), func(tx tracker.Tx) error {
		for i := range 5100 {
			inc := &sla.Incident{Vendor: "sotas", Title: fmt.Sprintf("障害 %d", i)}
			inc.Times[sla.Logged] = sla.Stamp{At: base, Basis: sla.Observed}
			if err := insert(t.Context(), tx, inc, sla.Clock{State: sla.Met}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, cut := range map[string]bool{"障害": true, "障": true, "--": true, "障害 4000": false} {
		page, err := db.List(t.Context(), tracker.Query{Text: text})
		if err != nil || page.CutShort != cut {
			t.Errorf("%s: cut short %v, %v", text, page.CutShort, err)
		}
	}
	if page, err := db.List(t.Context(), tracker.Query{Text: "障害"}); err != nil || page.Counts[sla.Met] != 5000 || page.Incidents[0].ID != 5100 {
		t.Errorf("%d counted, first %s, %v", page.Counts[sla.Met], page.Incidents[0].ID, err)
	}
}
