package bulk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/client"
)

// Import is one file on its way into kigen.
type Import struct {
	Daemon *client.Client
	Name   string // of the file, as errors give it
	Rows   []Row
	// Key names the file's content: under the same key nothing is logged twice.
	Key string
	// Progress is told how many rows are done, if there is more than one request.
	Progress func(done int)
}

// RefusedError says what is wrong with which lines. Nothing was logged.
type RefusedError struct{ Problems []error }

// Error lists the problems, one a line.
func (e *RefusedError) Error() string { return errors.Join(e.Problems...).Error() }

// Check has kigen look at every row, and logs nothing. What is wrong with the
// rows, with each of them, is a *RefusedError.
func (i *Import) Check(ctx context.Context) error {
	var wrong []error
	err := i.each(func(_ int, part []Row) error {
		problems, err := i.checkPart(ctx, part)
		wrong = append(wrong, problems...)
		return err
	})
	if err == nil && len(wrong) > 0 {
		err = &RefusedError{wrong}
	}
	return err
}

// checkPart asks again without the rows that were refused, until the others are
// taken: kigen looks at the form of all rows before it looks at what any says.
func (i *Import) checkPart(ctx context.Context, part []Row) ([]error, error) {
	var wrong []problem
	for left := part; len(left) > 0; {
		_, err := i.send(ctx, left, "", true)
		if err == nil {
			break
		}
		problems, refused := problems(left, err)
		if !refused {
			return nil, err
		}
		wrong = append(wrong, problems...)
		left = slices.DeleteFunc(slices.Clone(left), func(r Row) bool {
			return slices.ContainsFunc(problems, func(p problem) bool { return p.line == r.Line })
		})
	}
	slices.SortStableFunc(wrong, func(a, b problem) int { return cmp.Compare(a.line, b.line) })
	all := make([]error, len(wrong))
	for n, p := range wrong {
		all[n] = fmt.Errorf("%s, line %d: %s", i.Name, p.line, p.text)
	}
	return all, nil
}

// Log logs the rows, and returns what became of them. A daemon that goes away
// in between leaves the rest out: the same again goes on where it stopped,
// because each request has its key.
func (i *Import) Log(ctx context.Context) (logged []json.RawMessage, err error) {
	err = i.each(func(n int, part []Row) error {
		answer, err := i.send(ctx, part, i.Key+"-"+strconv.Itoa(n), false)
		logged = append(logged, answer...)
		return err
	})
	return logged, err
}

// each does something with every request's rows.
func (i *Import) each(f func(n int, part []Row) error) error {
	parts := cut(i.Rows)
	done := 0
	for n, part := range parts {
		if err := f(n, part); err != nil {
			return err
		}
		done += len(part)
		if len(parts) > 1 && i.Progress != nil {
			i.Progress(done)
		}
	}
	return nil
}

// send asks the daemon to check or to log some rows.
func (i *Import) send(ctx context.Context, part []Row, key string, dryRun bool) ([]json.RawMessage, error) {
	bodies := make([]map[string]any, len(part))
	for n, row := range part {
		bodies[n] = row.Body
	}
	request := client.Request{Method: http.MethodPost, Path: "/incidents/batch", Query: url.Values{}, Body: map[string]any{"incidents": bodies}}
	if dryRun {
		request.Query.Set("dry_run", "true")
	} else {
		request.Header = http.Header{"Idempotency-Key": {key}}
	}
	body, err := i.Daemon.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Incidents []json.RawMessage `json:"incidents"`
	}
	return answer.Incidents, client.Decode(body, &answer)
}

// problem is what is wrong with a line.
type problem struct {
	line int
	text string // field, value and remedy
}

// problems places every field that was refused; false: the refusal was of
// something else.
func problems(part []Row, err error) ([]problem, bool) {
	var refused *client.Problem
	if !errors.As(err, &refused) || len(refused.Errors) == 0 {
		return nil, false
	}
	var wrong []problem
	for _, e := range refused.Errors {
		n, field, ok := place(e.Location)
		if !ok || n < 0 || n >= len(part) {
			return nil, false
		}
		value := ""
		if e.Value != nil {
			value = fmt.Sprintf(" %q", fmt.Sprint(e.Value))
		}
		wrong = append(wrong, problem{part[n].Line, field + value + ": " + e.Message})
	}
	return wrong, true
}

// place reads which incident of a request a location means, and which field.
func place(location string) (n int, field string, ok bool) {
	rest, found := strings.CutPrefix(location, "body.incidents[")
	number, field, closed := strings.Cut(rest, "]")
	n, err := strconv.Atoi(number)
	return n, strings.TrimPrefix(field, "."), found && closed && err == nil
}
