package mail_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail"
)

// FuzzRead reads any bytes as a mail: it never fails, its text is bounded, and without a
// verdict of our own server nothing is taken by itself.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/gold/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("From: a@b.example\n\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, raw []byte) {
		g := goldOf(t)
		m, err := mail.Read(bytes.NewReader(raw), mail.Limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Text) > 16<<20 || len(m.Attachments) > 100 || len(m.Forwarded) > 5 {
			t.Fatalf("%d bytes of text, %d attachments, %d mails", len(m.Text), len(m.Attachments), len(m.Forwarded))
		}
		item := g.judge.Item(m, g.incidents)
		if item.Auto && (item.Vendor == "" || item.Incident == "" || item.ReceivedAt.IsZero() || len(m.Values("From")) != 1 || item.Text == "") {
			t.Fatalf("taken by itself: %+v", item)
		}
		if !item.Auto && len(item.Reasons) == 0 {
			t.Fatal("not taken by itself, and no reason")
		}
		for _, r := range item.Reasons {
			if intake.Words(r, "ja") == "" || intake.Words(r, "en") == "" {
				t.Fatalf("%s has no words", r.Key)
			}
		}
		unknown := *g.judge
		unknown.Own.AuthServID = ""
		if unknown.Item(m, g.incidents).Auto {
			t.Fatal("taken by itself without a verdict of our own server")
		}
	})
}

var fuzzed *gold

// goldOf loads what the gold mails are judged by, once.
func goldOf(t *testing.T) *gold {
	if fuzzed == nil {
		fuzzed = load(t, "testdata/gold")
	}
	return fuzzed
}
