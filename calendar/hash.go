package calendar

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
)

// hash returns the SHA-256 of the spec in a canonical form: one quoted field a
// line, so that no two different specs share a form. The first line names the
// form and changes with it. Holidays beyond the calendar's years are left out,
// because they change no answer.
func (s *Spec) hash(first, last Date) string {
	w := canonical{buffer: bytes.NewBuffer(make([]byte, 0, 1<<16))}
	w.line("kigen calendar 1", s.ID, s.Zone.String(), first.String(), last.String())
	w.line("unpublished", s.Unpublished.Ja, s.Unpublished.En)
	for _, spans := range s.Weekly {
		w.spans("weekly", spans)
	}
	for _, date := range s.Holidays.within(first, last) {
		h := s.Holidays[date]
		if h.Reason == "" {
			h.Reason = ReasonHoliday
		}
		w.line("holiday", date.String(), string(h.Reason), h.Name.Ja, h.Name.En, strconv.FormatBool(h.Projected))
	}
	for i := range s.Exceptions {
		e := &s.Exceptions[i]
		w.line("exception", e.From.String(), e.To.String(), strconv.FormatBool(e.Yearly), e.Name.Ja, e.Name.En)
		w.spans("hours", e.Spans)
	}
	sum := sha256.Sum256(w.buffer.Bytes())
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

// canonical writes fields so that they can be told apart whatever they hold.
type canonical struct{ buffer *bytes.Buffer }

func (w canonical) line(fields ...string) {
	for _, field := range fields {
		w.buffer.Write(strconv.AppendQuote(w.buffer.AvailableBuffer(), field))
		w.buffer.WriteByte(' ')
	}
	w.buffer.WriteByte('\n')
}

func (w canonical) spans(label string, spans []Span) {
	fields := []string{label}
	for _, span := range sortedSpans(spans) {
		fields = append(fields, span.String())
	}
	w.line(fields...)
}
