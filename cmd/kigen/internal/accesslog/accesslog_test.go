package accesslog

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/notify"
	"kigen/store"
)

var accessBase = time.Date(2026, 5, 7, 3, 0, 0, 0, time.UTC)

// withLog opens a database whose access log holds some lines.
func withLog(t *testing.T, path string, kinds ...string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), path, accessBase)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // again, where a test closed it
	write(t, db, kinds...)
	return db
}

func write(t *testing.T, db *store.DB, kinds ...string) {
	t.Helper()
	for _, kind := range kinds {
		log := db.LogAccess
		if kind == store.AccessRefused || kind == store.AccessDenied {
			log = db.LogBounded
		}
		if err := log(t.Context(), store.AccessLine{At: accessBase, Actor: "user:sato", Kind: kind, Origin: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
}

// siem receives the access log and answers with a status that a test changes.
type siem struct {
	status int
	most   int // lines that it takes in a request; 0: any number
	ids    []int64
	keys   []string
}

func (s *siem) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, []byte("hook-secret"))
	fmt.Fprintf(mac, "%s.%s", r.Header.Get(notify.HeaderTimestamp), body)
	var got struct {
		Kind  string
		Lines []lineJSON
	}
	switch {
	case err != nil || json.Unmarshal(body, &got) != nil || got.Kind != "access" || r.Header.Get(notify.HeaderSignature) != "sha256="+hex.EncodeToString(mac.Sum(nil)):
		w.WriteHeader(http.StatusTeapot)
	case s.status != 0:
		w.WriteHeader(s.status)
	case s.most > 0 && len(got.Lines) > s.most:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	default:
		s.keys = append(s.keys, r.Header.Get(notify.HeaderIdempotencyKey))
		for _, l := range got.Lines {
			s.ids = append(s.ids, l.ID)
		}
	}
}

func forwarder(db *store.DB, url string) *Forwarder {
	return &Forwarder{
		Lines: db, Now: func() time.Time { return accessBase }, Log: slog.New(slog.DiscardHandler),
		Hook: notify.NewWebhook(notify.WebhookOptions{URL: url, Secret: "hook-secret"}),
	}
}

// TestTheAccessLogIsSentOn: signed, in order, each line once, over an outage and a restart.
func TestTheAccessLogIsSentOn(t *testing.T) {
	receiver := &siem{}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kigen.db")
	db := withLog(t, path, "signed_in", store.AccessRefused, "report_read")
	f := forwarder(db, server.URL)
	if err := f.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	receiver.status = http.StatusServiceUnavailable
	write(t, db, "signed_out", store.AccessDenied)
	if err := f.once(t.Context()); err == nil || !strings.Contains(err.Error(), "503") || strings.Contains(err.Error(), "hook-secret") {
		t.Errorf("an outage gives %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	receiver.status = 0
	db = withLog(t, path, "signed_in")
	if err := forwarder(db, server.URL).once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(receiver.ids, []int64{1, 2, 3, 4, 5, 6}) || !slices.Equal(receiver.keys, []string{"access/1-3", "access/4-6"}) {
		t.Errorf("the receiver has %v by %v", receiver.ids, receiver.keys)
	}
	if sent, err := db.AccessSent(t.Context()); err != nil || sent.UpTo != 6 || !sent.At.Equal(accessBase) {
		t.Errorf("sent is %+v, %v", sent, err)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestARefusedRequestIsSentInParts: no line is given up.
func TestARefusedRequestIsSentInParts(t *testing.T) {
	receiver := &siem{most: 3}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	db := withLog(t, filepath.Join(t.TempDir(), "kigen.db"), slices.Repeat([]string{"report_read"}, 20)...)
	f := forwarder(db, server.URL)
	for range 10 {
		if f.once(t.Context()) == nil {
			break
		}
	}
	var want []int64
	for id := range int64(20) {
		want = append(want, id+1)
	}
	if !slices.Equal(receiver.ids, want) {
		t.Errorf("the receiver has %v", receiver.ids)
	}
}

// TestTheAccessLogIsPrinted: as JSON, with a budget of each kind.
func TestTheAccessLogIsPrinted(t *testing.T) {
	db := withLog(t, filepath.Join(t.TempDir(), "kigen.db"), "signed_in")
	var out bytes.Buffer
	now := accessBase
	p := &Printer{Lines: db, Log: slog.New(slog.NewJSONHandler(&out, nil)), Own: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
	if err := p.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, db, slices.Repeat([]string{store.AccessRefused}, printBurst+20)...)
	write(t, db, "report_read")
	if err := p.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	write(t, db, store.AccessRefused)
	if err := p.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	var last map[string]any
	for line := range strings.Lines(out.String()) {
		last = nil
		if err := json.Unmarshal([]byte(line), &last); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		count[last["kind"].(string)]++
	}
	if len(count) != 2 || count["report_read"] != 1 || count[store.AccessRefused] != printBurst+1 || last["skipped"] != 20.0 || last["actor"] != "user:sato" {
		t.Errorf("printed %v, at last %v", count, last)
	}
}
