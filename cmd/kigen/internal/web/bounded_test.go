package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestBatchAnswersAreBounded: a mistake in every field of every row is answered with a
// document of a bounded size that says how many mistakes there are.
func TestBatchAnswersAreBounded(t *testing.T) {
	s := newSite(t)
	long := strings.Repeat("障", 2000)
	for name, c := range map[string]struct {
		row      func(i int) string
		mistakes int
	}{
		"unknown fields":    {func(int) string { return manyFields(20, long) }, 20},
		"unknown names":     {func(i int) string { return fmt.Sprintf(`{"vendor":"sotas","title":"x","%s%d":1}`, long, i) }, 1},
		"values of a kind":  {func(int) string { return `{"vendor":"sotas","title":"x","impact":"` + long + `"}` }, 1},
		"times":             {func(int) string { return `{"vendor":"sotas","title":"x","occurred_at":"` + long + `"}` }, 1},
		"what they contain": {func(int) string { return `{"vendor":"sotas","title":"a\rb` + long[:300] + `"}` }, 1},
		"many tags": {func(int) string {
			return `{"vendor":"sotas","title":"x","tags":["` + strings.Repeat(`a\nb","`, 19) + `c"]}`
		}, 19},
	} {
		t.Run(name, func(t *testing.T) {
			rows := make([]string, 1000)
			size := 0
			for i := range rows {
				rows[i] = c.row(i)
				if size += len(rows[i]); size > 7<<20 {
					rows = rows[:i]
					break
				}
			}
			s.t = t
			answer := text(t, s.send(http.MethodPost, "/api/v1/incidents/batch", `{"incidents":[`+strings.Join(rows, ",")+`]}`))
			if len(answer) > 128<<10 {
				t.Errorf("%d bytes for %d rows", len(answer), len(rows))
			}
			var problem struct {
				Status  int
				Detail  string
				Errors  []struct{ Location, Message string }
				Omitted int `json:"errors_omitted"`
			}
			if err := json.Unmarshal([]byte(answer), &problem); err != nil {
				t.Fatalf("%v\n%.300s", err, answer)
			}
			all := len(rows) * c.mistakes
			if problem.Status != http.StatusUnprocessableEntity || len(problem.Errors) == 0 || len(problem.Errors)+problem.Omitted != all {
				t.Errorf("%d: %d mistakes and %d omitted of %d", problem.Status, len(problem.Errors), problem.Omitted, all)
			}
			if !strings.Contains(problem.Detail, fmt.Sprintf("of %d mistakes", all)) {
				t.Errorf("the detail has no count: %.300s … %s", problem.Detail, problem.Detail[max(0, len(problem.Detail)-200):])
			}
		})
	}
	s.t = t
	if list := s.get("/api/v1/incidents"); !strings.Contains(list, `"incidents":[]`) {
		t.Errorf("something was logged: %.300s", list)
	}
}

func manyFields(n int, value string) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"colour%d":"%.60s"`, i, value)
	}
	return `{"vendor":"sotas","title":"x",` + strings.Join(fields, ",") + `}`
}
