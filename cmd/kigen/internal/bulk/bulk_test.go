package bulk_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"kigen/cmd/kigen/internal/bulk"
	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/cmd/kigen/internal/web/pages"
	"kigen/config"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// house is a kigen that files are imported into.
type house struct {
	db     *store.DB
	track  *tracker.Tracker
	client *client.Client
	files  int
	asked  atomic.Int64
}

// later is another second at each call, so that nobody is slowed down here.
func (h *house) later() time.Time { return time.Unix(h.asked.Add(1), 0) }

func newHouse(t testing.TB) *house {
	t.Helper()
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2026, 5, 7, 12, 0, 0, 0, c.Timezone) }
	h := &house{}
	if h.db, err = store.Open(t.Context(), storetest.Path(t), now()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.track = &tracker.Tracker{Store: h.db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: now}
	server := httptest.NewServer(web.New(web.Options{
		Tracker:   h.track,
		Incidents: h.db, Catalogue: c.Catalogue, Zone: c.Timezone, Lang: "en", Now: h.later,
	}, pages.Mount, api.Mount))
	t.Cleanup(server.Close)
	if h.client, err = client.New(server.URL, ""); err != nil {
		t.Fatal(err)
	}
	return h
}

// file is an import of a text that was never imported before.
func (h *house) file(f *sheetfile.File) *bulk.Import {
	h.files++
	return &bulk.Import{Daemon: h.client, File: f, Key: "file-" + strconv.Itoa(h.files)}
}

// count is how many incidents there are.
func (h *house) count(t testing.TB) (n int) {
	t.Helper()
	page, err := h.db.List(t.Context(), tracker.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range page.Counts {
		n += of
	}
	return n
}

// Every bad row is named at once, by its line, whatever is wrong with it and
// however many there are; nothing is logged.
func TestEveryBadRowIsNamed(t *testing.T) {
	h := newHouse(t)
	var text strings.Builder
	text.WriteString("vendor,title,impact,occurred_at,description\n")
	var want []int
	for line := 2; line <= 2600; line++ {
		row := "sotas,Fine,,2026-05-01 18:00,"
		switch line % 5 {
		case 0:
			row = "sotas,Form,huge,,"
		case 1:
			row = "sotos,Fact,,," + strings.Repeat("long ", 100)
		case 2:
			row = "sotas,Time,,2026-02-30 10:00,"
		}
		if line%5 < 3 {
			want = append(want, line)
		}
		text.WriteString(row + "\n")
	}
	rows, err := sheetfile.Read("f.csv", []byte(text.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	file := h.file(rows)
	var steps []int
	file.Progress = func(done int) { steps = append(steps, done) }
	_, err = file.Check(t.Context())
	var refused *sheetfile.Faults
	if !errors.As(err, &refused) {
		t.Fatalf("got %.300v", err)
	}
	if got := linesOf(t, err); !slices.Equal(got, want) {
		t.Errorf("%d lines are named, want %d: %v", len(got), len(want), got[:min(20, len(got))])
	}
	if !slices.Equal(steps, []int{1000, 2000, 2599}) {
		t.Errorf("progress %v", steps)
	}
	if n := h.count(t); n != 0 {
		t.Errorf("%d incidents were logged", n)
	}
}

// A row that no request could hold is named before anything is sent.
func TestRowLargerThanARequest(t *testing.T) {
	text := "vendor,title,description\nsotas,Fine,\nsotas,Long," + strings.Repeat("\x01", 200_000) + "\n"
	if _, err := sheetfile.Read("f.csv", []byte(text), nil); err == nil || !strings.HasPrefix(err.Error(), "f.csv, line 3: exceeds the maximum size") {
		t.Errorf("%v", err)
	}
}

// A file that was imported before passes its check and is answered with its
// incidents, also when its vendor has left the configuration since.
func TestImportAgainWithoutItsVendor(t *testing.T) {
	h := newHouse(t)
	rows, err := sheetfile.Read("f.csv", []byte("vendor,title\nsotas,Fine\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	file := h.file(rows)
	run := func() string {
		t.Helper()
		if _, err := file.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		logged, err := file.Log(t.Context())
		if err != nil || len(logged) != 1 {
			t.Fatalf("%d logged, %v", len(logged), err)
		}
		return logged[0].ID
	}
	first := run()
	h.track.Catalogue = nil
	if again := run(); again != first {
		t.Errorf("answered with %s, then with %s", first, again)
	}
	if _, err := h.file(rows).Check(t.Context()); err == nil {
		t.Error("another file with the removed vendor passes")
	}
}

// A file that another account imported is refused by its name, not by a key that the
// person never typed.
func TestImportOfAnotherAccount(t *testing.T) {
	h := newHouse(t)
	rows, err := sheetfile.Read("f.csv", []byte("vendor,title\nsotas,Fine\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	file := h.file(rows)
	if _, err := h.track.LogAll(t.Context(), tracker.Request{Actor: "user:mori", Key: file.Key + "-0"}, []tracker.Entry{{Vendor: "sotas", Title: "Fine"}}); err != nil {
		t.Fatal(err)
	}
	_, err = file.Check(t.Context())
	var refused *sheetfile.Faults
	if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), "f.csv: was imported before") || !strings.Contains(err.Error(), "another user or token; change the file") {
		t.Errorf("%v", err)
	}
}

var named = regexp.MustCompile(`^f\.csv, line (\d+): `)

// linesOf reads which lines an error names. Each of its own lines must name one.
func linesOf(t testing.TB, err error) (lines []int) {
	t.Helper()
	for text := range strings.Lines(err.Error()) {
		text = strings.TrimSuffix(text, "\n")
		match := named.FindStringSubmatch(text)
		if match == nil {
			t.Fatalf("%q names no line", text)
		}
		line, err := strconv.Atoi(match[1])
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// ofNoLine is what is wrong with a file as a whole.
var ofNoLine = regexp.MustCompile(`^f\.csv: (?:has no row below its header|is an Excel file of the old form|can't be read as a spreadsheet).*$`)

// FuzzImport imports whatever bytes a file can hold: it goes in whole, or not
// at all and every complaint names a line of the file.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		"vendor,title\nsotas,Fine\n", "\ufeffTitle,vendor,occurred_at,tags\r\n\"Two\nlines\",sotas,2026-05-01 18:00,a;b\r\n",
		"vendor,title,impact\nsotas,x,huge\nsotos,y,\n", "vendor,title\nsotas\n", "vendor,title\nsotas,\"open\n", "\n\nvendor,colour\n",
		"vendor,title\nsotas,\x8f\xe1\n", "vendor,title,severity,aware_at\nsotas,\x00,high,2026-05-01T18:00:00Z\n", "", "\"", "vendor,title\n\n",
		"vendor,title\rsotas,x\rsotos,y\r", "\xff\xfev\x00e\x00n\x00d\x00o\x00r\x00,\x00t\x00i\x00t\x00l\x00e\x00\n\x00a\x00,\x00\n\x00", "PK\x03\x04", "\xd0\xcf\x11\xe0",
		"vendor,title,impact\nsotas,x,\"a\nb\u2028c\"\nsotas,x\x00,\x1b\n",
	} {
		f.Add([]byte(seed))
	}
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		end := strings.Count(string(text), "\n") + 1
		inFile := func(err error) {
			for _, line := range linesOf(t, err) {
				if line < 1 || line > end {
					t.Fatalf("%v: the file has %d lines", err, end)
				}
			}
		}
		rows, err := sheetfile.Read("f.csv", text, nil)
		if err != nil {
			if !ofNoLine.MatchString(err.Error()) {
				inFile(err)
			}
			return
		}
		if len(rows.Rows) > 50 {
			return // it says nothing more, and takes long
		}
		before, want := h.count(t), 0
		file := h.file(rows)
		_, err = file.Check(t.Context())
		var refused *sheetfile.Faults
		switch {
		case errors.As(err, &refused):
			inFile(err)
		case err != nil:
			t.Fatalf("%v", err)
		default:
			want = len(rows.Rows)
			for again := range 2 {
				logged, err := file.Log(t.Context())
				if err != nil || len(logged) != want {
					t.Fatalf("checked, and then, time %d: %d logged, %v", again+1, len(logged), err)
				}
			}
		}
		if got := h.count(t) - before; got != want {
			t.Fatalf("%s: %d rows came in, want %d", fmt.Sprint(err), got, want)
		}
	})
}
