package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kigen/config"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/tracker"
)

// refusing starts a whole daemon with a webhook that refuses what speaks of the
// title "refused", and prints as the fallback.
func refusing(t *testing.T) (*Daemon, *atomic.Int32) {
	t.Helper()
	refused := &atomic.Int32{}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || bytes.Contains(body, []byte("refused")) {
			refused.Add(1)
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	}))
	t.Cleanup(receiver.Close)
	c, err := config.Parse("kigen.yaml", []byte(`
listen: 127.0.0.1:0
database: `+filepath.Join(t.TempDir(), "kigen.db")+`
destinations:
  siem: {webhook: {url: "`+receiver.URL+`"}, fallback: desk}
  desk: {console: {}}
alerts:
  - {to: [siem], warn: [1h], repeat: 4h}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(t.Context(), c, Options{Version: "test", Console: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	return d, refused
}

// A refused message is counted, and shown on /health and on its incident until
// somebody acknowledges that one; the destination counts as healthy.
func TestARefusedMessageIsVisible(t *testing.T) {
	t.Parallel()
	d, refused := refusing(t)
	defer func() {
		if err := d.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	e := tracker.Entry{Vendor: "sustaina", Title: "refused"}
	e.Times[sla.Confirmed].At = time.Now().Add(-101 * time.Hour) // overdue, and between two repeats
	inc, err := d.Tracker().Log(t.Context(), tracker.Request{Actor: "test"}, e)
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + d.Addr()
	var read struct {
		Refused []struct{ Destination, Why, Fallback string }
	}
	health := eventually(t, func() (page string, ok bool) {
		page = fetched(t, base+"/health?lang=en")
		return page, strings.Contains(page, "422 Unprocessable Entity") && strings.Count(page, "Sent to desk instead") == len(inc.Clocks)
	})
	if err := json.Unmarshal([]byte(fetched(t, base+"/api/v1/incidents/"+inc.ID.String())), &read); err != nil || len(read.Refused) != len(inc.Clocks) ||
		read.Refused[0].Destination != "siem" || read.Refused[0].Fallback != "desk" {
		t.Errorf("the API gives %+v (%v)", read, err)
	}
	count := len(read.Refused) // one a clock
	for _, part := range []string{inc.ID.String(), fmt.Sprintf("Messages refused by their destination: %d", count), "Next try"} {
		if !strings.Contains(health, part) {
			t.Errorf("/health does not say %q", part)
		}
	}
	if page := fetched(t, base+"/incidents/"+inc.ID.String()+"?lang=ja"); !strings.Contains(page, "拒否されたメッセージ") || !strings.Contains(page, "代わりに desk へ") {
		t.Error("the incident's page does not show the refused message")
	}
	if metrics := fetched(t, base+"/metrics"); !strings.Contains(metrics, fmt.Sprintf(`kigen_deliveries_total{destination="siem",outcome="refused"} %d`, count)) {
		t.Error("the refused message is not counted")
	}
	for _, h := range d.health(t.Context()).Destinations {
		if !h.FailingSince.IsZero() {
			t.Errorf("%s counts as failing: %s", h.Name, h.Reason)
		}
	}
	if _, err := d.Tracker().Acknowledge(t.Context(), tracker.Request{Actor: "test"}, inc.ID, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if h := d.health(t.Context()); len(h.Refused) != 0 {
		t.Errorf("still on /health after the acknowledgement: %+v", h.Refused)
	}
	if n := int(refused.Load()); n != 2*count { // each in its two forms
		t.Errorf("%d requests were refused, want %d", n, 2*count)
	}
}

func fetched(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// eventually waits for what the daemon does beside the test.
func eventually(t *testing.T, get func() (string, bool)) string {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for begun := time.Now(); ; <-look.C {
		got, ok := get()
		if ok {
			return got
		}
		if time.Since(begun) > 20*time.Second {
			t.Fatalf("did not come about:\n%s", got)
		}
	}
}

// An overdue alert that was put aside counts as not delivered, so that the
// fallback alert names it; one whose outcome is unknown is not called undelivered.
func TestTheFallbackAlertKnowsWhatIsCertain(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault fakeslack.Fault
		says  string
	}{
		{"put aside", fakeslack.Says("a_word_of_tomorrow"), "no alert was delivered"},
		{"no answer", fakeslack.HangUp(), "no confirmation that alerts"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.slack.FailWhen(func(fakeslack.Call) *fakeslack.Fault { return tc.fault.Ptr() })
				w.start()
				defer func() { w.stop() }()
				w.logConfirmed(30 * time.Hour)
				time.Sleep(auditGrace + 2*auditPeriod)
				told := w.fallback.Messages()
				if len(told) != 1 || !strings.Contains(told[0].Shown()+told[0].Text, tc.says) {
					t.Errorf("the fallback alert says %+v, want %q", told, tc.says)
				}
			})
		})
	}
}
