package notify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/record"
)

const hookSecret = "hook-secret-1234"

type hookRequest struct {
	header http.Header
	body   []byte
}

// receiver answers with a status and keeps what it got.
func receiver(t *testing.T, status int) (url string, got *[]hookRequest) {
	t.Helper()
	got = new([]hookRequest)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*got = append(*got, hookRequest{r.Header, body})
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/hook-key-987", got
}

func TestWebhook(t *testing.T) {
	url, got := receiver(t, http.StatusNoContent)
	hook := notify.NewWebhook(notify.WebhookOptions{URL: url, Secret: hookSecret})
	d := overdue()
	d.Key = "overdue/42/監視"
	receipt, err := hook.Post(t.Context(), writer("en").Write(d, may7(9, 0)))
	if err != nil || receipt != (outbox.Receipt{TS: d.Key}) {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
	answered(d, sla.Late, may7(11, 10))
	d.Key += "/2"
	if err := hook.Update(t.Context(), receipt, writer("en").Write(d, may7(11, 11))); err != nil {
		t.Fatal(err)
	}

	post, update := (*got)[0], (*got)[1]
	for _, request := range *got {
		timestamp := request.header.Get(notify.HeaderTimestamp)
		mac := hmac.New(sha256.New, []byte(hookSecret))
		fmt.Fprintf(mac, "%s.%s", timestamp, request.body)
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); request.header.Get(notify.HeaderSignature) != want {
			t.Errorf("signature %q, want %q", request.header.Get(notify.HeaderSignature), want)
		}
		var seconds int64
		if _, err := fmt.Sscan(timestamp, &seconds); err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
			t.Errorf("timestamp %q is not now", timestamp)
		}
	}
	if key := post.header.Get("Idempotency-Key"); key != `overdue/42/\u76e3\u8996` {
		t.Errorf("idempotency key %q", key)
	}
	var body struct {
		Key, Kind, Updates, Status, Title, Link string
		Case                                    struct {
			Incident, Vendor, State string
			Due                     time.Time
		}
	}
	decode(t, post.body, &body)
	if body.Key != "overdue/42/監視" || body.Kind != "post" || body.Status != "overdue" || !strings.HasPrefix(body.Title, "OVERDUE") ||
		body.Case.Incident != "KGN-42" || body.Case.Vendor != "sotas" || !body.Case.Due.Equal(may7(9, 0)) {
		t.Errorf("post %+v", body)
	}
	decode(t, update.body, &body)
	if body.Kind != "update" || body.Updates != "overdue/42/監視" || body.Status != "late" || body.Case.State != "late" {
		t.Errorf("update %+v", body)
	}
}

func decode(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
}

func TestWebhookWithoutSecretIsUnsigned(t *testing.T) {
	url, got := receiver(t, http.StatusOK)
	if _, err := notify.NewWebhook(notify.WebhookOptions{URL: url}).Post(t.Context(), writer("en").Write(report(), may7(9, 0))); err != nil {
		t.Fatal(err)
	}
	if _, signed := (*got)[0].header[notify.HeaderSignature]; signed {
		t.Error("signed without a secret")
	}
}

func TestWebhookFailures(t *testing.T) {
	for status, kind := range map[int]wire.Kind{
		301: wire.Broken, 401: wire.Broken,
		// The receiver may mean this one message.
		400: wire.Refused, 403: wire.Refused, 404: wire.Refused, 410: wire.Refused, 413: wire.Refused, 422: wire.Refused,
		407: wire.Unreached, 408: wire.Unknown, 425: wire.Unknown, 409: wire.Unknown, 500: wire.Unknown, 503: wire.Unknown, 429: wire.Limited,
	} {
		url, _ := receiver(t, status)
		_, err := notify.NewWebhook(notify.WebhookOptions{URL: url, Secret: hookSecret}).Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
		wantFailure(t, err, kind, "")
		if strings.Contains(err.Error(), "hook-key-987") {
			t.Errorf("%d: the address is in: %v", status, err)
		}
	}
}

// The address may hold a key; it stays out of every error.
func TestWebhookKeepsItsAddressSecret(t *testing.T) {
	away, _ := receiver(t, 200)
	tests := []struct {
		name      string
		url       string
		transport http.RoundTripper
		kind      wire.Kind
	}{
		{"nobody listens", "http://127.0.0.1:1/hook-key-987", nil, wire.Unreached},
		{"not an address", "http://127.0.0.1:x/hook-key-987", nil, wire.Broken},
		{"echoed", away, roundTrip(func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("proxy does not like " + r.URL.String() + " " + hookSecret)
		}), wire.Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			hook := notify.NewWebhook(notify.WebhookOptions{URL: test.url, Secret: hookSecret, Transport: test.transport})
			_, err := hook.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
			wantFailure(t, err, test.kind, "")
			if text := err.Error(); strings.Contains(text, "hook-key-987") || strings.Contains(text, hookSecret) {
				t.Errorf("a secret is in: %v", text)
			}
		})
	}
}

// TestWebhookNamesTheHead: each request carries the head of the record as it is then. A
// head that can't be read keeps no alert back.
func TestWebhookNamesTheHead(t *testing.T) {
	url, got := receiver(t, http.StatusNoContent)
	head := record.Head{Count: 41}
	head.Hash[0] = 0xab
	var fails error
	hook := notify.NewWebhook(notify.WebhookOptions{URL: url, Secret: hookSecret, Head: func(context.Context) (record.Head, error) {
		head.Count++
		return head, fails
	}})
	for _, fails = range []error{nil, nil, errors.New("busy")} {
		if _, err := hook.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0))); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []int64{42, 43, 0} {
		var body struct {
			Record *struct {
				Count int64
				Hash  string
			}
		}
		decode(t, (*got)[i].body, &body)
		switch {
		case want == 0 && body.Record != nil:
			t.Errorf("request %d names the head %+v, which was not read", i, body.Record)
		case want > 0 && (body.Record == nil || body.Record.Count != want || body.Record.Hash != head.Hash.String()):
			t.Errorf("request %d names the head %+v, want line %d, %s", i, body.Record, want, head.Hash)
		}
	}
}
