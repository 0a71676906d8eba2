package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kigen/sla"
)

// MostAtOnce bounds the incidents of one transaction, which blocks all other writers.
const MostAtOnce = 1000

// Batch is incidents that are logged together, all or none: the rows of a file, or a
// part of them.
type Batch struct {
	Entries []Entry
	// Import names what the batch belongs to. The past deadlines of all batches of one
	// name are alerted in one summary.
	Import string
	// More says that further batches of the import follow, for which its summary waits.
	More bool
	// History says that all of it is past: no deadline up to now raises an alert, and
	// there is no summary.
	History bool
	// ByReference leaves out each entry whose reference its vendor has an incident
	// with, so that the same rows are logged once.
	ByReference bool
}

// Batched is one incident of a batch.
type Batched struct {
	*sla.Incident
	Before bool // it was logged before, and this batch changed nothing of it
}

// LogAll records new incidents like LogBatch, as an import of their own.
func (t *Tracker) LogAll(ctx context.Context, by Request, entries []Entry) ([]*sla.Incident, error) {
	logged, err := t.LogBatch(ctx, by, Batch{Entries: entries})
	return incidentsOf(logged), err
}

// PreviewAll returns what LogAll would return, and stores nothing.
func (t *Tracker) PreviewAll(ctx context.Context, by Request, entries []Entry) ([]*sla.Incident, error) {
	previews, err := t.PreviewBatch(ctx, by, Batch{Entries: entries})
	return incidentsOf(previews), err
}

func incidentsOf(batched []Batched) []*sla.Incident {
	var incidents []*sla.Incident
	for _, b := range batched {
		incidents = append(incidents, b.Incident)
	}
	return incidents
}

// LogBatch records new incidents, all or none, and returns them in the order of
// their entries. A replay returns the incidents of the first request as they stand.
// The fields of an Invalid begin with the entry's index, such as incidents[3].title.
func (t *Tracker) LogBatch(ctx context.Context, by Request, b Batch) ([]Batched, error) {
	uses := by.usesOf(b.Entries)
	earlier, err := t.answeredAll(ctx, uses)
	if earlier != nil || err != nil {
		return earlier, err
	}
	now := t.now()
	logged, err := t.checkAll(ctx, by, &b)
	if err != nil {
		return nil, err
	}
	err = t.update(ctx, func(tx Tx) error {
		earlier, err := replayedAll(ctx, tx, uses)
		if earlier != nil || err != nil {
			logged = earlier
			return err
		}
		known, err := b.earlier(ctx, tx)
		if err != nil {
			return err
		}
		for i := range b.Entries {
			c := &change{Tracker: t, ctx: ctx, tx: tx, now: now, by: by, moved: true, batch: &b}
			if logged[i], err = c.logEntry(&b.Entries[i], uses[i], known[b.Entries[i].ownReference()]); err != nil {
				return atEntry(i, err)
			}
		}
		return t.planSummary(ctx, tx, &b, now)
	})
	if err != nil {
		return nil, err
	}
	return logged, nil
}

// logEntry logs one entry of a batch, or reads the earlier incident with its reference;
// 0: there is none.
func (c *change) logEntry(e *Entry, use KeyUse, earlier sla.IncidentID) (b Batched, err error) {
	if earlier != 0 {
		if c.inc, err = c.tx.Incident(c.ctx, earlier); err != nil {
			return b, err
		}
		return Batched{c.inc, true}, c.bindKey(use)
	}
	c.inc = e.incident(c.now)
	c.inc.Import = c.batch.origin(c.now)
	return Batched{c.inc, false}, c.log(use, e.Notices)
}

// PreviewBatch returns what LogBatch would return, and stores nothing: incidents
// without an ID or, when they were logged before, those that are there.
func (t *Tracker) PreviewBatch(ctx context.Context, by Request, b Batch) ([]Batched, error) {
	earlier, err := t.answeredAll(ctx, by.usesOf(b.Entries))
	if earlier != nil || err != nil {
		return earlier, err
	}
	return t.checkAll(ctx, by, &b)
}

// origin is the origin of an incident that the batch logs at now.
func (b *Batch) origin(now time.Time) sla.Import {
	until := now.Add(-sla.PastAfter)
	if b.History {
		until = now
	}
	return sla.Import{Name: b.Import, PastUntil: until.UTC()}
}

// vendorReference is what a batch knows an earlier incident by.
type vendorReference struct{ vendor, reference string }

func (e *Entry) ownReference() vendorReference {
	return vendorReference{strings.TrimSpace(e.Vendor), strings.TrimSpace(e.Reference)}
}

// earlier finds the incidents that have the vendor and the reference of an entry;
// none, if the batch does not look for them.
func (b *Batch) earlier(ctx context.Context, r IncidentReader) (map[vendorReference]sla.IncidentID, error) {
	found := map[vendorReference]sla.IncidentID{}
	if !b.ByReference {
		return found, nil
	}
	references := map[string][]string{} // by vendor
	for i := range b.Entries {
		if own := b.Entries[i].ownReference(); own.reference != "" {
			references[own.vendor] = append(references[own.vendor], own.reference)
		}
	}
	for vendor, some := range references {
		ids, err := r.Referenced(ctx, vendor, some)
		if err != nil {
			return nil, err
		}
		for reference, id := range ids {
			found[vendorReference{vendor, reference}] = id
		}
	}
	return found, nil
}

// usesOf is what the request's key is bound to for each entry: the entry's own key,
// and the content of all.
func (q *Request) usesOf(entries []Entry) []KeyUse {
	uses := make([]KeyUse, len(entries))
	if q.Key == "" {
		return uses
	}
	content := hashAll(entries)
	for i := range uses {
		uses[i] = q.use(UseLog, 0, content)
		uses[i].Key += "#" + strconv.Itoa(i)
	}
	return uses
}

// answeredAll returns the incidents of the request that was made under the keys
// before; nil when they are new.
func (t *Tracker) answeredAll(ctx context.Context, uses []KeyUse) (logged []Batched, err error) {
	if len(uses) == 0 || uses[0].Key == "" {
		return nil, nil
	}
	err = t.Store.View(ctx, func(r Reader) error {
		logged, err = replayedAll(ctx, r, uses)
		return err
	})
	return logged, err
}

// replayedAll is answeredAll inside a transaction. The keys of one request are bound
// together, so they are all new or all bound, as the first of them is.
func replayedAll(ctx context.Context, r keyedReader, uses []KeyUse) ([]Batched, error) {
	var logged []Batched
	for i, u := range uses {
		inc, err := replayed(ctx, r, u)
		if invalid, ok := AsInvalid(err); ok {
			invalid[0].Value = strings.TrimSuffix(u.Key, "#"+strconv.Itoa(i)) // as the request gave it
		}
		if err != nil {
			return nil, err
		}
		if inc == nil {
			return nil, nil
		}
		logged = append(logged, Batched{inc, true})
	}
	return logged, nil
}

// checkAll previews every entry and collects the problems of all.
func (t *Tracker) checkAll(ctx context.Context, by Request, b *Batch) ([]Batched, error) {
	if len(b.Entries) == 0 || len(b.Entries) > MostAtOnce {
		return nil, Invalidf("incidents", strconv.Itoa(len(b.Entries)), "give 1 to %d incidents at once", MostAtOnce)
	}
	problems := append(by.check(), b.checkSelf()...)
	previews, err := t.earlierOf(ctx, b)
	if err != nil {
		return nil, err
	}
	origin := b.origin(t.now())
	for i, e := range b.Entries {
		if previews[i].Before {
			continue
		}
		inc, err := t.previewEntry(ctx, e, &origin)
		if invalid, ok := AsInvalid(atEntry(i, err)); ok {
			problems = append(problems, invalid...)
		} else if err != nil {
			return nil, err
		}
		previews[i].Incident = inc
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return previews, nil
}

// checkSelf refuses a name that is no line, and a reference that two entries share.
func (b *Batch) checkSelf() (problems Invalid) {
	problems.checkLines(line{"import", b.Import})
	if !b.ByReference {
		return problems
	}
	first := map[vendorReference]int{}
	for i, e := range b.Entries {
		key := e.ownReference()
		if key.reference == "" {
			continue
		}
		if at, seen := first[key]; seen {
			problems.Addf(fmt.Sprintf("incidents[%d].reference", i), key.reference, "is also that of incidents[%d]: give each incident of a vendor a reference of its own, or leave it empty", at)
			continue
		}
		first[key] = i
	}
	return problems
}

// earlierOf finds the incidents that were logged before, by the index of their entry.
func (t *Tracker) earlierOf(ctx context.Context, b *Batch) ([]Batched, error) {
	found := make([]Batched, len(b.Entries))
	if !b.ByReference {
		return found, nil
	}
	err := t.Store.View(ctx, func(r Reader) error {
		earlier, err := b.earlier(ctx, r)
		for i := range b.Entries {
			id := earlier[b.Entries[i].ownReference()]
			if err != nil || id == 0 {
				continue
			}
			found[i].Before = true
			found[i].Incident, err = r.Incident(ctx, id)
		}
		return err
	})
	return found, err
}

// atEntry prefixes each field of an Invalid with the index of the entry.
func atEntry(i int, err error) error {
	invalid, ok := AsInvalid(err)
	if !ok {
		return err
	}
	placed := make(Invalid, len(invalid))
	for n, p := range invalid {
		p.Field = fmt.Sprintf("incidents[%d].%s", i, p.Field)
		placed[n] = p
	}
	return placed
}

// hashAll identifies a list of entries.
func hashAll(entries []Entry) string {
	sum := sha256.New()
	for i := range entries {
		sum.Write([]byte(entries[i].hash()))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
