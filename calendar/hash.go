package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
)

// hash returns the SHA-256 of the spec in a canonical form: fields in a fixed
// order, each with its length before it, so that no two specs share a form. The
// first field names the form and changes with it. Of the holidays only the given
// dates count, in order: those that change an answer.
func (s *Spec) hash(holidays []Date) string {
	form := make(canonical, 0, 64*len(holidays)+4096)
	form.text("kigen calendar 1", s.ID, s.Zone.String(), s.Unpublished.Ja, s.Unpublished.En)
	form.number(s.FirstYear, s.LastYear)
	for _, spans := range s.Weekly {
		form.spans(spans)
	}
	form.number(len(holidays))
	for _, date := range holidays {
		h := s.Holidays[date]
		form.number(int(date), flag(h.Projected))
		form.text(string(h.reason()), h.Name.Ja, h.Name.En)
	}
	form.number(len(s.Exceptions))
	for i := range s.Exceptions {
		e := &s.Exceptions[i]
		form.number(int(e.From), int(e.To), flag(e.Yearly))
		form.text(e.Name.Ja, e.Name.En)
		form.spans(e.Spans)
	}
	sum := sha256.Sum256(form)
	return hex.EncodeToString(sum[:])
}

// within returns the dates of the holidays from first to last, in order.
func (h Holidays) within(first, last Date) []Date {
	dates := make([]Date, 0, len(h))
	for date := range h {
		if date >= first && date <= last {
			dates = append(dates, date)
		}
	}
	slices.Sort(dates)
	return dates
}

// canonical is the form under construction.
type canonical []byte

func (c *canonical) text(fields ...string) {
	for _, field := range fields {
		c.number(len(field))
		*c = append(*c, field...)
	}
}

func (c *canonical) number(numbers ...int) {
	for _, n := range numbers {
		*c = append(strconv.AppendInt(*c, int64(n), 10), ' ')
	}
}

func (c *canonical) spans(spans []Span) {
	c.number(len(spans))
	for _, span := range sortedSpans(spans) {
		c.number(int(span.Open), int(span.Close))
	}
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}
