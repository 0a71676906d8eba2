package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// canonicalForm names the version of the canonical form.
const canonicalForm = "kigen calendar 2"

// canonical returns the spec as JSON in one form only: fields in a fixed order,
// no blanks, empty fields left out. Of the holidays it contains the given dates
// only, in order: those that change an answer.
func (s *Spec) canonical(holidays []Date) []byte {
	form := make(canonical, 0, 128*len(holidays)+4096)
	form.begin('{')
	form.text("form", canonicalForm)
	form.text("id", s.ID)
	form.text("zone", s.Zone.String())
	form.names("unpublished", s.Unpublished)
	form.number("first_year", s.FirstYear)
	form.number("last_year", s.LastYear)
	form.key("weekly")
	form.begin('{')
	for day, spans := range s.Weekly {
		form.spans(strings.ToLower(time.Weekday(day).String()), spans)
	}
	form.end('}')
	form.key("holidays")
	form.begin('[')
	for _, date := range holidays {
		h := s.Holidays[date]
		form.holiday(date, &h)
	}
	form.end(']')
	form.key("exceptions")
	form.begin('[')
	for i := range s.Exceptions {
		form.exception(&s.Exceptions[i])
	}
	form.end(']')
	form.end('}')
	return form
}

// hashOf returns the SHA-256 of a form, in hexadecimal.
func hashOf(form string) string {
	sum := sha256.Sum256([]byte(form))
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

// canonical is JSON under construction. It is written by hand, because
// encoding/json would take longer for thousands of holidays than the rest of
// Compile.
type canonical []byte

func (c *canonical) begin(bracket byte) { *c = append(*c, bracket) }
func (c *canonical) end(bracket byte)   { *c = append(*c, bracket) }

// item writes the separator before an item.
func (c *canonical) item() {
	if last := (*c)[len(*c)-1]; last != '{' && last != '[' {
		*c = append(*c, ',')
	}
}

func (c *canonical) key(name string) {
	c.item()
	c.quoted(name)
	*c = append(*c, ':')
}

func (c *canonical) number(key string, n int) {
	c.key(key)
	*c = strconv.AppendInt(*c, int64(n), 10)
}

func (c *canonical) text(key, value string) {
	if value != "" {
		c.key(key)
		c.quoted(value)
	}
}

func (c *canonical) date(key string, d Date) {
	c.key(key)
	*c = append(d.utc().AppendFormat(append(*c, '"'), time.DateOnly), '"')
}

func (c *canonical) flag(key string, set bool) {
	if set {
		c.key(key)
		*c = append(*c, "true"...)
	}
}

func (c *canonical) names(key string, t Text) {
	if t.IsZero() {
		return
	}
	c.key(key)
	c.begin('{')
	c.text("ja", t.Ja)
	c.text("en", t.En)
	c.end('}')
}

func (c *canonical) spans(key string, spans []Span) {
	if len(spans) == 0 {
		return
	}
	c.key(key)
	c.begin('[')
	for _, span := range sortedSpans(spans) {
		c.item()
		c.quoted(span.String())
	}
	c.end(']')
}

func (c *canonical) holiday(date Date, h *Holiday) {
	c.item()
	c.begin('{')
	c.date("date", date)
	if reason := h.reason(); reason != ReasonHoliday {
		c.text("reason", string(reason))
	}
	c.names("name", h.Name)
	c.flag("projected", h.Projected)
	c.end('}')
}

func (c *canonical) exception(e *Exception) {
	c.item()
	c.begin('{')
	if n := e.Monthly; n.Nth != 0 {
		c.number("nth", n.Nth)
		c.number("weekday", int(n.Weekday))
		c.number("month", int(n.Month))
	} else {
		c.date("from", e.From)
		c.date("to", e.To)
		c.flag("yearly", e.Yearly)
	}
	c.flag("business_days_only", e.BusinessDaysOnly)
	c.names("name", e.Name)
	c.spans("spans", e.Spans)
	c.end('}')
}

func (c *canonical) quoted(s string) {
	form := *c
	form = append(form, '"')
	for _, r := range s {
		switch {
		case r < ' ' || r == '"' || r == '\\':
			form = fmt.Appendf(form, `\u%04x`, r)
		case r < utf8.RuneSelf:
			form = append(form, byte(r))
		default:
			form = utf8.AppendRune(form, r)
		}
	}
	form = append(form, '"')
	*c = form
}
