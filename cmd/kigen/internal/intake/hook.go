package intake

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kigen/config"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// mostHooked bounds the items of one hook.
const mostHooked = 100

// longestField bounds a value of a hook that stands on one line, in characters.
const longestField = 500

// readHook makes entries of a hook's JSON: of an object, or of a list of objects.
func (s *Service) readHook(source string, src config.Source, body []byte) ([]Entry, error) {
	if len(src.Map) == 0 {
		return nil, tracker.Invalidf("source", source, "has no map, so its JSON can't be read: say under map: where id, vendor and title stand, or send a mail as message/rfc822")
	}
	if len(body) > LargestHook {
		return nil, tracker.Invalidf("body", fmt.Sprintf("(%d bytes)", len(body)), "is larger than %d bytes: send less at once", LargestHook)
	}
	if !utf8.Valid(body) {
		return nil, tracker.Invalidf("body", "", "is not UTF-8: send it in that encoding")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var whole any
	if err := decoder.Decode(&whole); err != nil {
		return nil, tracker.Invalidf("body", "", "is not valid JSON: send one object, or a list of objects")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, tracker.Invalidf("body", "", "holds more than one JSON value: send one object, or a list of objects")
	}
	list, many := whole.([]any)
	if !many {
		list = []any{whole}
	}
	if len(list) == 0 || len(list) > mostHooked {
		return nil, tracker.Invalidf("body", fmt.Sprintf("(%d objects)", len(list)), "must hold 1 to %d objects", mostHooked)
	}
	entries := make([]Entry, len(list))
	var problems tracker.Invalid
	for i, value := range list {
		h := hooked{Service: s, src: src, value: value}
		entries[i] = h.entry(body)
		problems = append(problems, h.problems...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return entries, nil
}

// hooked is one object of a hook.
type hooked struct {
	*Service
	src      config.Source
	value    any
	problems tracker.Invalid
}

func (h *hooked) entry(body []byte) Entry {
	it := inbox.Item{
		SourceID: h.needed("id"), Title: h.needed("title"), Vendor: h.vendor(), Service: h.line("service"), Text: plain(h.string("text")),
		Kind: h.kind(), Channel: "webhook", Reference: h.line("reference"), Link: h.line("link"), SentAt: h.time("sent_at"),
	}
	it.Times = inbox.Times{Occurred: h.time("occurred_at"), Detected: h.time("detected_at"), Confirmed: h.time("confirmed_at"), Recovered: h.time("recovered_at")}
	if start := h.time("start_at"); !start.IsZero() {
		it.Times.Windows = []inbox.Window{{Start: start, End: h.time("end_at")}}
	}
	sum := sha256.Sum256(body)
	it.Evidence = hex.EncodeToString(sum[:])
	return Entry{Item: it, Document: inbox.Document{Name: "hook.json", Type: "application/json", Content: body}}
}

// place is where the map has a field.
func (h *hooked) place(field string) string { return h.src.Map[field] }

// string is the value of a field; empty where the hook has none.
func (h *hooked) string(field string) string {
	place := h.place(field)
	if fixed, is := strings.CutPrefix(place, "="); is || place == "" {
		return fixed
	}
	value := h.value
	for step := range strings.SplitSeq(place, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(v) {
				return ""
			}
			value = v[n]
		default:
			return ""
		}
	}
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (h *hooked) line(field string) string {
	text := oneLine(h.string(field))
	if n := utf8.RuneCountInString(text); n > longestField && field != "title" {
		h.problems.Addf(h.place(field), fmt.Sprintf("(%d characters)", n), "is longer than %d characters: shorten it", longestField)
	}
	return text
}

func (h *hooked) needed(field string) string {
	text := h.line(field)
	if text == "" {
		h.problems.Addf(cmp.Or(h.place(field), field), "", "is missing or empty: the source's map takes %s from there", field)
	}
	return cut(text, longestField)
}

// vendor is that of the source, or the one that the hook names by id or name.
func (h *hooked) vendor() string {
	text := h.line("vendor")
	if text == "" && h.place("vendor") == "" {
		return h.src.Vendor
	}
	for _, v := range h.Tracker.Catalogue {
		if v.ID == text || text != "" && (strings.EqualFold(v.Name.Ja, text) || strings.EqualFold(v.Name.En, text)) {
			return v.ID
		}
	}
	h.problems.Addf(h.place("vendor"), text, "%s, or add it under vendors: in the configuration", h.Tracker.Catalogue.Unknown(text))
	return ""
}

func (h *hooked) kind() inbox.Kind {
	text := h.line("kind")
	if text == "" {
		return inbox.KindIncident
	}
	if !slices.Contains(inbox.Kinds[:], inbox.Kind(text)) {
		names := make([]string, len(inbox.Kinds))
		for i, k := range inbox.Kinds {
			names[i] = string(k)
		}
		h.problems.Addf(h.place("kind"), text, "is not known: use one of %s", strings.Join(names, ", "))
	}
	return inbox.Kind(text)
}

// time reads RFC 3339, a time without a zone, or Unix seconds or milliseconds.
func (h *hooked) time(field string) time.Time {
	text := strings.TrimSpace(h.string(field))
	if text == "" {
		return time.Time{}
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil && possible(at) {
		return at
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, text, h.Zone); err == nil && possible(at) {
			return at
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		at := time.Unix(n, 0)
		if n > 1e11 || n < -1e11 {
			at = time.UnixMilli(n)
		}
		if possible(at) {
			return at.In(h.Zone)
		}
	}
	h.problems.Addf(h.place(field), cut(oneLine(text), 60), "is no time: use RFC 3339, such as 2026-05-02T22:10:00+09:00")
	return time.Time{}
}

// possible refuses years that no incident is of, and that not every format can write.
func possible(at time.Time) bool { return at.Year() >= 1990 && at.Year() < 2200 }
