package main_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/sla/seedtest"
)

// answer is what scripts read of kigen deadline --json.
type answer struct {
	Vendor       string  `json:"vendor"`
	Promise      string  `json:"promise"`
	Start        string  `json:"start"`
	Due          *string `json:"due"`
	State        string  `json:"state"`
	Rule         string  `json:"rule"`
	Reading      string  `json:"reading"`
	Alternatives []struct {
		Reading string  `json:"reading"`
		Due     *string `json:"due"`
	} `json:"alternatives"`
	Explanation []struct {
		Kind string `json:"kind"`
		Text string `json:"text"`
	} `json:"explanation"`
}

func (a *answer) due() string {
	if a.Due == nil {
		return "null"
	}
	return *a.Due
}

// worked examples of the vendors' published promises, and the instants around
// which their texts turn.
var examples = []struct{ vendor, start, due string }{
	{"sotas", "2026-05-01T17:59:00+09:00", "2026-05-01T23:59:00+09:00"},       // inside: 6 h, past closing
	{"sotas", "2026-05-01T18:00:00+09:00", "2026-05-07T09:00:00+09:00"},       // outside, the Golden Week skipped
	{"sotas", "2026-11-24T05:00:00+09:00", "2026-11-24T11:00:00+09:00"},       // 6 h are later than the opening
	{"sotas", "2026-09-18T18:00:00+09:00", "2026-09-24T09:00:00+09:00"},       // 国民の休日 between two holidays
	{"sotas", "2026-12-31T20:00:00+09:00", "2027-01-04T09:00:00+09:00"},       // 12-31 is open, 01-01 is not
	{"tatsujin", "2026-04-28T16:00:00+09:00", "2026-05-07T17:00:00+09:00"},    // 04-30, 05-01, 05-07
	{"superstream", "2026-12-30T10:00:00+09:00", "2027-01-01T00:00:00+09:00"}, // 12-31, to its end
	{"sustaina", "2026-05-02T22:10:00+09:00", "2026-05-03T22:10:00+09:00"},    // 24 h elapsed
	{"cybertrust", "2026-05-02T22:10:00+09:00", "null"},                       // as needed

	{"sotas", "2026-05-01T09:00:00+09:00", "2026-05-01T15:00:00+09:00"},         // 09:00:00 is inside
	{"sotas", "2026-05-01T08:59:59+09:00", "2026-05-01T14:59:59+09:00"},         // outside: 6 h are later than 09:00
	{"sotas", "2026-05-01T02:00:00+09:00", "2026-05-01T09:00:00+09:00"},         // the next opening is that day's
	{"sotas", "2026-05-01T17:59:59.999+09:00", "2026-05-01T23:59:59.999+09:00"}, // the last instant inside
	{"sotas", "2026-05-01T09:00:00Z", "2026-05-07T09:00:00+09:00"},              // 18:00 in Tokyo
	{"sotas", "2026-05-01 18:00", "2026-05-07T09:00:00+09:00"},                  // in the configured zone
	{"tatsujin", "2026-05-02T00:00:00+09:00", "2026-05-11T17:00:00+09:00"},      // a Saturday: 7, 8, 11
	{"superstream", "2026-05-01T23:59:59+09:00", "2026-05-08T00:00:00+09:00"},   // to the end of 05-07
}

func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	for _, e := range examples {
		out := kigen(t, "deadline", e.vendor, "--start", e.start, "--json")
		var a answer
		if err := json.Unmarshal([]byte(out), &a); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if a.due() != e.due || a.Vendor != e.vendor || a.Promise != "incident-notice" || len(a.Explanation) == 0 {
			t.Errorf("%s from %s: %s, want due %s", e.vendor, e.start, out, e.due)
		}
		for _, key := range []string{"vendor", "promise", "start", "due", "state", "rule", "explanation", "reading", "alternatives"} {
			if !strings.Contains(out, `"`+key+`":`) {
				t.Errorf("%s: the answer lacks the key %q: %s", e.vendor, key, out)
			}
		}
	}
}

func TestStateOfAnAnswer(t *testing.T) {
	t.Parallel()
	for vendor, want := range map[string]string{"cybertrust": "no_commitment", "sustaina": "running"} {
		if out := kigen(t, "deadline", vendor, "--start", "2026-05-02 22:10", "--json"); !strings.Contains(out, `"state":"`+want+`"`) {
			t.Errorf("%s: %s, want state %s", vendor, out, want)
		}
	}
	if out := kigen(t, "deadline", "sustaina", "--start", "2026-05-02 22:10", "--impact", "none", "--json"); !strings.Contains(out, `"state":"not_applicable"`) {
		t.Errorf("a shut gate: %s, want state not_applicable", out)
	}
}

func TestExplanationsForPeople(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang string
		want []string
	}{
		{"ja", []string{"Sotas株式会社", "標準営業時間外の場合", "敬老の日", "国民の休日", "秋分の日", "2026年9月24日(木) 09:00", "+09:00"}},
		{"en", []string{"Sotas", "標準営業時間外の場合", "Respect for the Aged Day", "Autumnal Equinox", "Thu 24 Sep 2026 09:00", "+09:00"}},
	} {
		out := kigen(t, "deadline", "sotas", "--start", "2026-09-18 18:00", "--lang", c.lang)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is missing in\n%s", c.lang, want, out)
			}
		}
	}
	out := kigen(t, "deadline", "sotas", "--start", "2026-11-24 05:00", "--lang", "en")
	if !strings.Contains(out, "Wed 25 Nov 2026 09:00") {
		t.Errorf("the other reading's deadline is missing in\n%s", out)
	}
	if out := kigen(t, "deadline", "cybertrust", "--start", "2026-11-24 05:00", "--lang", "en"); !strings.Contains(out, "No time is promised") {
		t.Errorf("a vendor without a commitment:\n%s", out)
	}
}

// ledger works out deadlines from the official list by whole days since 1970
// and seconds within a day. It shares nothing with kigen.
type ledger struct{ holidays map[int64]bool }

const (
	day   = 24 * 60 * 60
	tokyo = 9 * 60 * 60 // seconds ahead of UTC, at all times since 1952
)

func readLedger(t *testing.T) ledger {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "calendar", "jp-holidays-1955-2027.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 1000 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	l := ledger{map[int64]bool{}}
	for _, row := range rows[1:] {
		d, err := time.Parse(time.DateOnly, row[0])
		if err != nil {
			t.Fatal(err)
		}
		l.holidays[d.Unix()/day] = true
	}
	return l
}

func (l ledger) business(d int64) bool {
	weekday := ((d+4)%7 + 7) % 7 // 1970-01-01 was a Thursday
	return weekday >= 1 && weekday <= 5 && !l.holidays[d]
}

// after is the n-th business day after d.
func (l ledger) after(d int64, n int) int64 {
	for n > 0 {
		d++
		if l.business(d) {
			n--
		}
	}
	return d
}

// due gives the deadline in nanoseconds since 1970; false when there is none.
func (l ledger) due(vendor string, start time.Time) (time.Time, bool) {
	local := start.Unix() + tokyo
	d := (local - ((local%day)+day)%day) / day
	second := local - d*day
	at := func(d, second int64) time.Time { return time.Unix(d*day+second-tokyo, 0) }
	switch vendor {
	case "sustaina":
		return start.Add(24 * time.Hour), true
	case "tatsujin":
		return at(l.after(d, 3), 17*3600), true
	case "superstream":
		return at(l.after(d, 1)+1, 0), true
	case "sotas":
		six := start.Add(6 * time.Hour)
		open := l.business(d) && second < 18*3600
		if open && second >= 9*3600 {
			return six, true
		}
		opening := at(l.after(d, 1), 9*3600)
		if open {
			opening = at(d, 9*3600)
		}
		if opening.After(six) {
			return opening, true
		}
		return six, true
	}
	return time.Time{}, false
}

// randomStart writes an instant in one of the forms that kigen takes.
func randomStart(random *rand.Rand, t time.Time) string {
	zones := []*time.Location{time.UTC, time.FixedZone("", tokyo), time.FixedZone("", -5*3600-1800), time.FixedZone("", 13*3600)}
	switch random.IntN(4) {
	case 0:
		return t.In(time.FixedZone("", tokyo)).Format("2006-01-02 15:04:05.999")
	case 1:
		return t.In(time.FixedZone("", tokyo)).Format("2006-01-02T15:04:05.999")
	default:
		return t.In(zones[random.IntN(len(zones))]).Format(time.RFC3339Nano)
	}
}

// randomInstant prefers the instants around which the rules turn.
func randomInstant(random *rand.Rand, first, last int64) time.Time {
	d := first + random.Int64N(last-first)
	turns := []int64{0, 9 * 3600, 12 * 3600, 13 * 3600, 17 * 3600, 18 * 3600, day - 1}
	second := random.Int64N(day)
	if random.IntN(4) == 0 {
		second = max(0, turns[random.IntN(len(turns))]+random.Int64N(3)-1)
	}
	return time.Unix(d*day+second-tokyo, random.Int64N(3)*int64(499*time.Millisecond))
}

func TestBatchEqualsTheLedger(t *testing.T) {
	t.Parallel()
	const rows = 100_000
	l := readLedger(t)
	seed := seedtest.Of(t)
	random := rand.New(rand.NewPCG(seed, 0))
	first := time.Date(1955, 1, 10, 0, 0, 0, 0, time.UTC).Unix() / day
	last := time.Date(2027, 12, 20, 0, 0, 0, 0, time.UTC).Unix() / day // so that no deadline leaves the list
	vendors := []string{"sotas", "tatsujin", "superstream", "sustaina", "cybertrust"}
	var in strings.Builder
	in.WriteString("vendor,start\n")
	starts := make([]time.Time, rows)
	for i := range starts {
		starts[i] = randomInstant(random, first, last)
		fmt.Fprintf(&in, "%s,%s\n", vendors[i%len(vendors)], randomStart(random, starts[i]))
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "starts.csv"), []byte(in.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	r := runIn(t, dir, nil, "", "deadline", "--batch", "starts.csv")
	if r.code != 0 {
		t.Fatalf("exit %d: %s", r.code, r.stderr)
	}
	n := 0
	for lines := bufio.NewScanner(strings.NewReader(r.stdout)); lines.Scan(); n++ {
		checkAnswer(t, l, lines.Bytes(), vendors[n%len(vendors)], starts[n])
		if t.Failed() {
			break
		}
	}
	if n != rows && !t.Failed() {
		t.Errorf("%d answers to %d rows", n, rows)
	}
}

func checkAnswer(t *testing.T, l ledger, line []byte, vendor string, start time.Time) {
	t.Helper()
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	want, some := l.due(vendor, start)
	echoed, err := time.Parse(time.RFC3339Nano, a.Start)
	switch {
	case a.Vendor != vendor, err != nil, !echoed.Equal(start):
		t.Errorf("%s from %s: answered %s", vendor, start, line)
	case !some:
		if a.Due != nil {
			t.Errorf("%s from %s: due %s, want none", vendor, start, *a.Due)
		}
	case a.Due == nil:
		t.Errorf("%s from %s: no due, want %s", vendor, start, want)
	default:
		due, err := time.Parse(time.RFC3339Nano, *a.Due)
		if err != nil || !due.Equal(want) || !strings.HasSuffix(*a.Due, "+09:00") {
			t.Errorf("%s from %s: due %s, want %s", vendor, start, *a.Due, want.In(time.FixedZone("", tokyo)))
		}
	}
}

func TestBatchFromAPipeAndWithExplanations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := "vendor,start\nsotas,2026-05-01 18:00\ncybertrust,2026-05-01 18:00\n"
	plain := runIn(t, dir, nil, in, "deadline", "--batch", "-")
	if plain.code != 0 || strings.Contains(plain.stdout, "explanation") || strings.Count(plain.stdout, "\n") != 2 {
		t.Errorf("plain: %+v", plain)
	}
	explained := runIn(t, dir, nil, in, "deadline", "--batch", "-", "--explain", "--lang", "ja")
	if explained.code != 0 || !strings.Contains(explained.stdout, "みどりの日") {
		t.Errorf("explained: %+v", explained)
	}
	bad := runIn(t, dir, nil, in+"sotas,2026-02-30 10:00\n", "deadline", "--batch", "-")
	if bad.code != 2 || bad.stdout != plain.stdout {
		t.Errorf("bad third row: %+v, want the two rows before it", bad)
	}
}
