package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/tracker"
)

// breaking are characters that no field of one line may hold.
var breaking = []string{"\r", "\n", "\x00", "\x1b", "\u0085", "\u2028"}

// multiline are the fields of several lines, which may hold line feeds and tabs.
var multiline = []string{"description", "text", "notice_text", "note"}

// fieldBodies are requests with a value in every text of one line that is stored.
var fieldBodies = map[string]string{
	"POST /api/v1/incidents":                               `{"vendor":"sotas","title":"t"}`,
	"POST /api/v1/incidents/batch":                         `{"incidents":[{"vendor":"sotas","title":"t","notice_received_at":"2026-05-07T11:00"}]}`,
	"PATCH /api/v1/incidents/{id}":                         `{}`,
	"POST /api/v1/incidents/{id}/notices":                  `{}`,
	"POST /api/v1/incidents/{id}/ack":                      `{}`,
	"PUT /api/v1/incidents/{id}/owner":                     `{"owner":"sato"}`,
	"POST /api/v1/incidents/{id}/notes":                    `{"text":"called"}`,
	"POST /api/v1/incidents/{id}/chasers":                  `{}`,
	"POST /api/v1/incidents/{id}/chaser":                   `{}`,
	"POST /api/v1/incidents/bulk":                          `{"ids":["KGN-1"],"action":"assign","owner":"sato"}`,
	"POST /api/v1/incidents/{id}/cancel":                   `{"reason":"r"}`,
	"POST /api/v1/incidents/{id}/reopen":                   `{"reason":"r"}`,
	"POST /api/v1/incidents/{id}/notices/{n}/withdraw":     `{"reason":"r"}`,
	"POST /api/v1/incidents/{id}/clocks/{promise}/waive":   `{"reason":"r"}`,
	"POST /api/v1/incidents/{id}/clocks/{promise}/unwaive": `{"reason":"r"}`,
	"POST /api/v1/incidents/{id}/erase":                    `{"fields":["tags"],"reason":"r"}`,
	"POST /api/v1/incidents/{id}/duties/{duty}/decision":   `{"applies":true,"reason":"r"}`,
	"POST /api/v1/incidents/{id}/submissions":              `{"duty":"eu-gdpr"}`,
	"POST /api/v1/incidents/{id}/submissions/{n}/withdraw": `{"reason":"r"}`,
	"POST /api/v1/reports/{month}/send":                    `{"to":["soc"]}`,
	"POST /api/v1/notify/test":                             `{"to":"soc"}`,
	"POST /api/v1/reload":                                  ``,
	"POST /api/v1/vendors":                                 `{"text":"id: acme\npromises: []","reason":"r"}`,
	"POST /api/v1/register":                                `{"name":"a.csv","content":"YQ==","reason":"r"}`,
	"POST /api/v1/vendors/check":                           `{"text":"id: acme\npromises: []"}`,
	"POST /api/v1/vendors/{id}/withdraw":                   `{"reason":"r","base":1}`,
	"PUT /api/v1/vendors/{id}/draft":                       `{"text":"id: acme"}`,
	"POST /api/v1/vendors/{id}/documents":                  `{"title":"White paper","name":"a.pdf","content":"YQ=="}`,
	"POST /api/v1/vendors/{id}/reviews":                    `{}`,
}

// TestFieldsOfOneLine: every text of every request of the API, as the description lists
// them, refuses the characters that break a line, and the refusal names the field.
func TestFieldsOfOneLine(t *testing.T) {
	s := newSite(t, everyOperation, withDuties("eu-gdpr"))
	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-07T10:00"}`)
	recorded := s.get("/api/v1/incidents/KGN-1/events")
	doc := object(t, s.send(http.MethodGet, "/openapi.json", ""))
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	fill := strings.NewReplacer("/vendors/{id}", "/vendors/sotas", "{id}", "KGN-1", "{month}", "2026-04", "{n}", "1", "{promise}", "incident-notice", "{duty}", "eu-gdpr")
	for path, operations := range doc["paths"].(map[string]any) {
		for method, operation := range operations.(map[string]any) {
			name := strings.ToUpper(method) + " " + path
			body, isObject := operation.(map[string]any)["requestBody"].(map[string]any)
			if !isObject {
				continue
			}
			base, known := fieldBodies[name]
			if !known {
				t.Errorf("%s takes a body, and is not in the table", name)
				continue
			}
			schema := body["content"].(map[string]any)["application/json"].(map[string]any)["schema"].(map[string]any)
			for _, field := range textsOf(schemas, schema, "") {
				if strings.HasSuffix(path, "/send") {
					continue // fakeReports knows every destination
				}
				s.refusesBreaks(strings.ToUpper(method), fill.Replace(path), base, field)
			}
		}
	}
	if list := s.get("/api/v1/incidents/KGN-1/events"); list != recorded {
		t.Errorf("something was recorded: %s", list)
	}
}

// textsOf lists the paths of the texts of a schema: files[].name.
func textsOf(schemas, schema map[string]any, path string) (paths []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return textsOf(schemas, schemas[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any), path)
	}
	kinds := fmt.Sprint(schema["type"])
	switch {
	case strings.Contains(kinds, "array"):
		return textsOf(schemas, schema["items"].(map[string]any), path+"[]")
	case strings.Contains(kinds, "object"):
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			paths = append(paths, textsOf(schemas, properties[name].(map[string]any), strings.TrimPrefix(path+"."+name, "."))...)
		}
	case strings.Contains(kinds, "string") && schema["contentEncoding"] == nil && schema["format"] == nil:
		return []string{path}
	}
	return paths
}

// refusesBreaks sends the body with each character in the field.
func (s *site) refusesBreaks(method, path, base, field string) {
	s.t.Helper()
	last := strings.Trim(field[strings.LastIndex(field, ".")+1:], "[]")
	if strings.HasPrefix(field, "files[]") {
		last = "files"
	}
	for _, char := range append([]string{"\t"}, breaking...) {
		var body map[string]any
		if err := json.Unmarshal([]byte(base), &body); err != nil {
			s.t.Fatal(err)
		}
		set(body, strings.Split(field, "."), "a"+char+"b")
		text, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		if slices.Contains(multiline, last) && (char == "\n" || char == "\t") {
			continue
		}
		res := s.send(method, path, string(text))
		answer := object(s.t, res)
		if results, ok := answer["results"].([]any); ok && len(results) > 0 { // of each incident
			answer = results[0].(map[string]any)
			res.StatusCode = int(answer["status"].(float64))
		}
		if detail := fmt.Sprint(answer["detail"]); res.StatusCode < 400 || res.StatusCode >= 500 || !strings.Contains(detail, last) {
			s.t.Errorf("%s %s: %q in %s: %d %.300s", method, path, char, field, res.StatusCode, detail)
		}
	}
}

// set puts a value at a path, with the lists and objects that lead to it.
func set(object map[string]any, path []string, value any) {
	name, isList := strings.CutSuffix(path[0], "[]")
	if len(path) > 1 {
		var next map[string]any
		if list, ok := object[name].([]any); ok {
			next = list[0].(map[string]any)
		} else if next, ok = object[name].(map[string]any); !ok {
			next = map[string]any{}
			if name == "files" {
				next = map[string]any{"name": "a", "content": "YQ=="}
			}
		}
		set(next, path[1:], value)
		value = next
	}
	if isList {
		value = []any{value}
	}
	object[name] = value
}

// everyOperation mounts the operations that depend on options.
func everyOperation(o *web.Options) {
	o.Reload = func(context.Context) (*web.Reloaded, error) { return &web.Reloaded{}, nil }
	o.Trial = func(_ context.Context, to string) (web.Trial, error) {
		return web.Trial{}, tracker.Invalidf("destination", to, "is no destination")
	}
}

// TestFormsOfOneLine is TestFieldsOfOneLine for the forms of the board.
func TestFormsOfOneLine(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-07T10:00"}`)
	s.log(`{"vendor":"sotas","title":"y"}`)
	s.notice("KGN-2", "notice.eml", "Sorry.")
	before := len(s.events(1)) + len(s.events(2))
	page := s.get("/incidents/KGN-1")
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)[1]
	shown := html.UnescapeString(regexp.MustCompile(`name="shown" value="([^"]*)"`).FindStringSubmatch(page)[1])
	clock := html.UnescapeString(regexp.MustCompile(`name="clock"[^>]*>\s*<option value="([^"]*)"|name="clock" value="([^"]*)"`).FindStringSubmatch(page)[1])
	for path, form := range map[string]struct {
		base   url.Values
		fields []string
	}{
		"/incidents":                {url.Values{"vendor": {"sotas"}, "title": {"t"}, "impact": {"unknown"}, "scope": {"unknown"}}, []string{"title", "public_title", "service", "reference", "tags", "key", "description"}},
		"/incidents/KGN-1/amend":    {url.Values{"version": {version}, "shown": {shown}}, []string{"title", "public_title", "service", "reference", "tags", "description"}},
		"/incidents/KGN-1/notices":  {url.Values{"channel": {"email"}, "text": {"t"}}, []string{"channel", "stage", "notice_reference", "text"}},
		"/incidents/KGN-1/ack":      {url.Values{"by": {"sato"}}, []string{"by"}},
		"/incidents/KGN-1/notes":    {url.Values{"note": {"n"}}, []string{"author", "note_key", "note"}},
		"/incidents/KGN-1/owner":    {url.Values{"owner": {"sato"}}, []string{"owner"}},
		"/incidents/KGN-1/chasers":  {url.Values{"chaser_to": {"a@example.jp"}}, []string{"chaser_to", "chaser_channel", "message_id", "chaser_key"}},
		"/incidents/KGN-1/chaser":   {url.Values{"send_to": {"a@example.jp"}, "send_by": {"sato"}}, []string{"send_to", "send_key", "send_by"}},
		"/incidents/KGN-1/cancel":   {url.Values{"reason": {"r"}, "confirm": {"1"}}, []string{"reason"}},
		"/incidents/KGN-1/waive":    {url.Values{"clock": {clock}, "reason": {"r"}}, []string{"reason"}},
		"/incidents/KGN-2/withdraw": {url.Values{"n": {"1"}, "reason": {"r"}}, []string{"reason"}},
		"/incidents/KGN-1/erase":    {url.Values{"fields": {"tags"}, "erase_reason": {"r"}}, []string{"erase_reason"}},
	} {
		for _, field := range form.fields {
			for _, char := range breaking {
				isText := slices.Contains([]string{"description", "text", "note"}, field)
				if isText && char == "\n" || field == "tags" && strings.TrimSpace(char) == "" {
					continue // tags are separated by blanks of every kind
				}
				values := maps.Clone(form.base)
				values.Set(field, "a"+char+"b")
				res := s.send(http.MethodPost, path, values.Encode(),
					"Content-Type: application/x-www-form-urlencoded", "Origin: http://127.0.0.1:8080", "Sec-Fetch-Site: same-origin")
				first, _ := utf8.DecodeRuneInString(char)
				code := fmt.Sprintf("U+%04X", first)
				if page := text(t, res); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(html.UnescapeString(page), code) && field != "service" {
					t.Errorf("%s: %q in %s: %d, without %s", path, char, field, res.StatusCode, code)
				}
			}
		}
	}
	if after := len(s.events(1)) + len(s.events(2)); after != before || strings.Contains(s.get("/"), "KGN-3") {
		t.Errorf("something was recorded: %d events, were %d", after, before)
	}
}
