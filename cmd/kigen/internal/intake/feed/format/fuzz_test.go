package format_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kigen/cmd/kigen/internal/intake/feed/follow"
	"kigen/cmd/kigen/internal/intake/feed/format"
)

// seeds adds the documents of the stories to a corpus.
func seeds(f *testing.F, add func(body []byte), patterns ...string) {
	f.Helper()
	n := 0
	for _, pattern := range patterns {
		files, err := filepath.Glob("../testdata/stories/*/" + pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			if base := filepath.Base(file); base != "story.json" && base != "expected.json" && len(body) < 20000 {
				add(body)
				n++
			}
		}
	}
	if n == 0 {
		f.Fatalf("no seeds: %v", patterns)
	}
}

var jsonFormats = []format.Format{
	format.StatuspageIncidents, format.StatuspageMaintenances, format.StatuspageSummary, format.StatusIO, format.GoogleCloud,
	format.AWSCurrent, format.Microsoft365, format.SlackCurrent, format.SlackHistory,
}

var xmlFormats = []format.Format{format.Feed, format.StatuspageHistory, format.AWSFeed, format.Azure}

// FuzzJSON: whatever the bytes, a document is read only with its root and its page's id.
func FuzzJSON(f *testing.F) {
	seeds(f, func(body []byte) {
		for i := range jsonFormats {
			f.Add(body, uint8(i), "application/json")
		}
	}, "*.json", "*.utf16")
	f.Fuzz(func(t *testing.T, body []byte, kind uint8, contentType string) {
		which := jsonFormats[int(kind)%len(jsonFormats)]
		doc, err := format.Parse(which, body, format.Options{URL: "https://status.example.jp/api", ContentType: contentType})
		if err != nil {
			return
		}
		if strings.HasPrefix(string(which), "statuspage") && doc.Anchor == "" {
			t.Fatalf("read without a page's id: %q", body)
		}
		if utf8.Valid(body) && !strings.Contains(contentType, "charset") && !slices.Contains(body, 0) && !json.Valid([]byte(strings.TrimPrefix(string(body), "\ufeff"))) && !strings.Contains(string(body[:min(len(body), 100)]), "<?xml") {
			t.Fatalf("read, and no JSON: %q", body)
		}
		sound(t, doc)
	})
}

var (
	rooted = regexp.MustCompile(`(?i)<([a-z0-9_.-]+:)?(rss|rdf|feed)[\s>/]`)
	titled = regexp.MustCompile(`(?i)<([a-z0-9_.-]+:)?title`)
)

// FuzzXML: a feed is read only with its root and the title of its channel.
func FuzzXML(f *testing.F) {
	seeds(f, func(body []byte) {
		for i := range xmlFormats {
			f.Add(body, uint8(i), "text/xml")
		}
	}, "*.xml", "*.atom")
	f.Add([]byte(`<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rss><channel><title>&c;</title></channel></rss>`), uint8(0), "text/xml")
	f.Fuzz(func(t *testing.T, body []byte, kind uint8, contentType string) {
		doc, err := format.Parse(xmlFormats[int(kind)%len(xmlFormats)], body, format.Options{URL: "https://status.example.jp/feed", ContentType: contentType})
		if err != nil {
			return
		}
		if doc.Anchor == "" {
			t.Fatalf("read without a title: %q", body)
		}
		ascii := !slices.ContainsFunc(body, func(b byte) bool { return b == 0 || b >= 0x80 || b == 0x1b })
		if ascii && !strings.Contains(contentType, "utf-16") && (!rooted.Match(body) || !titled.Match(body)) {
			t.Fatalf("read without a root or a title: %q", body)
		}
		if ascii && regexp.MustCompile(`(?i)<!entity`).Match(body) && !strings.Contains(contentType, "charset") {
			t.Fatalf("read with entities of its own: %q", body)
		}
		sound(t, doc)
	})
}

// FuzzPage: a page is watched only if it is the page.
func FuzzPage(f *testing.F) {
	seeds(f, func(body []byte) {
		f.Add(body, "text/html", "#status", "")
		f.Add(body, "text/html; charset=utf-8", "", "status")
	}, "*.html")
	f.Fuzz(func(t *testing.T, body []byte, contentType, selects, must string) {
		doc, err := format.Parse(format.WatchedPage, body, format.Options{ContentType: contentType, Select: selects, MustContain: must})
		if err != nil {
			return
		}
		if doc.Page == nil || len(doc.Page.Lines) == 0 || selects == "" && doc.Anchor == "" {
			t.Fatalf("read without a title or a text: %q", body)
		}
		if !strings.Contains(format.Fold(doc.Page.Title+"\n"+strings.Join(doc.Page.Lines, "\n")), format.Fold(must)) {
			t.Fatalf("read without %q: %q", must, body)
		}
		sound(t, doc)
	})
}

// FuzzHook: a delivery without the page's id is none.
func FuzzHook(f *testing.F) {
	seeds(f, func(body []byte) { f.Add(body) }, "d-*.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		if h, err := format.ReadHook(body); err == nil && h.Page == "" {
			t.Fatalf("a delivery of no page: %q", body)
		}
	})
}

// FuzzTime: an instant is one of this age, and reads itself back.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"Thu, 15 Oct 2026 01:20:00 PDT", "2026-10-07T20:30:00.000-04:00", "Mon, 19 Oct 2026 06:18:00 Z", "22 Oct 2026 09:50:00 +0900", "2026/10/22 9:50 JST", "Dec 31, 2026 22:40 UTC"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at := format.Time(s)
		if at.IsZero() {
			return
		}
		if at.Year() < 2000 || at.Year() > 2200 {
			t.Fatalf("%q is read as %v", s, at)
		}
		if again := format.Time(at.Format(time.RFC3339Nano)); !again.Equal(at) {
			t.Fatalf("%q is read as %v, and that as %v", s, at, again)
		}
	})
}

// sound holds a document to what every one must have, and follows it over polls: the same
// document again is no news.
func sound(t *testing.T, doc format.Document) {
	t.Helper()
	for _, e := range doc.Entries {
		if e.ID == "" || len(e.Keys) == 0 || e.Keys[0] != e.ID || !utf8.ValidString(e.Title+e.Subject) || e.Kind == "" {
			t.Fatalf("an entry is not whole: %+v", e)
		}
		if e.Link != "" && !strings.HasPrefix(e.Link, "http") {
			t.Fatalf("the link %q leads elsewhere", e.Link)
		}
		for _, at := range []time.Time{e.Started.At, e.Published.At, e.Resolved.At, e.Window.Start} {
			if !at.IsZero() && at.Year() < 2000 {
				t.Fatalf("a time before our age: %+v", e)
			}
		}
	}
	at := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	empty := []follow.Read{{Name: "d", Document: format.Document{Anchor: doc.Anchor}}}
	if doc.Page != nil {
		empty[0].Document.Page = &format.Page{Title: doc.Page.Title, Lines: []string{"-"}}
	}
	reads := []follow.Read{{Name: "d", Document: doc}}
	s, _ := follow.Observe(follow.State{}, at, empty, true)
	s, first := follow.Observe(s, at.Add(time.Minute), reads, true)
	kept, err := json.Marshal(s.Items)
	if err != nil {
		t.Fatal(err)
	}
	s.Items = nil
	if err := json.Unmarshal(kept, &s.Items); err != nil {
		t.Fatal(err)
	}
	again, o := follow.Observe(s, at.Add(2*time.Minute), reads, true)
	if len(o.New)+len(o.Changed)+len(o.Gone)+len(o.Attached)+len(o.Ignored)+len(o.Seen) > 0 {
		t.Fatalf("the same document again is news: %+v\nfirst %+v\nof %+v", o, first, doc)
	}
	for _, i := range again.Items {
		if occurred, ok := i.Times()["occurred"]; ok && occurred.At.After(i.FirstSeen) {
			t.Fatalf("a start in the future: %+v", i)
		}
	}
}
