package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// manyIncidents is an API that has 1,200 incidents and gives them in pages.
type manyIncidents struct {
	mu    sync.Mutex
	asked []string // the limits of the requests
}

func (m *manyIncidents) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const total = 1200
	q := r.URL.Query()
	first, _ := strconv.Atoi(q.Get("cursor"))
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > 500 {
		http.Error(w, "limit", http.StatusUnprocessableEntity)
		return
	}
	m.mu.Lock()
	m.asked = append(m.asked, q.Get("limit"))
	m.mu.Unlock()
	var page struct {
		Incidents []map[string]any `json:"incidents"`
		Next      string           `json:"next,omitempty"`
	}
	for n := first; n < min(first+limit, total); n++ {
		page.Incidents = append(page.Incidents, map[string]any{"id": fmt.Sprintf("KGN-%d", n+1), "state": "running", "clocks": []any{}})
	}
	if first+limit < total {
		page.Next = strconv.Itoa(first + limit)
	}
	_ = json.NewEncoder(w).Encode(page)
}

func TestListPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit, asked string
		incidents    int
		noted        bool
	}{
		{"", "100", 100, true},
		{"700", "500 200", 700, true},
		{"1200", "500 500 200", 1200, false},
		{"1300", "500 500 300", 1200, false},
		{"0", "500 500 500", 1200, false},
	} {
		api := &manyIncidents{}
		server := httptest.NewServer(api)
		args := []string{"incident", "list", "--json"}
		if c.limit != "" {
			args = append(args, "--limit", c.limit)
		}
		r := runIn(t, t.TempDir(), []string{"KIGEN_URL=" + server.URL}, "", args...)
		server.Close()
		var all []struct{ ID string }
		if err := json.Unmarshal([]byte(r.stdout), &all); err != nil || len(all) != c.incidents || all[len(all)-1].ID != fmt.Sprintf("KGN-%d", c.incidents) {
			t.Errorf("limit %q: %d incidents, %v, %s, want %d", c.limit, len(all), err, r.stderr, c.incidents)
		}
		if asked := strings.Join(api.asked, " "); asked != c.asked {
			t.Errorf("limit %q: asked for pages of %s, want %s", c.limit, asked, c.asked)
		}
		if noted := strings.Contains(r.stderr, "--limit 0"); noted != c.noted {
			t.Errorf("limit %q: said on standard error: %q", c.limit, r.stderr)
		}
	}
}
