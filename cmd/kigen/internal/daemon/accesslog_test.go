package daemon

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kigen/store"
)

// TestADaemonSendsTheAccessLog: by its configuration, as it is written.
func TestADaemonSendsTheAccessLog(t *testing.T) {
	t.Parallel()
	got := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
	}))
	t.Cleanup(server.Close)
	d := configured(t, "audit: {webhook: {url: "+server.URL+", secret: hook-secret}}\n")
	if err := d.store.LogAccess(t.Context(), store.AccessLine{At: wallNow(), Actor: "user:sato", Kind: "signed_in", Origin: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	if body := <-got; !strings.Contains(body, `"kind":"signed_in"`) {
		t.Errorf("got %s", body)
	}
	if err := d.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}
