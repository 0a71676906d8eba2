package report

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kigen/sla"
)

// caseStream reads the cases of a report one by one, where the report does not
// hold them.
type caseStream struct {
	count    int
	promises map[promiseOf]bool // of the cases
	each     func(yield func(*Case) error) error
}

type promiseOf struct{ vendor, promise string }

// EachCase passes the cases of the report to yield, in their order, until yield
// returns an error. A case is valid until yield returns.
func (r *Report) EachCase(yield func(*Case) error) error {
	if r.stream != nil {
		return r.stream.each(yield)
	}
	for i := range r.Cases {
		if err := yield(&r.Cases[i]); err != nil {
			return err
		}
	}
	return nil
}

// CaseCount is the number of cases.
func (r *Report) CaseCount() int {
	if r.stream != nil {
		return r.stream.count
	}
	return len(r.Cases)
}

// HasSeveralPromises reports whether the report lists clocks of more than one
// promise of a vendor, one of which is promise.
func (r *Report) HasSeveralPromises(vendor, promise string) bool {
	other := func(v, p string) bool { return v == vendor && p != promise }
	if r.stream != nil {
		for k := range r.stream.promises {
			if other(k.vendor, k.promise) {
				return true
			}
		}
	}
	return slices.ContainsFunc(r.Cases, func(c Case) bool { return other(c.Vendor, c.Promise) }) ||
		slices.ContainsFunc(r.CarriedOver, func(c CarriedOver) bool { return other(c.Vendor, c.Promise) }) ||
		slices.ContainsFunc(r.Excluded, func(e Exclusion) bool { return other(e.Vendor, e.Promise) })
}

// caseRef is a case that is not read yet.
type caseRef struct {
	incident sla.IncidentID
	clock    sla.ClockID
	verdict  Verdict
	at       int64 // as of Row
}

// compareRefs orders as compareCases: At is the last instant before due.
func compareRefs(a, b caseRef) int {
	return cmp.Or(
		cmp.Compare(urgency(a.verdict), urgency(b.verdict)),
		cmp.Compare(a.at, b.at),
		cmp.Compare(a.incident, b.incident),
		cmp.Compare(a.clock, b.clock),
	)
}

// Stream makes the report that Make makes, without holding its cases: while use
// runs, EachCase reads them from the source. So the memory for 10,000 cases is
// that for a few hundred.
func Stream(ctx context.Context, source Source, spec Spec, use func(*Result) error) error {
	source = sourceAsOf(source, spec.Now)
	b := newBuilder(&spec)
	b.streams, b.promises = true, map[promiseOf]bool{}
	made, err := b.make(ctx, source)
	if err != nil {
		return err
	}
	slices.SortFunc(b.refs, compareRefs)
	made.Report.stream = &caseStream{count: len(b.refs), promises: b.promises, each: func(yield func(*Case) error) error {
		return b.eachCase(ctx, source, yield)
	}}
	return use(made)
}

// casesAtOnce is the number of cases that are read together.
const casesAtOnce = 200

func (b *builder) eachCase(ctx context.Context, source Source, yield func(*Case) error) error {
	for refs := range slices.Chunk(b.refs, casesAtOnce) {
		histories := make(map[sla.IncidentID]*History, len(refs))
		var ids []sla.IncidentID
		for _, ref := range refs {
			if _, ok := histories[ref.incident]; !ok {
				histories[ref.incident] = nil
				ids = append(ids, ref.incident)
			}
		}
		err := source.Histories(ctx, ids, func(h *History) error {
			histories[h.ID] = h
			return nil
		})
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if err := b.yieldCase(histories[ref.incident], ref.clock, yield); err != nil {
				return err
			}
		}
	}
	return nil
}

// yieldCase passes on the case of one clock. One that cannot be read is left out,
// as Make leaves it out.
func (b *builder) yieldCase(h *History, clock sla.ClockID, yield func(*Case) error) error {
	if h == nil {
		return nil
	}
	for i := range h.Clocks {
		c := &h.Clocks[i]
		row := RowOf(h.Incident, c)
		if c.ID == clock && b.period.holds(row.At) && isCase(row.verdict()) {
			one := b.newCase(h, c, row.verdict())
			return yield(&one)
		}
	}
	return nil
}

// packedModel is a model whose cases are not read yet.
type packedModel struct {
	Report
	Cases json.RawMessage `json:"cases"`
}

// Open reads what Encode wrote as Decode does, but leaves the cases packed:
// EachCase unpacks them one by one.
func Open(data []byte, zone *time.Location) (Report, error) {
	var m packedModel
	if err := json.Unmarshal(presentNames(data), &m); err != nil {
		return Report{}, fmt.Errorf("report of an edition: %w", err)
	}
	r := m.Report
	stream := &caseStream{promises: map[promiseOf]bool{}, each: func(yield func(*Case) error) error {
		return eachPacked(m.Cases, func(c *modelCase) error {
			c.Case.Explanation = c.Explanation
			c.moveTo(mover(zone))
			return yield(&c.Case)
		})
	}}
	err := eachPacked(m.Cases, func(c *struct{ Vendor, Promise string }) error {
		stream.count++
		stream.promises[promiseOf{c.Vendor, c.Promise}] = true
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	r.stream = stream
	r.moveTo(zone)
	return r, nil
}

// eachPacked decodes the elements of a JSON array one by one.
func eachPacked[T any](list json.RawMessage, yield func(*T) error) error {
	if len(list) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(list))
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("cases of an edition: %w", err)
	}
	for d.More() {
		var one T
		if err := d.Decode(&one); err != nil {
			return fmt.Errorf("cases of an edition: %w", err)
		}
		if err := yield(&one); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("cases of an edition: %w", err)
	}
	return nil
}
