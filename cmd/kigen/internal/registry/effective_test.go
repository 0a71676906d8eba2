package registry_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func effective(t testing.TB, published, text string, from calendar.Date) string {
	t.Helper()
	merged, err := registry.Effective(published, text, from)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return merged
}

const before = `# 台帳
id: acme
owner: 総務部 # until spring
promises:
  # the first notice
  - id: notice
    source: {document: White paper, quote: 24時間以内に通知します。}
    effective: {from: 2024-09-01}
    start: detected
    due: 24h # a day
  - {id: report, start: detected, due: 72h}
  - {id: audit, about: periodic, due: {every: {months: 12}}}
`

const after = `# 台帳
id: acme
owner: 調達部
promises:
  # the first notice
  - id: notice
    source: {document: White paper 2, quote: 12時間以内に通知します。}
    effective: {from: 2024-09-01}
    start: detected
    due: 12h # half a day
  - {id: report, start: detected, due: 72h}
  - {id: call, start: detected, due: 1h}
`

const merged = `# 台帳
id: acme
owner: 調達部
promises:
  # the first notice
  - id: notice
    source: {document: White paper, quote: 24時間以内に通知します。}
    effective: {from: 2024-09-01, to: 2026-09-30}
    start: detected
    due: 24h # a day
  # the first notice
  - id: notice
    source: {document: White paper 2, quote: 12時間以内に通知します。}
    effective: {from: 2026-10-01}
    start: detected
    due: 12h # half a day
  - {id: report, start: detected, due: 72h}
  - {id: call, effective: {from: 2026-10-01}, start: detected, due: 1h}
  - {id: audit, about: periodic, effective: {to: 2026-09-30}, due: {every: {months: 12}}}
`

// What differs stands twice, with its dates; comments stay where they are.
func TestEffective(t *testing.T) {
	from := day(t, "2026-10-01")
	if got := effective(t, before, after, from); got != merged {
		t.Errorf("got:\n%s", got)
	}
	for name, again := range map[string]string{"the same again": after, "its own result": merged} {
		if got := effective(t, merged, again, from); got != merged {
			t.Errorf("%s: got:\n%s", name, got)
		}
	}
}

// A text that changes no promise is published as it is written: its layout stays.
func TestEffectiveOfTheSamePromises(t *testing.T) {
	text := strings.Replace(before, "総務部 # until spring", "'調達部'", 1)
	if got := effective(t, before, text, day(t, "2026-10-01")); got != text {
		t.Errorf("got:\n%s", got)
	}
	kept := "id: sotas\nowner: 調達部\n"
	if got := effective(t, "id: sotas\n", kept, day(t, "2026-10-01")); got != kept {
		t.Errorf("got:\n%s", got)
	}
}

// An entry without a published version begins on the date, unless it says later.
func TestEffectiveOfANewEntry(t *testing.T) {
	text := "id: acme\npromises:\n  - {id: a, start: detected, due: 1h}\n  - {id: b, effective: {from: 2027-01-01}, start: detected, due: 1h}\n"
	want := "id: acme\npromises:\n  - {id: a, effective: {from: 2026-10-01}, start: detected, due: 1h}\n  - {id: b, effective: {from: 2027-01-01}, start: detected, due: 1h}\n"
	if got := effective(t, "", text, day(t, "2026-10-01")); got != want {
		t.Errorf("got:\n%s", got)
	}
}

// Anchors of either text serve the result, in which nothing refers to another place.
func TestEffectiveWithAnchors(t *testing.T) {
	old := "id: acme\npromises:\n  - {id: a, source: &s {document: one}, start: detected, due: 1h}\n  - {id: b, source: *s, start: detected, due: 2h}\n"
	text := strings.ReplaceAll(strings.ReplaceAll(old, "one", "two"), "2h", "3h")
	got := effective(t, old, text, day(t, "2026-10-01"))
	if strings.ContainsAny(got, "&*") || strings.Count(got, "document: one") != 2 || strings.Count(got, "document: two") != 2 {
		t.Errorf("got:\n%s", got)
	}
}

// Three editions in a row follow each other; a date in between would drop one.
func TestEffectiveInARow(t *testing.T) {
	const entry = "id: acme\npromises:\n  - {id: a, start: detected, due: %s}\n"
	text := fmt.Sprintf(entry, "1h")
	for _, next := range []struct{ due, from string }{{"2h", "2026-04-01"}, {"3h", "2027-04-01"}} {
		text = effective(t, text, fmt.Sprintf(entry, next.due), day(t, next.from))
	}
	want := `id: acme
promises:
  - {id: a, effective: {to: 2026-03-31}, start: detected, due: 1h}
  - {id: a, effective: {from: 2026-04-01, to: 2027-03-31}, start: detected, due: 2h}
  - {id: a, effective: {from: 2027-04-01}, start: detected, due: 3h}
`
	if text != want {
		t.Errorf("got:\n%s", text)
	}
	_, err := registry.Effective(text, fmt.Sprintf(entry, "9h"), day(t, "2026-12-01"))
	if err == nil || !strings.Contains(err.Error(), "from") || !strings.Contains(err.Error(), "publish from 2027-04-01 or later") {
		t.Errorf("a date before the last version: %v", err)
	}
	if problems, ok := tracker.AsInvalid(err); !ok || strings.Contains(problems[0].In("ja"), "publish") {
		t.Errorf("in Japanese: %v", err)
	}
	fixed := strings.Replace(text, "due: 2h", "due: 9h", 1) // the last one kept
	got := effective(t, text, fixed, day(t, "2026-12-01"))
	if !strings.Contains(got, "{from: 2026-04-01, to: 2026-11-30}, start: detected, due: 2h") ||
		!strings.Contains(got, "{from: 2026-12-01, to: 2027-03-31}, start: detected, due: 9h") ||
		!strings.Contains(got, "{from: 2027-04-01}, start: detected, due: 3h") {
		t.Errorf("between two versions, got:\n%s", got)
	}
	if got := effective(t, text, fmt.Sprintf(entry, "4h"), day(t, "2027-04-01")); strings.Count(got, "- {id") != 3 || !strings.Contains(got, "due: 4h") || strings.Contains(got, "due: 3h") {
		t.Errorf("the last one corrected, got:\n%s", got)
	}
}

// Faults are named, and nothing is returned.
func TestEffectiveOfFaultyTexts(t *testing.T) {
	const good = "id: acme\npromises: [{id: a, start: detected, due: 1h}]"
	for _, c := range []struct{ published, text, want string }{
		{good, "id: [", "text"},
		{good, "[1]", "names no vendor"},
		{good, "id: acme\npromises: [{due: 1h}]", "line 2: the promise has no id"},
		{good, "id: acme\npromises: [{id: a, due: 1h, effective: {from: 2026-02-30}}]", `"2026-02-30"`},
		{"id: [", good, "from"},
		{"id: acme\npromises: [{due: 1h}]", good, "publish as written"},
	} {
		got, err := registry.Effective(c.published, c.text, day(t, "2026-10-01"))
		if err == nil || got != "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q, %q: %q, %v", c.published, c.text, got, err)
		}
	}
}

// chain is a random chain of versions, with gaps and overlaps.
func chain(r *rand.Rand, first calendar.Date) string {
	var b strings.Builder
	b.WriteString("id: acme\npromises:\n")
	for _, id := range []string{"a", "b"} {
		used := map[int]bool{}
		for range 1 + r.IntN(3) {
			from := r.IntN(12)
			if used[from] {
				continue
			}
			used[from] = true
			var dates []string
			if from > 0 {
				dates = append(dates, "from: "+(first+calendar.Date(from)).String())
			}
			if r.IntN(2) == 0 {
				dates = append(dates, "to: "+(first+calendar.Date(from+r.IntN(8))).String())
			}
			fmt.Fprintf(&b, "  - {id: %s, effective: {%s}, start: detected, due: %dh}\n", id, strings.Join(dates, ", "), 1+r.IntN(3))
		}
	}
	return b.String()
}

// vendorOf reads a text as the register does.
func vendorOf(t *testing.T, empty *config.Config, text string) *sla.Vendor {
	t.Helper()
	c, err := empty.With([]register.Version{{Vendor: "acme", Number: 1, Text: text}})
	if err != nil {
		t.Fatal(err)
	}
	v, known := c.Catalogue.Vendor("acme")
	if !known {
		t.Fatalf("refused: %v\n%s", c.Refused["acme"], text)
	}
	return v
}

// deadline is what a promise gives for an incident on a day. begun is false if no version
// of it has begun by then: the first one stands in.
func deadline(t *testing.T, v *sla.Vendor, id string, day calendar.Date) (due string, begun bool) {
	t.Helper()
	var f sla.Facts
	y, m, d := day.Civil()
	f.Times[sla.Detected] = sla.Stamp{At: time.Date(y, m, d, 9, 0, 0, 0, time.UTC)}
	for _, p := range v.Applying(sla.KindIncident, &f.Times) {
		if p.ID == id {
			got, err := p.Deadline(&f)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(got.State, got.Due), p.From <= day
		}
	}
	return "", false
}

// On each day the deadline is that of the text that should hold: of the published one
// before the date, of the new one from then on.
func TestEffectiveOnEachDay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	first := day(t, "2026-05-01")
	empty, err := config.Parse("kigen.yaml", []byte("timezone: UTC"), nil)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for range 70 {
		published, text := chain(r, first), chain(r, first)
		from := first + calendar.Date(r.IntN(14))
		got, err := registry.Effective(published, text, from)
		if err != nil {
			continue // a version of the published text would be dropped
		}
		if again := effective(t, got, text, from); again != got {
			t.Fatalf("%s: a second time:\n%s\nwas\n%s", from, again, got)
		}
		if again := effective(t, got, got, from); again != got {
			t.Fatalf("%s: its own result becomes:\n%s\nwas\n%s", from, again, got)
		}
		old, next, whole := vendorOf(t, empty, published), vendorOf(t, empty, text), vendorOf(t, empty, got)
		for on := first; on < first+22; on++ {
			for _, id := range []string{"a", "b"} {
				should := old
				if on >= from {
					should = next
				}
				want, begun := deadline(t, should, id, on)
				if !begun {
					continue
				}
				compared++
				due, stays := deadline(t, whole, id, on)
				if !stays && strings.HasPrefix(want, string(sla.NotApplicable)) {
					continue // of a promise that ended before any day on which it holds
				}
				if due != want {
					t.Fatalf("%s of %s from %s: %s, want %s\n%s\nthen\n%s\ntogether\n%s", id, on, from, due, want, published, text, got)
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d days compared", compared)
	}
}
