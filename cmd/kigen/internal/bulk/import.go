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
	"time"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/sla/phrase/localizer"
)

// Import is the import of one file.
type Import struct {
	Daemon *client.Client
	File   *sheetfile.File
	// Key identifies the content; a repeated import with it logs nothing twice. It names
	// the import at the daemon, too.
	Key string
	// History imports all as past: no deadline that has passed raises an alert.
	History bool
	// Progress is called with the number of finished rows if there are several requests.
	Progress func(done int)
}

// Incident is what the daemon answers for a row.
type Incident struct {
	ID     string          `json:"id"` // empty in a dry run of a new one
	State  string          `json:"state"`
	Vendor string          `json:"vendor"`
	Title  string          `json:"title"`
	Due    *time.Time      `json:"due"`
	Before bool            `json:"logged_before"`
	Source json.RawMessage `json:"-"` // the whole answer
}

// UnmarshalJSON keeps the answer beside its fields.
func (i *Incident) UnmarshalJSON(text []byte) error {
	type plain Incident
	if err := json.Unmarshal(text, (*plain)(i)); err != nil {
		return err
	}
	i.Source = slices.Clone(text)
	return nil
}

// Before counts the incidents that were logged before.
func Before(incidents []Incident) (n int) {
	for i := range incidents {
		if incidents[i].Before {
			n++
		}
	}
	return n
}

// Check validates every row at the daemon without logging any, and returns what
// would be logged. Faults of rows, and a file that may not be imported again, are
// returned as *sheetfile.Faults: nothing was logged.
func (i *Import) Check(ctx context.Context) (previews []Incident, err error) {
	wrong := &sheetfile.Faults{File: i.File.Name, Sheet: i.File.Sheet, List: i.File.Repeated()}
	err = i.each(func(part part) error {
		answer, faults, err := i.checkPart(ctx, part)
		previews = append(previews, answer...)
		wrong.List = append(wrong.List, faults...)
		return err
	})
	if err == nil && len(wrong.List) > 0 {
		return nil, wrong
	}
	return previews, err
}

// checkPart repeats the check without the refused rows until the others pass: the
// daemon checks the form of all rows before it checks any content. The key stands for
// all rows: those that an interrupted import logged pass as they are.
func (i *Import) checkPart(ctx context.Context, whole part) (previews []Incident, wrong []sheetfile.Fault, err error) {
	for left := whole; len(left.rows) > 0; left.key = "" {
		previews, err = i.send(ctx, left, true)
		if err == nil {
			break
		}
		if fault, ok := usedKey(err); ok {
			return nil, []sheetfile.Fault{fault}, nil
		}
		faults, refused := i.faults(left.rows, err)
		if !refused {
			return nil, nil, err
		}
		wrong = append(wrong, faults...)
		left.rows = slices.DeleteFunc(slices.Clone(left.rows), func(r sheetfile.Row) bool {
			return slices.ContainsFunc(faults, func(f sheetfile.Fault) bool { return f.Line == r.Line })
		})
	}
	slices.SortStableFunc(wrong, func(a, b sheetfile.Fault) int { return cmp.Compare(a.Line, b.Line) })
	return previews, wrong, nil
}

// Log logs the rows and returns the incidents. After an interruption the same
// import continues where it stopped, because each request has a key.
func (i *Import) Log(ctx context.Context) (logged []Incident, err error) {
	err = i.each(func(part part) error {
		answer, err := i.send(ctx, part, false)
		logged = append(logged, answer...)
		return err
	})
	return logged, err
}

// part is the rows of one request.
type part struct {
	rows []sheetfile.Row
	key  string // the idempotency key; empty: none
	more bool   // further parts follow
}

// each calls f with the rows of every request.
func (i *Import) each(f func(part) error) error {
	parts := cut(i.File.Rows)
	done := 0
	for n, rows := range parts {
		if err := f(part{rows, i.Key + "-" + strconv.Itoa(n), n < len(parts)-1}); err != nil {
			return err
		}
		done += len(rows)
		if len(parts) > 1 && i.Progress != nil {
			i.Progress(done)
		}
	}
	return nil
}

// Bounds of one request, below the daemon's own.
const (
	mostRows  = 1000
	mostBytes = 4 << 20
)

// cut splits rows into requests of a size that the daemon accepts.
func cut(rows []sheetfile.Row) [][]sheetfile.Row {
	var parts [][]sheetfile.Row
	from, size := 0, 0
	for i, row := range rows {
		if i > from && (i-from == mostRows || size+row.Size > mostBytes) {
			parts = append(parts, rows[from:i])
			from, size = i, 0
		}
		size += row.Size
	}
	return append(parts, rows[from:])
}

// send checks or logs some rows at the daemon.
func (i *Import) send(ctx context.Context, p part, dryRun bool) ([]Incident, error) {
	bodies := make([]map[string]any, len(p.rows))
	for n, row := range p.rows {
		bodies[n] = row.Body
	}
	request := client.Request{
		Method: http.MethodPost, Path: "/incidents/batch", Query: url.Values{"times": {"written"}},
		Body: map[string]any{"incidents": bodies, "import": i.Key, "more": p.more, "history": i.History, "by_reference": true},
	}
	if dryRun {
		request.Query.Set("dry_run", "true")
	}
	if p.key != "" {
		request.Header = http.Header{"Idempotency-Key": {p.key}}
	}
	body, err := i.Daemon.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Incidents []Incident `json:"incidents"`
	}
	return answer.Incidents, client.Decode(body, &answer)
}

// usedKey returns the fault if the daemon refuses the idempotency key: another user
// imported the file, or its content is read differently by now.
func usedKey(err error) (fault sheetfile.Fault, ok bool) {
	var refused *client.Problem
	if !errors.As(err, &refused) || len(refused.Errors) != 1 || refused.Errors[0].Location != "header.Idempotency-Key" {
		return fault, false
	}
	message, _, _ := strings.Cut(refused.Errors[0].Message, ":") // the remedy is not for an import
	return sheetfile.Fault{Text: localizer.Messagef("was imported before, and the import cannot be repeated: its key %s; change the file to log its rows again", message)}, true
}

// faults maps each refused field to its row; false if the error is about something
// other than fields.
func (i *Import) faults(rows []sheetfile.Row, err error) ([]sheetfile.Fault, bool) {
	var refused *client.Problem
	if !errors.As(err, &refused) || len(refused.Errors) == 0 {
		return nil, false
	}
	var wrong []sheetfile.Fault
	for _, e := range refused.Errors {
		n, field, ok := place(e.Location)
		if !ok || n < 0 || n >= len(rows) {
			return nil, false
		}
		value := ""
		if e.Value != nil {
			value = fmt.Sprint(e.Value)
		}
		wrong = append(wrong, sheetfile.Fault{Line: rows[n].Line, Column: i.File.Head(field), Value: value, Text: localizer.Messagef("%s", e.Message)})
	}
	return wrong, true
}

// place parses an error location into the incident's index and the field.
func place(location string) (n int, field string, ok bool) {
	rest, found := strings.CutPrefix(location, "body.incidents[")
	number, field, closed := strings.Cut(rest, "]")
	n, err := strconv.Atoi(number)
	return n, strings.TrimPrefix(field, "."), found && closed && err == nil
}
