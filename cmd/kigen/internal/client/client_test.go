package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/client"
)

// daemon answers every request by the handler.
func daemon(t *testing.T, handler http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL+"/below", "secret-token")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRequest(t *testing.T) {
	c := daemon(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for name, pair := range map[string][2]string{
			"path":        {r.URL.Path, "/below/api/v1/incidents"},
			"query":       {r.URL.RawQuery, "lang=ja"},
			"type":        {r.Header.Get("Content-Type"), "application/json"},
			"token":       {r.Header.Get("Authorization"), "Bearer secret-token"},
			"idempotency": {r.Header.Get("Idempotency-Key"), "k1"},
			"body":        {string(body), `{"title":"止まった"}`},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
			}
		}
		_, _ = io.WriteString(w, `{"id":"KGN-1"}`)
	})
	body, err := c.Do(t.Context(), client.Request{
		Method: http.MethodPost, Path: "/incidents", Query: map[string][]string{"lang": {"ja"}},
		Header: http.Header{"Idempotency-Key": {"k1"}}, Body: map[string]any{"title": "止まった"},
	})
	if err != nil || string(body) != `{"id":"KGN-1"}` {
		t.Errorf("%s, %v", body, err)
	}
}

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		answer string
		bad    bool // input
		says   string
	}{
		"fields": {422, `{"title":"Unprocessable Entity","status":422,"detail":"refused","errors":[
			{"location":"body.vendor","message":"is not known: use sotas","value":"nobody"},
			{"location":"header.Idempotency-Key","message":"was used"},
			{"message":"bare"}]}`, true, "vendor \"nobody\": is not known: use sotas\nIdempotency-Key: was used\nbare"},
		"detail":   {404, `{"title":"Not Found","detail":"there is no such incident"}`, true, "there is no such incident"},
		"conflict": {409, `{"title":"Conflict","detail":"changed meanwhile"}`, false, "changed meanwhile"},
		"fault":    {500, `{"title":"Internal Server Error"}`, false, "kigen answered 500 Internal Server Error"},
		"no token": {401, `{"detail":"needs a token"}`, false, "the token in KIGEN_TOKEN has expired, was revoked or is unknown: create a new one with kigen token add NAME --role analyst on the machine with the database"},
		"role":     {403, `{"detail":"needs the role analyst"}`, false, "needs the role analyst"},
		"shut out": {403, `<html>Forbidden</html>`, false, "the token in KIGEN_TOKEN lacks the required role: use one with a higher role"},
		"proxy":    {502, `<html>Bad Gateway</html>`, false, "kigen answered 502 Bad Gateway"},
	} {
		d := daemon(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.answer)
		})
		_, err := d.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/incidents"})
		var problem *client.Problem
		if !errors.As(err, &problem) || err.Error() != c.says || problem.BadInput() != c.bad {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	c, err := client.New("http://user:password@127.0.0.1:1", "secret-token")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/incidents"})
	if err == nil || !strings.Contains(err.Error(), "kigen serve") || strings.Contains(err.Error(), "password") {
		t.Errorf("error %v, want what to do, and no password", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, client.Request{Method: http.MethodGet, Path: "/incidents"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the cancellation", err)
	}
}

func TestAnswerFromSomethingElse(t *testing.T) {
	c := daemon(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Hello</html>") })
	var v map[string]any
	err := c.Get(t.Context(), "/incidents", nil, &v)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) || !strings.Contains(err.Error(), "KIGEN_URL") {
		t.Errorf("error %v, want the remedy", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, base := range []string{"kigen.example:8080", "ftp://kigen.example", "http://", "://", ""} {
		if _, err := client.New(base, ""); err == nil || !strings.Contains(err.Error(), "KIGEN_URL") {
			t.Errorf("%q: error %v, want a refusal that names KIGEN_URL", base, err)
		}
	}
}
