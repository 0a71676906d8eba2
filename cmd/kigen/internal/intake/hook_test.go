package intake_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// A hook's JSON becomes an item by the map of its source.
func TestHook(t *testing.T) {
	w := newWorld(t)
	w.at(time.Hour)
	body := `{"alert": {"id": 4711, "vendor": "Hoshi Cloud", "name": "Login\nfails", "at": 1791244800000}}`
	taken, err := w.Push(t.Context(), "siem", "application/json; charset=utf-8", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	it := taken.Items[0]
	if it.SourceID != "4711" || it.Vendor != "hoshi" || it.Title != "Login fails" || it.Kind != inbox.KindIncident || it.State != inbox.Candidate || !it.Times.Occurred.Equal(time.UnixMilli(1791244800000)) {
		t.Errorf("%+v", it)
	}
	if _, raw, err := w.ItemEvidence(t.Context(), it.ID); err != nil || string(raw) != body {
		t.Error(string(raw), err)
	}
	again, err := w.Push(t.Context(), "siem", "application/json", []byte(body))
	if err != nil || again.Results[0] != intake.ResultUnchanged {
		t.Error(again, err)
	}
	for body, want := range map[string]string{
		`{`:                        "not valid JSON",
		`{} {}`:                    "more than one JSON value",
		`[]`:                       "1 to 100 objects",
		`{"alert": {"id": "1"}}`:   `alert.name "": is missing or empty`,
		`{"alert": {"name": "x"}}`: `alert.id "": is missing or empty`,
		`{"alert": {"id": "1", "name": "x", "vendor": "nobody"}}`:              `alert.vendor "nobody"`,
		`{"alert": {"id": "1", "name": "x", "vendor": "hoshi", "at": "soon"}}`: `alert.at "soon": is no time`,
		"\xff": "not UTF-8",
	} {
		if _, err := w.Push(t.Context(), "siem", "application/json", []byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := w.Push(t.Context(), "hoshi", "application/json", []byte(body)); err == nil || !strings.Contains(err.Error(), "has no map") {
		t.Error(err)
	}
	if _, err := w.Push(t.Context(), "siem", "text/plain", []byte(body)); err == nil || !strings.Contains(err.Error(), "message/rfc822") {
		t.Error(err)
	}
	if _, err := w.Push(t.Context(), "nowhere", "application/json", []byte(body)); err == nil {
		t.Error("a source that is not there took it")
	}
}

// A signature is that of the body, at its time, by the source's secret.
func TestSigned(t *testing.T) {
	w := newWorld(t)
	src, _ := w.SourceNamed("siem")
	sign := func(secret, timestamp, body string) string {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(timestamp + "." + body))
		return "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	stamp := func(after time.Duration) string { return fmt.Sprint(nine.Add(after).Unix()) }
	if !intake.Signed(src, stamp(0), sign("abc", stamp(0), "x"), []byte("x"), nine) {
		t.Error("a right signature is refused")
	}
	page, _ := w.SourceNamed("hoshi")
	if intake.Signed(src, stamp(0), sign("abc", stamp(0), "x"), []byte("y"), nine) ||
		intake.Signed(src, stamp(0), sign("other", stamp(0), "x"), []byte("x"), nine) ||
		intake.Signed(src, stamp(-6*time.Minute), sign("abc", stamp(-6*time.Minute), "x"), []byte("x"), nine) ||
		intake.Signed(src, "", sign("abc", "", "x"), []byte("x"), nine) ||
		intake.Signed(page, stamp(0), sign("", stamp(0), "x"), []byte("x"), nine) {
		t.Error("a wrong signature is taken")
	}
}

// echo reads mails for tests: the first line is the Message-ID, the rest the text.
type echo struct{}

func (echo) Read(raw []byte, known intake.Known) inbox.Item {
	id, text, _ := strings.Cut(string(raw), "\n")
	it := inbox.Item{SourceID: id, Kind: inbox.KindFirst, Title: "mail", Text: text, Channel: "email"}
	for _, o := range known.Open {
		if strings.Contains(text, o.Incident) && len(o.Channels) > 0 {
			it.Incident, it.Vendor = o.Incident, o.Vendor
		}
	}
	if earlier, ok := known.Earlier(id); ok && !bytes.Equal(earlier, raw) {
		it.SourceID += " again"
	}
	return it
}

func (e echo) ReadHeader(header []byte, why intake.Unread, known intake.Known) inbox.Item {
	it := e.Read(header, known)
	it.Reasons = append(it.Reasons, intake.Because("text_"+string(why)))
	return it
}

// A pushed mail is read with what is known: the open incidents and the mails before it.
func TestPushedMail(t *testing.T) {
	w := newWorld(t)
	w.Mails = echo{}
	inc := w.log("API", nine.Add(-time.Hour))
	w.at(time.Hour)
	push := func(raw string) inbox.Item {
		t.Helper()
		taken, err := w.Push(t.Context(), "mail", "message/rfc822", []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		return taken.Items[0]
	}
	it := push("<a@hoshi>\nabout " + inc.ID.String())
	if it.Incident != "KGN-1" || it.State != inbox.Candidate {
		t.Errorf("%+v", it)
	}
	if again := push("<a@hoshi>\nabout " + inc.ID.String()); again.ID != it.ID {
		t.Errorf("%+v", again)
	}
	if other := push("<a@hoshi>\nsomething else"); other.ID == it.ID || other.SourceID != "<a@hoshi> again" {
		t.Errorf("%+v", other)
	}
	if _, err := w.Push(t.Context(), "mail", "message/rfc822", nil); err == nil {
		t.Error("an empty mail was taken")
	}
	if _, err := w.Push(t.Context(), "hoshi", "message/rfc822", []byte("x")); err == nil {
		t.Error("a page took a mail")
	}
	known, err := w.Known(t.Context())
	if err != nil || len(known.Open) != 1 || known.Open[0].References[0] != "HOSHI-1" || known.Own.AuthServID != "mx.aoba.example" {
		t.Errorf("%+v, %v", known, err)
	}
	w.verify()
}

// FuzzHook: whatever JSON comes, it is refused with a field and a remedy, or taken once.
func FuzzHook(f *testing.F) {
	for _, seed := range []string{
		`{"alert": {"id": 1, "vendor": "hoshi", "name": "x", "at": "2026-10-06T00:00:00Z"}}`, `[{"alert": []}]`, `{"alert": {"id": {}}}`,
		`{"alert": {"id": "\u0000", "vendor": "hoshi", "name": "\u202e\u0007", "at": 1e400}}`, `{"alert": {"id": "1", "vendor": "hoshi", "name": "x", "at": -1}}`,
	} {
		f.Add([]byte(seed))
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		taken, err := w.Push(t.Context(), "siem", "application/json", body)
		if problems, invalid := tracker.AsInvalid(err); invalid {
			for _, p := range problems {
				if p.Field == "" || p.In("en") == "" || p.In("ja") == "" {
					t.Errorf("%+v", p)
				}
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range taken.Items {
			told, err := w.ItemTold(t.Context(), taken.Items[i].ID)
			if err != nil || told.Item.SourceID == "" || told.Item.Title == "" || told.Item.Vendor != "hoshi" {
				t.Errorf("%+v, %v", told.Item, err)
			}
		}
		again, err := w.Push(t.Context(), "siem", "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		for i, result := range again.Results {
			if result != intake.ResultUnchanged {
				t.Errorf("%d is %s when it comes again: %+v", i, result, again.Items[i])
			}
		}
	})
}
