package report

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"kigen/sla"
)

// terms sums up the period's clocks by the version that they were made with.
func (b *builder) terms() map[PromiseVersion]int {
	counts := map[PromiseVersion]int{}
	count := func(k *book) {
		for h, e := range k.headings {
			if h.Terms != "" {
				counts[PromiseVersion{Vendor: h.Vendor, Promise: h.Promise, Hash: h.Terms}] += e.clocks
			}
		}
	}
	count(&b.now)
	for _, k := range b.kinds {
		count(k)
	}
	return counts
}

// termsHashes lists the hashes of the versions of promises that the period's
// clocks were made with.
func (b *builder) termsHashes() []string {
	hashes := map[string]bool{}
	for v := range b.terms() {
		hashes[v.Hash] = true
	}
	return slices.Sorted(maps.Keys(hashes))
}

// calendarHashes lists the hashes of the calendars that these bodies of promises
// name.
func calendarHashes(promises map[string][]byte) []string {
	hashes := map[string]bool{}
	for _, body := range promises {
		if t := readTerms(body); t.Calendar != "" {
			hashes[t.Calendar] = true
		}
	}
	return slices.Sorted(maps.Keys(hashes))
}

// termsBody is what a report says of the terms that sla.Promise writes.
type termsBody struct {
	Source   sla.Source
	Calendar string
}

func readTerms(body []byte) termsBody {
	var t termsBody
	if json.Unmarshal(body, &t) != nil {
		return termsBody{} // the hash alone still says which version it was
	}
	return t
}

// date records what the report is made with: this kigen, its lists of holidays,
// and the bodies of the terms and calendars by their hashes.
func (b *builder) date(bodies map[string][]byte) {
	v := Versions{Kigen: b.spec.Kigen, Holidays: append([]HolidayEdition{}, b.spec.Holidays...), Record: b.spec.Record}
	promises := map[string][]byte{}
	for p, clocks := range b.terms() {
		body := bodies[p.Hash]
		t := readTerms(body)
		promises[p.Hash] = body
		p.Document, p.Edition, p.Calendar, p.Clocks = t.Source.Document, t.Source.Edition, t.Calendar, clocks
		v.Promises = append(v.Promises, p)
	}
	slices.SortFunc(v.Promises, func(x, y PromiseVersion) int {
		return cmp.Or(cmp.Compare(x.Vendor, y.Vendor), cmp.Compare(x.Promise, y.Promise), cmp.Compare(x.Hash, y.Hash))
	})
	for _, hash := range calendarHashes(promises) {
		var calendar struct{ Zone string }
		if json.Unmarshal(bodies[hash], &calendar) != nil {
			calendar.Zone = ""
		}
		v.Calendars = append(v.Calendars, CalendarVersion{hash, calendar.Zone})
	}
	b.versions = v
}

// newVersions has no nil list.
func (b *builder) newVersions() Versions {
	v := b.versions
	v.Promises, v.Calendars = append([]PromiseVersion{}, v.Promises...), append([]CalendarVersion{}, v.Calendars...)
	v.Holidays = append([]HolidayEdition{}, v.Holidays...)
	return v
}
