package deadline

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// rows answers the rows of a batch. It writes the JSON by hand, because
// reflection costs more than the deadline itself. Each worker has its own.
type rows struct {
	*Asker
	explain bool
	vendors map[string]*sla.Vendor
	lines   map[*sla.Promise]*promiseLine
}

// promiseLine is what all answers for one promise have in common, as JSON.
type promiseLine struct {
	promise *sla.Promise
	others  []otherReading
	head    []byte // {"vendor":…,"promise":…,"start":"
	rule    []byte // ,"rule":…,"reading":…,"alternatives":[
}

// otherReading is the promise under a reading that is not in force.
type otherReading struct {
	promise *sla.Promise
	head    []byte // {"reading":…,"due":
}

// newRows prepares every promise of the catalogue once.
func newRows(a *Asker, explain bool) *rows {
	r := &rows{Asker: a, explain: explain, vendors: map[string]*sla.Vendor{}, lines: map[*sla.Promise]*promiseLine{}}
	for _, v := range a.Catalogue {
		r.vendors[v.ID] = v
		for _, p := range v.Promises {
			r.lines[p] = newPromiseLine(p)
		}
	}
	return r
}

// newPromiseLine writes what every answer for the promise repeats.
func newPromiseLine(p *sla.Promise) *promiseLine {
	first := p.Duties()[0]
	line := &promiseLine{promise: p}
	line.head = fmt.Appendf(nil, `{"vendor":%s,"promise":%s,`, quote(p.Vendor), quote(p.ID))
	if first.ID != "" {
		line.head = fmt.Appendf(line.head, `"stage":%s,`, quote(first.ID))
	}
	line.head = append(line.head, `"start":"`...)
	line.rule = fmt.Appendf(nil, `,"rule":%s,"reading":%s,"alternatives":[`, quote(first.Due.String()), quote(p.Reading))
	if len(p.Stages) > 0 {
		return line // readings are of a promise's one rule
	}
	for _, reading := range p.Readings {
		if reading.ID == p.Reading {
			continue
		}
		other := *p
		other.Due, other.Reading = reading.Due, reading.ID
		line.others = append(line.others, otherReading{promise: &other, head: fmt.Appendf(nil, `{"reading":%s,"due":`, quote(reading.ID))})
	}
	return line
}

// quote writes a string as JSON.
func quote(s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("deadline: %q as JSON: %v", s, err)) // a string always has a form
	}
	return quoted
}

// appendAnswers appends the answers to some lines, the first of which has the
// number given. A bad row ends it.
func (r *rows) appendAnswers(to, lines []byte, number int) ([]byte, error) {
	for ; len(lines) > 0; number++ {
		var row []byte
		row, lines, _ = bytes.Cut(lines, []byte("\n"))
		row = bytes.TrimSuffix(row, []byte("\r"))
		if len(row) == 0 {
			continue
		}
		answered, err := r.appendAnswer(to, row)
		if err != nil {
			return to, &LineError{Line: number, Err: err}
		}
		to = answered
	}
	return to, nil
}

// appendAnswer appends the answer to one row.
func (r *rows) appendAnswer(to, row []byte) ([]byte, error) {
	vendor, start, err := split(row)
	if err != nil {
		return to, err
	}
	if r.explain {
		return r.appendExplained(to, string(vendor), string(start))
	}
	v, known := r.vendors[string(vendor)] // no allocation: the map only looks
	if !known {
		return to, unknownVendor(r.Catalogue, string(clip(vendor)))
	}
	at, err := tracker.ParseTime(string(start), r.Zone)
	if err != nil {
		return to, tracker.Invalid{{Field: "start", Value: string(clip(start)), Message: err.Error()}}
	}
	facts := r.facts(at)
	line, err := r.line(v, &facts)
	if err != nil {
		return to, err
	}
	if to, err = line.append(to, &facts, at); err != nil {
		return to, outside(string(start), err)
	}
	return to, nil
}

// appendExplained takes the slow way: an explanation is most of the work then.
func (r *rows) appendExplained(to []byte, vendor, start string) ([]byte, error) {
	answers, err := r.Ask(vendor, start)
	if err != nil {
		return to, err
	}
	text, err := json.Marshal(answers[0])
	if err != nil {
		return to, err
	}
	return append(append(to, text...), '\n'), nil
}

// line chooses the promise to answer for: the asker's, or the vendor's first.
func (r *rows) line(v *sla.Vendor, f *sla.Facts) (*promiseLine, error) {
	if len(v.Promises) == 1 && r.Promise == "" { // the usual case, without an allocation
		return r.lines[v.Promises[0]], nil
	}
	for _, p := range v.Applying(&f.Times) {
		if r.Promise == "" || r.Promise == p.ID {
			return r.lines[p], nil
		}
	}
	return nil, noPromise(v, r.Promise)
}

// append writes one answer: what Answer marshals to, without its explanation.
func (l *promiseLine) append(to []byte, f *sla.Facts, start time.Time) ([]byte, error) {
	d, err := l.promise.Deadline(f)
	if err != nil {
		return to, err
	}
	to = append(to, l.head...)
	to = start.AppendFormat(to, time.RFC3339Nano)
	to = append(to, `","due":`...)
	to = appendInstant(to, d.Due)
	to = append(to, `,"state":"`...)
	to = append(to, d.State...)
	to = append(to, '"')
	to = append(to, l.rule...)
	if !d.Due.IsZero() {
		if to, err = l.appendOthers(to, f, d.Due); err != nil {
			return to, err
		}
	}
	return append(to, "]}\n"...), nil
}

// appendOthers writes the other readings whose deadline differs.
func (l *promiseLine) appendOthers(to []byte, f *sla.Facts, due time.Time) ([]byte, error) {
	comma := false
	for i := range l.others {
		other := &l.others[i]
		d, err := other.promise.Deadline(f)
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

// appendInstant writes null for the zero time.
func appendInstant(to []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(to, "null"...)
	}
	to = append(to, '"')
	to = t.AppendFormat(to, time.RFC3339Nano)
	return append(to, '"')
}

// split gives the two fields of a row. Rows with quotes are rare and go the
// long way.
func split(row []byte) (vendor, start []byte, err error) {
	if bytes.IndexByte(row, '"') >= 0 {
		fields, err := csv.NewReader(bytes.NewReader(row)).Read()
		if err != nil || len(fields) != 2 {
			return nil, nil, invalidRow("row", string(clip(row)), "is not two CSV fields: write it as sotas,2026-05-02T22:10+09:00")
		}
		vendor, start = []byte(fields[0]), []byte(fields[1])
	} else {
		var more bool
		vendor, start, more = bytes.Cut(row, []byte(","))
		if !more || bytes.IndexByte(start, ',') >= 0 {
			return nil, nil, invalidRow("row", string(clip(row)), "is not two CSV fields: write it as sotas,2026-05-02T22:10+09:00")
		}
	}
	return bytes.TrimSpace(vendor), bytes.TrimSpace(start), nil
}

// invalidRow is one problem with one row.
func invalidRow(field, value, message string) error {
	return tracker.Invalid{{Field: field, Value: value, Message: message}}
}
