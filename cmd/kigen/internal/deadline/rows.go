package deadline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/tracker"
)

// rows answers rows of a batch. It writes JSON by hand because reflection costs
// more than the deadline itself. Each worker has its own.
type rows struct {
	*Asker
	explain bool
	layout  *layout
	fields  [][]byte  // of the current row
	facts   sla.Facts // of the current row
	vendors map[string]*sla.Vendor
	about   map[*sla.Vendor][]*sla.Promise // of the selected kind
	lines   map[*sla.Promise][]dutyLine
}

// dutyLine holds the JSON that all answers for one promise, or one stage of it,
// share.
type dutyLine struct {
	promise *sla.Promise
	stage   *sla.Stage
	others  []otherReading
	head    []byte // {"vendor":…,"promise":…,"stage":…,"start":
	rule    []byte // ,"rule":…,"reading":…,"alternatives":[
}

// otherReading is the promise under a reading that is not in force.
type otherReading struct {
	promise *sla.Promise
	head    []byte // {"reading":…,"due":
}

// newRows prepares every promise of the catalogue once.
func newRows(a *Asker, explain bool) *rows {
	r := &rows{Asker: a, explain: explain, vendors: map[string]*sla.Vendor{}, about: map[*sla.Vendor][]*sla.Promise{}, lines: map[*sla.Promise][]dutyLine{}}
	for _, v := range a.Catalogue {
		r.vendors[v.ID], r.about[v] = v, v.About(a.kind(v))
		for _, p := range v.Promises {
			if a.Promise == "" || a.Promise == p.ID {
				r.lines[p] = a.dutyLines(p)
			}
		}
	}
	return r
}

// dutyLines builds the constant JSON of a promise's answers.
func (a *Asker) dutyLines(p *sla.Promise) (lines []dutyLine) {
	duties := p.AllStages()
	for i := range duties {
		stage := &duties[i]
		if a.Stage != "" && a.Stage != stage.ID {
			continue
		}
		line := dutyLine{promise: p, stage: stage}
		line.head = fmt.Appendf(nil, `{"vendor":%s,"promise":%s,"stage":%s,"start":`, quote(p.Vendor), quote(p.ID), quote(stage.ID))
		line.rule = fmt.Appendf(nil, `,"rule":%s,"reading":%s,"alternatives":[`, quote(stage.Due.String()), quote(p.Reading))
		for _, reading := range p.Readings {
			if reading.ID == p.Reading || len(p.Stages) > 0 { // readings belong to a promise's single rule
				continue
			}
			other := *p
			other.Due, other.Reading = reading.Due, reading.ID
			line.others = append(line.others, otherReading{promise: &other, head: fmt.Appendf(nil, `{"reading":%s,"due":`, quote(reading.ID))})
		}
		lines = append(lines, line)
	}
	return lines
}

func quote(s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("deadline: %q as JSON: %v", s, err)) // a string always marshals
	}
	return quoted
}

// appendAnswers appends the answers to some lines; number is the first one's line
// number. It stops at the first bad row.
func (r *rows) appendAnswers(to, lines []byte, number int) ([]byte, error) {
	for ; len(lines) > 0; number++ {
		var row []byte
		row, lines, _ = bytes.Cut(lines, []byte("\n"))
		if r.isBlank(row) {
			continue
		}
		answered, err := r.appendAnswer(to, row)
		if err != nil {
			return to, &LineError{Line: number, Err: orNotUTF8(row, err)}
		}
		to = answered
	}
	return to, nil
}

// isBlank reports whether a row is empty apart from separators, as spreadsheets
// save empty rows.
func (r *rows) isBlank(row []byte) bool {
	for _, b := range row {
		if b != ' ' && b != '\r' && b != '\t' && b != r.layout.separator {
			return false
		}
	}
	return true
}

// orNotUTF8 replaces the error if the row's encoding is the cause.
func orNotUTF8(row []byte, err error) error {
	invalid, ok := tracker.AsInvalid(err)
	if !ok || utf8.Valid(row) {
		return err
	}
	for i := range invalid {
		invalid[i] = tracker.Problemf(invalid[i].Field, string(clip([]byte(invalid[i].Value))), "is not UTF-8: save the file as CSV UTF-8")
	}
	return invalid
}

// appendAnswer appends the answers to one row, one per promise and stage.
func (r *rows) appendAnswer(to, row []byte) (_ []byte, err error) {
	if r.fields, err = r.layout.split(row, r.fields); err != nil {
		return to, err
	}
	if r.explain {
		return r.appendExplained(to)
	}
	v, err := r.read()
	if err != nil {
		return to, err
	}
	before := len(to)
	if about := r.about[v]; len(about) == 1 { // the usual case, without an allocation
		to, err = r.appendPromise(to, about[0], &r.facts)
	} else {
		for _, p := range v.Applying(r.kind(v), &r.facts.Times) {
			if to, err = r.appendPromise(to, p, &r.facts); err != nil {
				break
			}
		}
	}
	switch {
	case errors.Is(err, calendar.ErrRange):
		q := r.question()
		return to, q.outside(err)
	case err == nil && len(to) == before:
		return to, r.nothing(v)
	}
	return to, err
}

// read reads the current row into r.facts, like Asker.factsOf but without
// allocating.
func (r *rows) read() (*sla.Vendor, error) {
	f := &r.facts
	*f = sla.Facts{Impact: r.Impact, Scope: r.Scope, Severity: r.Severity}
	var v *sla.Vendor
	var service []byte
	var known, timed bool
	for i, c := range r.layout.columns { // start first: moments override it
		if c == columnStart && len(r.fields[i]) > 0 {
			at, err := r.time(i)
			if err != nil {
				return nil, err
			}
			putAll(&f.Times, at)
			timed = true
		}
	}
	for i, c := range r.layout.columns {
		field := r.fields[i]
		if len(field) == 0 && c != columnVendor {
			continue
		}
		switch c {
		case columnVendor:
			if v, known = r.vendors[string(field)]; !known { // no allocation: the map is only read
				return nil, unknownVendor(r.Catalogue, string(clip(field)))
			}
		case columnStart:
		case columnService:
			service = field
		case columnImpact:
			f.Impact = sla.Impact(field)
		case columnScope:
			f.Scope = sla.Scope(field)
		case columnSeverity:
			f.Severity = sla.Severity(field)
		default:
			at, err := r.time(i)
			if err != nil {
				return nil, err
			}
			f.Times[c.momentOf()], timed = stated(c.momentOf(), at), true
		}
	}
	if !timed {
		return nil, tracker.Invalid{noStart()}
	}
	f.Service = serviceNamed(v, service)
	if invalid := checkFacts(v, f); len(invalid) > 0 {
		return nil, invalid
	}
	return v, nil
}

// serviceNamed is the vendor's service with this name. It allocates only for another
// name.
func serviceNamed(v *sla.Vendor, name []byte) string {
	for _, service := range v.Services {
		if service == string(name) {
			return service
		}
	}
	return string(name)
}

// time reads a field of the current row.
func (r *rows) time(i int) (time.Time, error) {
	t, err := r.Time(string(r.fields[i]))
	if err != nil {
		return time.Time{}, tracker.Invalid{tracker.BadTime(r.layout.names[i], string(clip(r.fields[i])), err)}
	}
	return t.At, nil
}

// question converts the current row to a Question.
func (r *rows) question() *Question {
	q := &Question{Moments: map[sla.Moment]string{}}
	for i, c := range r.layout.columns {
		text := string(r.fields[i])
		switch c {
		case columnVendor:
			q.Vendor = text
		case columnStart:
			q.Start = text
		case columnService:
			q.Service = text
		case columnImpact:
			q.Impact = sla.Impact(text)
		case columnScope:
			q.Scope = sla.Scope(text)
		case columnSeverity:
			q.Severity = sla.Severity(text)
		default:
			q.Moments[c.momentOf()] = text
		}
	}
	return q
}

// appendExplained uses Asker.Ask, because the explanation dominates the cost.
func (r *rows) appendExplained(to []byte) ([]byte, error) {
	answers, _, err := r.Ask(r.question())
	if err != nil {
		return to, err
	}
	for i := range answers {
		text, err := json.Marshal(&answers[i])
		if err != nil {
			return to, err
		}
		to = append(append(to, text...), '\n')
	}
	return to, nil
}

// appendPromise appends the answers for one promise; none if the asker selects
// another.
func (r *rows) appendPromise(to []byte, p *sla.Promise, f *sla.Facts) (_ []byte, err error) {
	lines := r.lines[p]
	for i := range lines {
		if to, err = lines[i].append(to, f); err != nil {
			return to, err
		}
	}
	return to, nil
}

// append writes one answer, equal to a marshalled Answer without explanation.
func (l *dutyLine) append(to []byte, f *sla.Facts) ([]byte, error) {
	d, err := l.promise.StageDeadline(l.stage, f, answered(l.promise, f))
	if err != nil {
		return to, err
	}
	to = append(to, l.head...)
	to = appendInstant(to, d.Began())
	to = append(to, `,"start_from":"`...)
	to = append(to, startFrom(l.stage, &d.Start)...)
	to = append(to, `","due":`...)
	to = appendInstant(to, d.Due)
	to = append(to, `,"state":"`...)
	to = append(to, d.State...)
	to = append(to, `","not_provable":`...)
	to = strconv.AppendBool(to, d.Assumed())
	to = append(to, l.rule...)
	if !d.Due.IsZero() {
		if to, err = l.appendOthers(to, f, d.Due); err != nil {
			return to, err
		}
	}
	return append(to, "]}\n"...), nil
}

// appendOthers writes the other readings whose deadline differs.
func (l *dutyLine) appendOthers(to []byte, f *sla.Facts, due time.Time) ([]byte, error) {
	comma := false
	for i := range l.others {
		other := &l.others[i]
		d, err := other.promise.Deadline(f)
		if errors.Is(err, calendar.ErrRange) {
			continue // not applicable, so it has no deadline of its own
		}
		if err != nil {
			return to, err
		}
		if d.Due.Equal(due) {
			continue
		}
		if comma {
			to = append(to, ',')
		}
		comma = true
		to = append(to, other.head...)
		to = append(appendInstant(to, d.Due), '}')
	}
	return to, nil
}

func appendInstant(to []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(to, "null"...)
	}
	to = append(to, '"')
	to = t.AppendFormat(to, time.RFC3339Nano)
	return append(to, '"')
}

func invalidRow(field string, value []byte, format string, args ...any) error {
	return tracker.Invalidf(field, string(clip(value)), format, args...)
}
