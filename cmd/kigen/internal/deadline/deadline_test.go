package deadline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/deadline"
	"kigen/sla"
	"kigen/sla/seedtest"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

const hour = time.Hour

func weekdays(t testing.TB) *calendar.Calendar {
	t.Helper()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	holidays, err := calendar.National("jp", 2019, 2030)
	if err != nil {
		t.Fatal(err)
	}
	spec := calendar.Spec{ID: "office", Zone: tokyo, Holidays: holidays, FirstYear: 2019, LastYear: 2030}
	for day := time.Monday; day <= time.Friday; day++ {
		spec.Weekly[day] = []calendar.Span{{Open: 9 * 60, Close: 18 * 60}}
	}
	c, err := calendar.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func elapsed(d time.Duration) sla.Rule { return sla.Rule{Op: sla.OpElapsed, Length: d} }

// asker knows one vendor for each thing that an answer can be.
func asker(t testing.TB) *deadline.Asker {
	cal := weekdays(t)
	outside := func(opening sla.Op) sla.Rule {
		return sla.Rule{Op: sla.OpHours, Args: []sla.Rule{
			elapsed(6 * hour), {Op: sla.OpLaterOf, Args: []sla.Rule{{Op: opening}, elapsed(6 * hour)}},
		}}
	}
	promise := func(vendor, id string, due sla.Rule) *sla.Promise {
		return &sla.Promise{ID: id, Vendor: vendor, Due: due, Calendar: cal, Start: sla.Occurred}
	}
	readings := promise("readings", "notice", outside(sla.OpNextOpening))
	readings.Reading = "opening"
	readings.Readings = []sla.Reading{{ID: "opening", Due: readings.Due}, {ID: "date", Due: outside(sla.OpNextDayStart)}}
	staged := promise("staged", "notice", sla.Rule{})
	staged.Stages = []sla.Stage{{ID: "first", Due: elapsed(12 * hour)}, {ID: "final", After: "first", Due: elapsed(48 * hour)}}
	gated := promise("gated", "notice", elapsed(hour))
	gated.Gate.Impact = []sla.Impact{sla.ImpactSerious}
	return &deadline.Asker{Time: when.Parser{Zone: cal.Zone()}.Time, Lang: "ja", Catalogue: sla.Catalogue{
		{ID: "readings", Promises: []*sla.Promise{readings}},
		{ID: "none", Promises: []*sla.Promise{promise("none", "notice", sla.Rule{Op: sla.OpNone})}},
		{ID: "staged", Promises: []*sla.Promise{staged}},
		{ID: "gated", Promises: []*sla.Promise{gated}},
		{ID: "two", Promises: []*sla.Promise{promise("two", "fast", elapsed(hour)), promise("two", `"slow"`, elapsed(9*hour))}},
	}}
}

func TestAsk(t *testing.T) {
	answers, _, err := asker(t).Ask(&deadline.Question{Vendor: "readings", Start: "2026-05-01 05:00"})
	if err != nil {
		t.Fatal(err)
	}
	a := answers[0]
	if len(answers) != 1 || a.Due == nil || a.Due.Format(time.RFC3339) != "2026-05-01T11:00:00+09:00" {
		t.Fatalf("answers = %+v", answers)
	}
	if len(a.Alternatives) != 1 || a.Alternatives[0].Due.Format(time.RFC3339) != "2026-05-07T09:00:00+09:00" {
		t.Errorf("alternatives = %+v, want the opening of the next business date", a.Alternatives)
	}
	if len(a.Explanation) == 0 || a.Explanation[0].Text == "" {
		t.Errorf("explanation = %+v, want steps with sentences", a.Explanation)
	}
	if got := a.Start.Format(time.RFC3339); got != "2026-05-01T05:00:00+09:00" {
		t.Errorf("start = %s, want it echoed with its zone", got)
	}
}

func TestAskAnswersForEveryDuty(t *testing.T) {
	a := asker(t)
	for vendor, want := range map[string]string{
		"staged": "notice/first 13:00 running, notice/final none pending",
		"two":    `fast/ 02:00 running, "slow"/ 10:00 running`,
		"none":   "notice/ none no_commitment",
		"gated":  "notice/ 02:00 running",
	} {
		answers, _, err := a.Ask(&deadline.Question{Vendor: vendor, Start: "2026-05-01T01:00:00+09:00"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, answer := range answers {
			due := "none"
			if answer.Due != nil {
				due = answer.Due.Format("15:04")
			}
			got = append(got, fmt.Sprintf("%s/%s %s %s", answer.Promise, answer.Stage, due, answer.State))
		}
		if joined := strings.Join(got, ", "); joined != want {
			t.Errorf("%s: %s, want %s", vendor, joined, want)
		}
	}
}

func TestAskRefuses(t *testing.T) {
	for name, c := range map[string]struct{ vendor, start, promise, field, value, remedy string }{
		"unknown vendor":  {"nobody", "2026-05-01 05:00", "", "vendor", "nobody", "readings, none"},
		"impossible date": {"none", "2026-02-30 05:00", "", "start", "2026-02-30 05:00", "01 to 28"},
		"no time":         {"none", "tomorrow", "", "start", "tomorrow", "2026-05-02 22:10"},
		"out of range":    {"readings", "2150-01-01 05:00", "", "start", "2150-01-01 05:00", "years"},
		"unknown promise": {"two", "2026-05-01 05:00", "fats", "promise", "fats", "fast"},
	} {
		a := asker(t)
		a.Promise = c.promise
		_, _, err := a.Ask(&deadline.Question{Vendor: c.vendor, Start: c.start})
		invalid, ok := tracker.AsInvalid(err)
		if !ok || invalid[0].Field != c.field || invalid[0].Value != c.value || !strings.Contains(invalid[0].In("en"), c.remedy) {
			t.Errorf("%s: error %v, want field %s, value %s and the remedy %q", name, err, c.field, c.value, c.remedy)
		}
	}
}

func batch(t testing.TB, a *deadline.Asker, in io.Reader, explain bool) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := a.Batch(context.Background(), in, &out, explain)
	return out.String(), err
}

// wanted is the answer to a row by way of Ask and encoding/json.
func wanted(t testing.TB, a *deadline.Asker, vendor, start string, explain bool) string {
	t.Helper()
	return wantedFor(t, a, &deadline.Question{Vendor: vendor, Start: start}, explain)
}

// wantedFor is the answers to a question, one a line, by way of Ask and
// encoding/json.
func wantedFor(t testing.TB, a *deadline.Asker, q *deadline.Question, explain bool) string {
	t.Helper()
	answers, _, err := a.Ask(q)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i := range answers {
		text, err := json.Marshal(&answers[i])
		if err != nil {
			t.Fatal(err)
		}
		if explain {
			lines = append(lines, string(text))
			continue
		}
		head, rest, _ := strings.Cut(string(text), `,"explanation":`)
		_, tail, ok := strings.Cut(rest, `],"reading":`)
		if !ok {
			t.Fatalf("no explanation to cut out of %s", text)
		}
		lines = append(lines, head+`,"reading":`+tail)
	}
	return strings.Join(lines, "\n")
}

func TestBatchAgreesWithAskInOrder(t *testing.T) {
	seed := seedtest.Of(t)
	random := rand.New(rand.NewPCG(seed, 0))
	a := asker(t)
	vendors := []string{"readings", "none", "staged", "gated", "two"}
	first := time.Date(2019, 1, 2, 0, 0, 0, 0, time.FixedZone("JST", 9*60*60))
	var in, want strings.Builder
	in.WriteString(deadline.Header + "\n")
	for range 5_000 {
		start := first.Add(time.Duration(random.Int64N(int64(10 * 365 * 24 * hour)))).Truncate(time.Millisecond).Format(time.RFC3339Nano)
		vendor := vendors[random.IntN(len(vendors))]
		fmt.Fprintf(&in, "%s,%s\n", vendor, start)
		want.WriteString(wanted(t, a, vendor, start, false) + "\n")
	}
	got, err := batch(t, a, pieces{strings.NewReader(in.String())}, false)
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, got, want.String())
}

// pieces reads a little at a time, as a pipe does, so that there are many blocks.
type pieces struct{ io.Reader }

func (p pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), 1000)]) }

func compareLines(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range w {
		if i >= len(g) || g[i] != w[i] {
			t.Fatalf("line %d of %d: got %s, want %s", i+1, len(w), strings.Join(g[min(i, len(g)):min(i+1, len(g))], ""), w[i])
		}
	}
	t.Fatalf("%d lines, want %d", len(g), len(w))
}

func TestBatchReadsWhatSpreadsheetsWrite(t *testing.T) {
	a := asker(t)
	want := wanted(t, a, "readings", "2026-05-01 18:00", false) + "\n" + wanted(t, a, "none", "2026-05-01T18:00:00Z", false) + "\n"
	for name, in := range map[string]string{
		"plain":           "vendor,start\nreadings,2026-05-01 18:00\nnone,2026-05-01T18:00:00Z\n",
		"no last newline": "vendor,start\nreadings,2026-05-01 18:00\nnone,2026-05-01T18:00:00Z",
		"BOM and CRLF":    "\xef\xbb\xbfvendor,start\r\nreadings,2026-05-01 18:00\r\nnone,2026-05-01T18:00:00Z\r\n",
		"quotes":          "vendor,start\n\"readings\",\"2026-05-01 18:00\"\nnone,\"2026-05-01T18:00:00Z\"\n",
		"spaces, blanks":  "Vendor, Start\n\nreadings , 2026-05-01 18:00\n\n none,2026-05-01T18:00:00Z\n\n",
	} {
		for _, reader := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in)), iotest.DataErrReader(strings.NewReader(in))} {
			got, err := batch(t, a, reader, false)
			if err != nil || got != want {
				t.Errorf("%s: %q, %v, want %q", name, got, err, want)
			}
		}
	}
}

func TestBatchExplains(t *testing.T) {
	a := asker(t)
	got, err := batch(t, a, strings.NewReader("vendor,start\nreadings,2026-05-01 18:00\n"), true)
	if want := wanted(t, a, "readings", "2026-05-01 18:00", true) + "\n"; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestBatchRefuses(t *testing.T) {
	const good = "none,2026-05-01 18:00\n"
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		in    string
		lines int // answered before the error
		at    int // line of the error; 0: no line
		says  []string
	}{
		"empty":         {"", 0, 1, []string{"header", "vendor,start"}},
		"wrong header":  {"start,vendor\n" + good, 0, 1, []string{`header "start,vendor"`, "vendor,start"}},
		"no header":     {good, 0, 1, []string{"header", "vendor,start"}},
		"bad vendor":    {"vendor,start\n" + good + good + "nobody,2026-05-01 18:00\n" + good, 2, 4, []string{`vendor "nobody"`, "readings"}},
		"bad start":     {"vendor,start\n\n" + good + "none,2026-13-01 18:00\n", 1, 4, []string{`start "2026-13-01 18:00"`, "01 to 12"}},
		"one field":     {"vendor,start\nnone\n", 0, 2, []string{`row "none"`, "two CSV fields"}},
		"three fields":  {"vendor,start\nnone,2026-05-01 18:00,x\n", 0, 2, []string{"two CSV fields"}},
		"open quote":    {"vendor,start\n\"none,2026-05-01 18:00\n", 0, 2, []string{"two CSV fields"}},
		"out of range":  {"vendor,start\nreadings,2150-05-01 18:00\n", 0, 2, []string{"start", "years"}},
		"endless line":  {"vendor,start\nnone," + long + "\n", 0, 0, []string{"longer than"}},
		"binary vendor": {"vendor,start\n\xff\xfe,2026-05-01 18:00\n", 0, 2, []string{"vendor"}},
	} {
		got, err := batch(t, asker(t), strings.NewReader(c.in), false)
		if _, invalid := tracker.AsInvalid(err); !invalid {
			t.Errorf("%s: error %v is no tracker.Invalid", name, err)
			continue
		}
		var line *deadline.LineError
		if errors.As(err, &line) != (c.at > 0) || c.at > 0 && line.Line != c.at {
			t.Errorf("%s: error %v, want one at line %d", name, err, c.at)
		}
		if n := strings.Count(got, "\n"); n != c.lines {
			t.Errorf("%s: %d answers before the error, want %d", name, n, c.lines)
		}
		for _, part := range c.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %q lacks %q", name, err, part)
			}
		}
	}
}

// A program at the other end of a pipe asks, waits for the answer and asks on.
func TestBatchAnswersWhileTheInputIsOpen(t *testing.T) {
	in, ask := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	a := asker(t)
	go func() { ended <- a.Batch(context.Background(), in, out, false) }()
	buffer := make([]byte, 1<<10)
	say := func(text string) {
		if _, err := ask.Write([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	say("vendor,start\n")
	for range 3 {
		say("none,2026-05-01 18:00\n")
		if n, err := answers.Read(buffer); err != nil || !bytes.HasSuffix(buffer[:n], []byte("]}\n")) {
			t.Fatalf("answer %q, %v", buffer[:n], err)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, answers) }()
	say("nobody,2026-05-01 18:00\n") // and the input stays open
	if err := <-ended; err == nil {
		t.Error("a bad row was taken")
	}
}

func TestBatchStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	in, _ := io.Pipe()
	a := asker(t)
	full := iotest.ErrReader(errors.New("disk on fire"))
	if err := a.Batch(context.Background(), full, io.Discard, false); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("error %v, want the reader's", err)
	}
	rows := strings.NewReader("vendor,start\n" + strings.Repeat("none,2026-05-01 18:00\n", 100_000))
	if err := a.Batch(ctx, io.MultiReader(rows, in), io.Discard, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the cancellation", err)
	}
	rows = strings.NewReader("vendor,start\n" + strings.Repeat("none,2026-05-01 18:00\n", 100_000))
	_, closed := io.Pipe()
	closed.CloseWithError(errors.New("nobody reads"))
	if err := a.Batch(context.Background(), rows, closed, false); err == nil || !strings.Contains(err.Error(), "write") {
		t.Errorf("error %v, want the writer's", err)
	}
}

func FuzzBatchRow(f *testing.F) {
	for _, row := range []string{"none,2026-05-01 18:00", `"two", "2026-05-01T18:00:00.5Z"`, "readings,2026-12-31 23:59", "staged,,", "\x00,\n", "gated,9999-99-99 99:99",
		"none,9999-12-31T23:59:59-12:00", "two,0000-01-01T00:00:00+14:00", "none,2200-12-31T23:59:59-23:59", "none,2199-12-31T23:59:59-23:59", "none,1900-01-01T00:00:00+23:59", "none,1887-01-01 00:00", "staged,1900-01-01 00:00\nstaged,1900-01-01 00:00", "none,2026-05-01 18:00:00.123456789",
	} {
		f.Add(row)
	}
	a := asker(f)
	f.Fuzz(func(t *testing.T, row string) {
		got, err := batch(t, a, strings.NewReader(deadline.Header+"\n"+row), false)
		if err != nil {
			if _, invalid := tracker.AsInvalid(err); !invalid {
				t.Fatalf("%q: error %v does not name what is wrong", row, err)
			}
			return
		}
		for got != "" { // the answers to one row after the other; the first of each has its start
			line, _, _ := strings.Cut(got, "\n")
			var answer deadline.Answer
			if err := json.Unmarshal([]byte(line), &answer); err != nil {
				t.Fatalf("%q: %v in %s", row, err, line)
			}
			want := wanted(t, a, answer.Vendor, answer.Start.Format(time.RFC3339Nano), false) + "\n"
			rest, ok := strings.CutPrefix(got, want)
			if !ok {
				t.Fatalf("%q: %s, want %s", row, got, want)
			}
			got = rest
		}
	})
}

func BenchmarkBatch(b *testing.B) {
	a := asker(b)
	var in strings.Builder
	in.WriteString(deadline.Header + "\n")
	start := time.Date(2019, 1, 2, 0, 0, 0, 0, time.FixedZone("JST", 9*60*60))
	const rows = 200_000
	for i := range rows {
		fmt.Fprintf(&in, "readings,%s\n", start.Add(time.Duration(i)*17*time.Minute).Format(time.RFC3339))
	}
	for b.Loop() {
		if err := a.Batch(context.Background(), strings.NewReader(in.String()), io.Discard, false); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
