package follow

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// Observe applies the documents of one poll to what is known of their source. Documents
// that could not be read are not among the reads: their entries stay as they are. Complete
// says that all documents were read in which a hook's entry would be.
func Observe(before State, now time.Time, reads []Read, complete bool) (State, Outcome) {
	w := watch{State: before.clone(), now: now, names: map[string]string{}, touched: map[string]bool{}, unchanged: map[string]bool{}}
	for _, id := range slices.Sorted(maps.Keys(w.Items)) {
		for _, key := range w.Items[id].Keys {
			w.names[key] = id
		}
	}
	w.first = w.Began.IsZero()
	for _, f := range w.findings(reads) {
		id := w.entry(f.entry, f.old)
		for _, name := range f.docs {
			doc := w.Docs[name]
			doc.Listed = append(doc.Listed, id)
			w.Docs[name] = doc
		}
	}
	for _, r := range reads {
		if r.Document.Page != nil && !r.Unmodified {
			w.page(r)
		}
	}
	if w.first && len(reads) > 0 {
		w.Began = now
	}
	w.absent()
	w.hints(complete)
	return w.State, w.outcome()
}

// watch is one poll.
type watch struct {
	State
	now       time.Time
	first     bool
	names     map[string]string // of items, to their ids
	touched   map[string]bool
	unchanged map[string]bool
	out       Outcome
}

// finding is an entry with the documents that list it.
type finding struct {
	entry format.Entry
	docs  []string
	old   bool // it was there before its source was watched
}

// findings are the entries of all documents, each id once, the oldest first.
func (w *watch) findings(reads []Read) []finding {
	at := map[string]int{}
	var all []finding
	for _, r := range reads {
		doc := w.Docs[r.Name]
		fresh := doc.Read.IsZero()
		doc.Read = w.now
		if r.Unmodified {
			w.Docs[r.Name] = doc
			continue
		}
		if doc.Anchor == "" {
			doc.Anchor = r.Document.Anchor
		}
		if r.Document.Page == nil {
			doc.Listed = nil
		}
		w.Docs[r.Name] = doc
		for _, e := range r.Document.Entries {
			i, ok := at[e.ID]
			if !ok {
				at[e.ID] = len(all)
				old := w.first || fresh && !e.Published.At.After(w.Began)
				all = append(all, finding{e, []string{r.Name}, old && !w.hinted(e)})
				continue
			}
			all[i].entry = merge(all[i].entry, e)
			if !slices.Contains(all[i].docs, r.Name) {
				all[i].docs = append(all[i].docs, r.Name)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		return cmp.Or(a.entry.Published.At.Compare(b.entry.Published.At), cmp.Compare(a.entry.ID, b.entry.ID))
	})
	return all
}

// merge makes one entry of two documents' entries: the one touched last is how it stands.
func merge(a, b format.Entry) format.Entry {
	if b.Touched.After(a.Touched) || b.Touched.Equal(a.Touched) && b.Phase == format.Resolved {
		a, b = b, a
	}
	a.Updates = slices.Clone(a.Updates)
	for _, u := range b.Updates {
		if !slices.ContainsFunc(a.Updates, func(v format.Update) bool { return v.ID == u.ID }) {
			a.Updates = append(a.Updates, u)
		}
	}
	slices.SortStableFunc(a.Updates, func(x, y format.Update) int { return x.At.Compare(y.At) })
	return a
}

func (w *watch) hinted(e format.Entry) bool {
	return slices.ContainsFunc(w.Hints, func(h Hint) bool { return slices.Contains(e.Keys, h.Entry.ID) })
}

// entry applies one entry and returns the id of its item.
func (w *watch) entry(e format.Entry, old bool) string {
	id, known := w.find(e)
	if known && w.slotReused(w.Items[id], e) {
		known = false
		for _, key := range e.Keys { // the sure name, of which the title is a part
			if key != e.ID {
				e.ID = key
				break
			}
		}
	}
	if !known {
		return w.newcomer(e, old)
	}
	w.again(id, e)
	return id
}

func (w *watch) find(e format.Entry) (string, bool) {
	keys := e.Keys
	if e.Slot { // link and title know an entry better than the link alone
		keys = append(slices.Clone(keys[1:]), keys[0])
	}
	for _, key := range keys {
		if id, ok := w.names[key]; ok {
			return id, true
		}
	}
	return "", false
}

// slotReused reports whether an address that stood for an incident that is over now stands
// for another one.
func (w *watch) slotReused(i Item, e format.Entry) bool {
	return e.Slot && i.Phase == format.Resolved && e.Phase == format.Open && format.Topic(i.Entry.Title) != format.Topic(e.Title)
}

// newcomer decides what becomes of an entry that is not known.
func (w *watch) newcomer(e format.Entry, old bool) string {
	i := Item{ID: e.ID, Keys: e.Keys, FirstSeen: w.now, Kind: e.Kind}
	if taken, ok := w.Items[i.ID]; ok && !slices.Contains(taken.Keys, i.ID) {
		i.ID += "@" + w.now.UTC().Format("20060102T150405Z")
	}
	head, joins := w.head(e)
	switch {
	case old:
		i.State, i.Reason = inbox.Seen, because(intake.ReasonFeedFirstPoll)
		w.out.Seen = append(w.out.Seen, i.ID)
	case e.Kind == inbox.KindNone:
		i.State, i.Reason = inbox.Ignored, because(intake.ReasonFeedNone)
		w.out.Ignored = append(w.out.Ignored, i.ID)
	case joins:
		i.State, i.Into = w.Items[head].State, head
		i.Reason = inbox.Reason{Key: intake.ReasonFeedAttached, Args: []string{"Item", head}}
		w.out.Attached = append(w.out.Attached, Joined{i.ID, head})
	case e.Join != "" && e.Stage.Recovery && !wholeEvent(e):
		i.State, i.Reason = inbox.Ignored, because(intake.ReasonFeedRecovery)
		w.out.Ignored = append(w.out.Ignored, i.ID)
	default:
		i.State, i.Reason = inbox.Candidate, because(intake.ReasonFeedNew)
		w.out.New = append(w.out.New, i.ID)
	}
	e = owned(e, i.ID)
	i.take(e, w.now, nil)
	w.put(i)
	if i.Into != "" {
		w.absorb(head, i.ID, e)
	}
	return i.ID
}

// wholeEvent reports whether a message of recovery tells of the whole event: those of a
// service's chain do, and an event may be over before its first message.
func wholeEvent(e format.Entry) bool { return strings.HasPrefix(e.Join, "service\n") }

// owned names the text of an entry that is one message by its item: the names of the entry
// may change from poll to poll.
func owned(e format.Entry, id string) format.Entry {
	e.Updates = slices.Clone(e.Updates)
	for n, u := range e.Updates {
		if slices.Contains(e.Keys, u.ID) {
			e.Updates[n].ID = id
		}
	}
	return e
}

// again applies an entry to the item that it is.
func (w *watch) again(id string, e format.Entry) {
	i := w.Items[id].clone()
	e = owned(e, id)
	back := !i.Gone.IsZero()
	i.Gone = time.Time{}
	w.rename(&i, e)
	changed := i.differences(e)
	if i.State == inbox.Unconfirmed {
		i.State, i.Reason, i.Kind = inbox.Candidate, because(intake.ReasonFeedNew), e.Kind
		i.take(e, w.now, nil)
		w.out.New = append(w.out.New, id)
		w.put(i)
		return
	}
	if len(changed) == 0 {
		i.Entry.Touched = e.Touched
		if back || i.Entry.Join != e.Join {
			w.touched[id] = true
		}
		w.Items[id], w.unchanged[id] = i, true
		return
	}
	awakes := i.awakes(e)
	i.take(e, w.now, changed)
	if awakes {
		i.State, i.Reason = inbox.Candidate, because(intake.ReasonFeedNew)
		w.out.New = append(w.out.New, id)
	} else if i.Into == "" {
		w.out.Changed = append(w.out.Changed, id)
	}
	w.put(i)
	if i.Into != "" {
		w.absorb(i.Into, id, e)
	}
}

// awakes reports whether an item that was no candidate tells of trouble now: an address
// that was used again, or a title that was written out.
func (i Item) awakes(e format.Entry) bool {
	quiet := i.State == inbox.Ignored && i.Reason.Key == intake.ReasonFeedNone || i.State == inbox.Ignored && e.Phase == format.Open && !e.Stage.Recovery ||
		i.State == inbox.Seen && (i.Kind == inbox.KindNone || i.Phase == format.Resolved && e.Phase == format.Open)
	return quiet && e.Kind != inbox.KindNone && i.Into == ""
}

// rename gives an item the names that the entry has now, and takes them from others.
func (w *watch) rename(i *Item, e format.Entry) {
	for _, key := range e.Keys {
		if !slices.Contains(i.Keys, key) && len(i.Keys) < 20 {
			i.Keys = append(i.Keys, key)
			w.touched[i.ID] = true
		}
		w.names[key] = i.ID
	}
}

// put keeps an item that has changed.
func (w *watch) put(i Item) {
	w.Items[i.ID], w.touched[i.ID] = i, true
	for _, key := range i.Keys {
		w.names[key] = i.ID
	}
}

// absent marks what left all documents. Messages that leave a window say nothing about
// their incident, unless a person waits for one.
func (w *watch) absent() {
	present := map[string]bool{}
	for _, doc := range w.Docs {
		for _, id := range doc.Listed {
			present[id] = true
			if into := w.Items[id].Into; into != "" {
				present[into] = true
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.Items)) {
		i := w.Items[id]
		if present[id] || !i.Gone.IsZero() || i.Page || i.State == inbox.Unconfirmed {
			continue
		}
		i.Gone = w.now
		w.Items[id], w.touched[id] = i, true
		delete(w.unchanged, id)
		if i.Into == "" && (i.Entry.Join == "" || i.State == inbox.Candidate) {
			w.out.Gone = append(w.out.Gone, id)
		}
	}
}

// hints settles the hooks: an entry that a document lists is confirmed. The others stay
// as unconfirmed, because a hook is unsigned; or they wait, where a document could not be
// read.
func (w *watch) hints(complete bool) {
	unproven := 0
	for _, i := range w.Items {
		if i.State == inbox.Unconfirmed {
			unproven++
		}
	}
	var wait []Hint
	for _, h := range w.Hints {
		if _, known := w.names[h.Entry.ID]; known {
			continue
		}
		if !complete {
			wait = append(wait, h)
			continue
		}
		if unproven++; unproven > maxHints { // anyone can send them
			continue
		}
		i := Item{ID: h.Entry.ID, Keys: h.Entry.Keys, FirstSeen: h.At, Kind: h.Entry.Kind, State: inbox.Unconfirmed, Reason: because(intake.ReasonFeedUnproved)}
		i.take(h.Entry, h.At, nil)
		w.out.Unconfirmed = append(w.out.Unconfirmed, i.ID)
		w.put(i)
	}
	w.Hints = wait
}

// outcome lists what changed, each once.
func (w *watch) outcome() Outcome {
	w.out.Changed = slices.Compact(slices.Sorted(slices.Values(w.out.Changed)))
	w.out.Changed = slices.DeleteFunc(w.out.Changed, func(id string) bool { return slices.Contains(w.out.New, id) })
	for _, id := range slices.Sorted(maps.Keys(w.unchanged)) {
		if w.Items[id].Into == "" && !slices.Contains(w.out.Changed, id) && !slices.Contains(w.out.New, id) {
			w.out.Unchanged = append(w.out.Unchanged, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.touched)) {
		w.out.Items = append(w.out.Items, w.Items[id])
	}
	return w.out
}
