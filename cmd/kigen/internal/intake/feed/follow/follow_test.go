package follow_test

import (
	"fmt"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/feed/follow"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

var begun = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func entry(id string, at time.Time) format.Entry {
	return format.Entry{ID: id, Keys: []string{id}, Title: "Login fails", Subject: "Login fails", Kind: inbox.KindIncident, Phase: format.Open, Published: format.Moment{At: at, Field: "created_at", Basis: format.Stated}}
}

func reads(name string, entries ...format.Entry) []follow.Read {
	return []follow.Read{{Name: name, Document: format.Document{Anchor: "k", Entries: entries}}}
}

// TestRestlessSource: a source that says something else at each poll takes bounded room,
// and its first words stay.
func TestRestlessSource(t *testing.T) {
	s, _ := follow.Observe(follow.State{}, begun, reads("d"), true)
	for n := range 800 {
		e := entry("a", begun)
		e.Title = fmt.Sprint("Login fails ", n)
		e.Updates = []format.Update{{ID: "u", Text: fmt.Sprint("text ", n)}}
		s, _ = follow.Observe(s, begun.Add(time.Duration(n)*time.Minute), reads("d", e), true)
	}
	i := s.Items["a"]
	if i.Revised != 800 || len(i.Revisions) > 500 || i.Revisions[0].Title != "Login fails 0" || len(i.Updates) != 1 || len(i.Updates[0].Wordings) > 50 || i.Updates[0].Wordings[0].Text != "text 0" {
		t.Errorf("%d revisions, %d kept, %d updates", i.Revised, len(i.Revisions), len(i.Updates))
	}
}

// TestAnotherDocument: a document that is read later than its source's first poll brings
// what is older as seen, and what is newer as new; a hook's entry is no old one.
func TestAnotherDocument(t *testing.T) {
	s, _ := follow.Observe(follow.State{}, begun, reads("one"), true)
	later := begun.Add(time.Hour)
	s = follow.Hinted(s, follow.Hint{Entry: entry("hinted", begun.Add(-time.Minute)), At: later})
	s, o := follow.Observe(s, later, reads("two", entry("old", begun.Add(-time.Hour)), entry("hinted", begun.Add(-time.Minute)), entry("new", begun.Add(time.Minute))), true)
	if fmt.Sprint(o.Seen, o.New, len(s.Hints)) != "[old] [hinted new] 0" {
		t.Errorf("seen %v, new %v, hints %v", o.Seen, o.New, s.Hints)
	}
}

// TestBackAgain: what left the document and is there again is the same, and no news.
func TestBackAgain(t *testing.T) {
	s, _ := follow.Observe(follow.State{}, begun, reads("d"), true)
	s, _ = follow.Observe(s, begun.Add(time.Minute), reads("d", entry("a", begun)), true)
	s, gone := follow.Observe(s, begun.Add(2*time.Minute), reads("d"), true)
	s, still := follow.Observe(s, begun.Add(3*time.Minute), reads("d"), true)
	s, back := follow.Observe(s, begun.Add(4*time.Minute), reads("d", entry("a", begun)), true)
	if fmt.Sprint(gone.Gone, still.Gone, back.New, back.Changed, back.Unchanged) != "[a] [] [] [] [a]" || !s.Items["a"].Gone.IsZero() || s.Items["a"].Phase != format.Open {
		t.Errorf("%+v, %+v, %+v, %+v", gone, still, back, s.Items["a"])
	}
}

// TestObserveKeepsItsInput: a poll that is not kept leaves the state as it was.
func TestObserveKeepsItsInput(t *testing.T) {
	s, _ := follow.Observe(follow.State{}, begun, reads("d"), true)
	s, _ = follow.Observe(s, begun.Add(time.Minute), reads("d", entry("a", begun)), true)
	before := fmt.Sprintf("%+v", s)
	e := entry("a", begun)
	e.Title, e.Updates = "Login is slow", []format.Update{{ID: "u", Text: "x"}}
	follow.Observe(s, begun.Add(2*time.Minute), reads("d", e, entry("b", begun)), true)
	if after := fmt.Sprintf("%+v", s); after != before {
		t.Errorf("was %s\nis %s", before, after)
	}
}
