package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/web"
)

// fuzzed is a site for any number of requests: another second passes with each,
// so that nobody is slowed down.
func fuzzed(f *testing.F) *site {
	f.Helper()
	s := newSite(f, func(o *web.Options) { o.Live = web.NewLive() })
	s.seed()
	s.log(`{"vendor":"cybertrust","title":"通知期限の定めなし","reference":"fuzz"}`)
	return s
}

// ask sends a request as a server gets it, also what no client would send.
func (s *site) ask(t *testing.T, method, path, query string, body io.Reader, headers http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:8080/", body)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.URL.RawQuery, r.RemoteAddr = path, query, "127.0.0.1:1"
	for name, values := range headers {
		r.Header[name] = values
	}
	s.set(s.now().Add(time.Second))
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	res := w.Result()
	if res.StatusCode >= http.StatusInternalServerError {
		t.Fatalf("%s %s?%s: %d %s", method, path, query, res.StatusCode, w.Body)
	}
	return res
}

// refusal is a problem document.
type refusal struct {
	Status int
	Title  string
	Detail string
	Errors []struct {
		Location, Message string
		Value             any
	}
}

// checkProblem holds a refusal to what the API promises of one: a problem
// document that names the field, in a part of the request that may be at fault,
// and the remedy.
func checkProblem(t *testing.T, what string, res *http.Response, parts ...string) refusal {
	t.Helper()
	if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%s: %d is answered as %q", what, res.StatusCode, got)
	}
	var p refusal
	body := text(t, res)
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Status != res.StatusCode || p.Title == "" || p.Detail == "" {
		t.Fatalf("%s: %v in %s", what, err, body)
	}
	for _, e := range p.Errors {
		where, _, found := strings.Cut(e.Location, ".")
		if !slices.Contains(parts, where) || !found && where != "body" || e.Message == "" {
			t.Fatalf("%s: a problem at %q says %q: %s", what, e.Location, e.Message, body)
		}
	}
	if res.StatusCode == http.StatusUnprocessableEntity && len(p.Errors) == 0 {
		t.Fatalf("%s: no field is named: %s", what, body)
	}
	return p
}

// FuzzQuery asks every route that takes a query with any query.
func FuzzQuery(f *testing.F) {
	paths := []string{
		"/api/v1/incidents", "/api/v1/deadline", "/api/v1/vendors/sotas/profile", "/api/v1/incidents/KGN-1", "/api/v1/reports/2026-04",
		"/", "/board", "/reports", "/reports/2026-04", "/vendors", "/vendors/sotas", "/incidents/KGN-1", "/incidents/new", "/calendar.ics", "/health",
	}
	names := []string{
		"vendor", "state", "month", "q", "cursor", "limit", "lang", "start", "promise", "year", "format", "table", "bom", "edition",
		"zone", "done", "from", "next", "since", "",
	}
	for i, value := range []string{
		"sotas", "overdue", "2026-10", "認証 基盤", "MC4wLjA", "500", "ja", "2026-05-02 22:10", "incident-notice", "2026", "xlsx", "cases", "true", "1",
		"Asia/Tokyo", "ack", "1", "/vendors", "x", "x",
	} {
		f.Add(uint8(i), uint8(i), value, "")
		f.Add(uint8(0), uint8(i), value, "cursor=MS4tMTAwLi0x&q=%00%ff")
		f.Add(uint8(5), uint8(i), value, "state=%")
	}
	f.Add(uint8(1), uint8(7), "9999-99-99 99:99", "vendor=tatsujin&promise=%22")
	f.Add(uint8(1), uint8(7), "2199-12-31T23:59:59.9999999999-23:59", "vendor=sotas")
	f.Add(uint8(0), uint8(5), "-1", "limit=1&limit=2;")
	f.Add(uint8(7), uint8(9), "-99999999999999999999", "")
	f.Add(uint8(5), uint8(3), "x", "q=%e2%9f%a6")
	f.Add(uint8(5), uint8(3), strings.Repeat("x", 70_000), "")
	s := fuzzed(f)
	f.Fuzz(func(t *testing.T, path, name uint8, value, rest string) {
		at, field := paths[int(path)%len(paths)], names[int(name)%len(names)]
		query := url.Values{field: {value}}.Encode()
		if rest != "" {
			query += "&" + rest
		}
		res := s.ask(t, http.MethodGet, at, query, http.NoBody, nil)
		what := fmt.Sprintf("%s?%s", at, query)
		switch {
		case strings.HasPrefix(at, "/api/") && res.StatusCode >= http.StatusBadRequest, at == "/calendar.ics" && res.StatusCode != http.StatusOK:
			for _, e := range checkProblem(t, what, res, "query", "path").Errors {
				if e.Location == "query."+field && value != "" && rest == "" && e.Value == nil {
					t.Fatalf("%s: %s does not say which value is wrong: %s", what, e.Location, e.Message)
				}
			}
		case strings.HasPrefix(at, "/api/") || at == "/calendar.ics":
		case res.StatusCode == http.StatusOK, res.StatusCode == http.StatusNotFound, res.StatusCode == http.StatusUnprocessableEntity:
			asked, _ := url.QueryUnescape(query) // up to a wrong escape
			shown := strings.Contains(value+rest+asked, "⟦") || strings.Contains(strings.ToUpper(query), "%E2%9F%A6")
			if page := text(t, res); strings.Contains(page, "⟦") && !shown {
				t.Fatalf("%s: the page lacks a wording:\n%s", what, page)
			}
		default:
			t.Fatalf("%s: %d", what, res.StatusCode)
		}
	})
}

// FuzzCursor follows a list from any cursor: it is refused, or the list ends
// and holds no incident twice.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "MC4wLjA", "OS45LjktOQ", "LTkyMjMzNzIwMzY4NTQ3NzU4MDguLTkyMjMzNzIwMzY4NTQ3NzU4MDguLTkyMjMzNzIwMzY4NTQ3NzU4MDg", "MC4wLjA=", "0.0.0", "%", "MC4xZTkuMA"} {
		f.Add(seed, "")
		f.Add(seed, "overdue")
	}
	s := fuzzed(f)
	f.Fuzz(func(t *testing.T, cursor, state string) {
		seen := map[string]bool{}
		for range 50 {
			query := url.Values{"cursor": {cursor}, "limit": {"3"}}
			if state != "" {
				query.Set("state", state)
			}
			res := s.ask(t, http.MethodGet, "/api/v1/incidents", query.Encode(), http.NoBody, nil)
			if res.StatusCode != http.StatusOK {
				checkProblem(t, query.Encode(), res, "query")
				return
			}
			var page struct {
				Incidents []struct{ ID string }
				Next      string
			}
			if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
				t.Fatal(err)
			}
			for _, inc := range page.Incidents {
				if seen[inc.ID] {
					t.Fatalf("%s comes twice behind %q", inc.ID, cursor)
				}
				seen[inc.ID] = true
			}
			if cursor = page.Next; cursor == "" {
				return
			}
		}
		t.Fatal("the list does not end")
	})
}

// FuzzIfMatch amends an incident under any If-Match: it is amended exactly if
// the version that stands was named, or any was allowed.
func FuzzIfMatch(f *testing.F) {
	for _, seed := range []string{`"1"`, `W/"1"`, "*", "", `"0", "1"`, `"2"`, ",", `"99999999999999999999"`, "\x00", `""`, "\u0085*\u00a0", "\u3000\"1\"", "*,", "*, \"9\"", `"1","1"`, "\"1\"\r\n", "\xff*"} {
		f.Add(seed)
	}
	s := newSite(f)
	path := "/api/v1/incidents/" + s.log(`{"vendor":"sotas","title":"x"}`)
	n := 0
	f.Fuzz(func(t *testing.T, match string) {
		n++
		tag := s.ask(t, http.MethodGet, path, "", http.NoBody, nil).Header.Get("ETag")
		res := s.ask(t, http.MethodPatch, path, "", strings.NewReader(fmt.Sprintf(`{"title":"title %d"}`, n)),
			http.Header{"If-Match": {match}, "Content-Type": {"application/json"}})
		trimmed := strings.TrimSpace(match)
		named := match == "" || trimmed == "*"
		for part := range strings.SplitSeq(match, ",") {
			named = named || strings.TrimSpace(part) == tag
		}
		if res.StatusCode == http.StatusOK != named {
			t.Fatalf("If-Match %q of %s: %d", match, tag, res.StatusCode)
		}
		if !named {
			if res.StatusCode != http.StatusPreconditionFailed {
				t.Fatalf("If-Match %q: %d", match, res.StatusCode)
			}
			checkProblem(t, match, res, "header")
		}
	})
}

// FuzzLog logs any body under any key: it is refused in the API's form, or what
// is read back is what was sent, and the same again logs nothing more.
func FuzzLog(f *testing.F) {
	for _, seed := range []string{
		`{"vendor":"sotas","title":"x"}`, `{"vendor":"sotas","title":"期限 \u0000\ud800","occurred_at":"2026-05-01 18:00","tags":["a","","a"]}`,
		`{"vendor":"sotas","title":" ","impact":"huge"}`, `{"vendor":"sotas","title":"x","title":"y","colour":1}`, `{"vendor":1,"title":[]}`,
		`{`, `null`, `[]`, `"x"`, `1e999`, ``, "\ufeff{}", `{"vendor":"sotas","title":"x"} {}`, `{"vendor":"sotas","title":"\xff"}`,
		`{"Vendor":"sotas","TITLE":"x"}`, `{"vendor":"sotas","title":"x","TITLE":"y"}`, `{"vendor":"sotas","title":"\u0085x\u2028"}`, `{"vendor":"sotas","title":"x","title":"y"}`,
		`{"vendor":"sotas","title":"x\u200b","service":"\ud800"}`, `{"vendor":"sotas","title":"か\u3099","reference":"\u0001"}`, `{"vendor":"sotas","title":"x","tags":{},"reference":null}`, `{"vendor":" sotas ","title":"x","description":"a\r\nb\n"}`, `{"vendor":"tatsujin","title":"x","detected_at":"1900-01-01T00:00:00Z"}`,
		`{"vendor":"superstream","title":"x","detected_at":"2026-05-01T00:00:00.123456789+14:00","severity":"high","scope":"unknown"}`,
	} {
		f.Add([]byte(seed), "", "application/json")
		f.Add([]byte(seed), "key", "application/json; charset=utf-8")
	}
	f.Add([]byte(`vendor=sotas&title=x`), "", "application/x-www-form-urlencoded")
	f.Add([]byte("\xa1fvendoresotas"), "", "application/cbor")
	s := newSite(f)
	n := 0
	f.Fuzz(func(t *testing.T, body []byte, key, contentType string) {
		n++
		headers := http.Header{"Content-Type": {contentType}}
		if key != "" {
			headers.Set("Idempotency-Key", fmt.Sprintf("%d %s", n, key)) // nobody's before
		}
		now := s.now()
		send := func() *http.Response {
			return s.ask(t, http.MethodPost, "/api/v1/incidents", "", strings.NewReader(string(body)), headers)
		}
		res := send()
		if res.StatusCode != http.StatusCreated {
			checkProblem(t, string(body), res, "body", "header")
			return
		}
		logged := object(t, res)
		var sent map[string]any
		if err := json.Unmarshal(body, &sent); err == nil {
			compareSent(t, sent, logged)
		}
		if at, err := time.Parse(time.RFC3339Nano, logged["logged_at"].(string)); err != nil || at.Before(now) {
			t.Fatalf("logged at %v, %v", logged["logged_at"], err)
		}
		if key != "" {
			if again := object(t, send()); again["id"] != logged["id"] {
				t.Fatalf("under the same key %v, then %v", logged["id"], again["id"])
			}
		}
	})
}

// compareSent holds what was logged against the texts that were sent.
func compareSent(t *testing.T, sent, logged map[string]any) {
	t.Helper()
	for _, field := range []string{"vendor", "title", "service", "description", "reference"} {
		want, given := sent[field].(string)
		want = strings.ReplaceAll(want, "\r\n", "\n") // a line ends in one way
		if got, _ := logged[field].(string); given && got != want && got != strings.TrimSpace(want) {
			t.Fatalf("%s is %q, sent was %q", field, got, want)
		}
	}
}
