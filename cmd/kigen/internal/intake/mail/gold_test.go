package mail_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail"
	"kigen/sla"
	"kigen/sla/inbox"
)

// actual writes what was read from the mails of a folder, for the checker beside them.
var actual = flag.String("actual", "", "write the results of the shared mails to this file")

// line is a line of expected.jsonl, and of the results.
type line struct {
	File       string         `json:"file"`
	Vendor     *string        `json:"vendor"`
	Kind       string         `json:"kind"`
	Incident   *string        `json:"incident"`
	ReceivedAt *string        `json:"received_at"`
	SentAt     *string        `json:"sent_at"`
	Times      map[string]any `json:"stated_times"`
	Auto       bool           `json:"auto"`
	Why        string         `json:"why,omitempty"`
	Tags       []string       `json:"tags,omitempty"`
	OK         map[string]any `json:"ok,omitempty"`
}

// scenario is what is known before the mails come.
type scenario struct {
	Own struct {
		Domains    []string
		MX         []string
		AuthServID string `json:"authserv_id"`
	}
	Incidents []struct {
		Key, ID, Vendor, Service, Kind, Scope string
		Occurred                              *time.Time `json:"occurred_at"`
		Detected                              *time.Time `json:"detected_at"`
		Confirmed                             *time.Time `json:"confirmed_at"`
		Aware                                 *time.Time `json:"aware_at"`
		Tickets                               []string
		Chasers                               []struct {
			MessageID string `json:"message_id"`
		}
	}
}

// builtIn lists the channels of promises that the shared mails rely on and their
// vendors.yaml does not hold.
var builtIn = map[string][]sla.Channels{
	"sustaina": {{Any: []string{"email"}}}, "sotas": {{Any: []string{"email"}}}, "superstream": {{Any: []string{"support"}}},
	"tatsujin": {{ByScope: map[sla.Scope]sla.Channels{sla.ScopeAll: {Any: []string{"site", "portal"}}, sla.ScopeSpecific: {Any: []string{"email", "phone"}}}}},
}

// gold is a folder of mails with what is right about each.
type gold struct {
	folder    string
	judge     *mail.Judge
	incidents []intake.Open
	keys      map[string]string // KGN-n to the scenario's key
	expected  []line
}

func load(t *testing.T, folder string) *gold {
	t.Helper()
	g := &gold{folder: folder, keys: map[string]string{}}
	var s scenario
	decode(t, filepath.Join(folder, "scenario.json"), func(b []byte) error { return json.Unmarshal(b, &s) })
	channels := g.vendors(t)
	for _, i := range s.Incidents {
		o := intake.Open{Incident: i.ID, Vendor: i.Vendor, Service: i.Service, Kind: i.Kind, References: i.Tickets, Channels: channels[i.Vendor], Scope: sla.Scope(i.Scope)}
		for _, c := range i.Chasers {
			o.Chasers = append(o.Chasers, c.MessageID)
		}
		for _, at := range []*time.Time{i.Occurred, i.Detected, i.Confirmed, i.Aware} {
			if at != nil {
				o.Times = append(o.Times, *at)
			}
		}
		g.incidents, g.keys[i.ID] = append(g.incidents, o), i.Key
	}
	g.judge.Own = intake.Own{Domains: s.Own.Domains, MX: s.Own.MX, AuthServID: s.Own.AuthServID}
	file, err := os.Open(filepath.Join(folder, "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		g.expected = append(g.expected, l)
	}
	return g
}

func decode(t *testing.T, file string, into func([]byte) error) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = into(b)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// vendors reads intake.yaml into the judge, and the channels of vendors.yaml.
func (g *gold) vendors(t *testing.T) map[string][]sla.Channels {
	var told struct {
		Vendors map[string]struct {
			Name     map[string]string
			Services []string
			Domains  []string
			Ticket   string
			Desk     []string
		}
	}
	decode(t, filepath.Join(g.folder, "intake.yaml"), func(b []byte) error { return yaml.Unmarshal(b, &told) })
	var promised struct {
		Vendors []struct {
			ID       string
			Promises []struct {
				Channels struct{ Any, All []string }
			}
		}
	}
	decode(t, filepath.Join(g.folder, "vendors.yaml"), func(b []byte) error { return yaml.Unmarshal(b, &promised) })
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	g.judge = &mail.Judge{Zone: zone}
	for id, v := range told.Vendors {
		known := intake.Vendor{ID: id, Services: v.Services, Domains: v.Domains, Desk: v.Desk}
		for _, name := range v.Name {
			known.Names = append(known.Names, name)
		}
		if v.Ticket != "" {
			known.Ticket = regexp.MustCompile(v.Ticket)
		}
		g.judge.Vendors = append(g.judge.Vendors, known)
	}
	slices.SortFunc(g.judge.Vendors, func(a, b intake.Vendor) int { return strings.Compare(a.ID, b.ID) })
	channels := map[string][]sla.Channels{}
	for id, chs := range builtIn {
		channels[id] = chs
	}
	for _, v := range promised.Vendors {
		for _, p := range v.Promises {
			channels[v.ID] = append(channels[v.ID], sla.Channels{Any: p.Channels.Any, All: p.Channels.All})
		}
	}
	return channels
}

// read judges every mail in the order of receipt.
func (g *gold) read(t *testing.T) map[string]inbox.Item {
	t.Helper()
	seen := map[string]string{}
	g.judge.Seen = func(id string) (string, bool) { body, ok := seen[id]; return body, ok }
	items := map[string]inbox.Item{}
	for _, want := range g.expected {
		file, err := os.Open(filepath.Join(g.folder, want.File))
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.Read(file, mail.Limit)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		items[want.File] = g.judge.Item(m, g.incidents)
		if id := m.Get("Message-Id"); id != "" && seen[id] == "" {
			seen[id] = m.BodyHash
		}
	}
	return items
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func stamp(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	return optional(at.Format(time.RFC3339))
}

// result is an item in the form of expected.jsonl.
func (g *gold) result(file string, item inbox.Item) line {
	l := line{File: file, Vendor: optional(item.Vendor), Kind: string(item.Kind), Incident: optional(g.keys[item.Incident]), ReceivedAt: stamp(item.ReceivedAt), SentAt: stamp(item.SentAt), Auto: item.Auto, Times: map[string]any{}}
	for name, at := range map[string]time.Time{"occurred": item.Times.Occurred, "detected": item.Times.Detected, "confirmed": item.Times.Confirmed, "recovered": item.Times.Recovered} {
		if s := stamp(at); s != nil {
			l.Times[name] = *s
		}
	}
	var windows []any
	for _, w := range item.Times.Windows {
		windows = append(windows, map[string]any{"start": w.Start.Format(time.RFC3339), "end": w.End.Format(time.RFC3339)})
	}
	if windows != nil {
		l.Times["windows"] = windows
	}
	return l
}

// same compares two times that may be absent.
func same(a, b any, slack time.Duration) bool {
	x, okX := instant(a)
	y, okY := instant(b)
	return okX == okY && (!okX || x.Sub(y).Abs() <= slack)
}

func instant(v any) (time.Time, bool) {
	if p, ok := v.(*string); ok {
		if p == nil {
			return time.Time{}, false
		}
		v = *p
	}
	s, _ := v.(string)
	at, err := time.Parse(time.RFC3339, s)
	return at, err == nil
}

// sameTimes: every wanted time is there and none is invented. With "any", a time that is
// wanted and there must be right.
func sameTimes(want, got map[string]any, ok any) bool {
	lax := ok == "any"
	if !lax && len(want) != len(got) {
		return false
	}
	for name, w := range want {
		g, there := got[name]
		if !there {
			if lax {
				continue
			}
			return false
		}
		windows, isList := w.([]any)
		if !isList {
			if !same(w, g, time.Minute) {
				return false
			}
			continue
		}
		others, _ := g.([]any)
		if len(windows) != len(others) {
			return false
		}
		for i := range windows {
			a, b := windows[i].(map[string]any), others[i].(map[string]any)
			for edge := range a {
				if !same(a[edge], b[edge], time.Minute) {
					return false
				}
			}
		}
	}
	return true
}

// right compares one field, with what else is right.
func right(want, got *string, also any) bool {
	if want == nil && got == nil || want != nil && got != nil && *want == *got {
		return true
	}
	list, _ := also.([]any)
	return slices.ContainsFunc(list, func(o any) bool {
		s, isString := o.(string)
		return o == nil && got == nil || isString && got != nil && s == *got
	})
}

// score is how many mails are right.
type score struct{ all, vendor, kind, incident, times, autos, missed int }

// check compares the results as the checker beside the shared mails does.
func (g *gold) check(t *testing.T) (score, []line) {
	t.Helper()
	items := g.read(t)
	var s score
	var results []line
	for _, want := range g.expected {
		item := items[want.File]
		got := g.result(want.File, item)
		results = append(results, got)
		received := same(want.ReceivedAt, got.ReceivedAt, time.Second)
		others, _ := want.OK["received_at"].([]any)
		for _, o := range others {
			received = received || same(o, got.ReceivedAt, time.Second)
		}
		vendor, kind := right(want.Vendor, got.Vendor, want.OK["vendor"]), right(&want.Kind, &got.Kind, want.OK["kind"])
		incident := right(want.Incident, got.Incident, want.OK["incident"])
		times := received && same(want.SentAt, got.SentAt, time.Second) && sameTimes(want.Times, got.Times, want.OK["stated_times"])
		s.all++
		for _, c := range []struct {
			right bool
			n     *int
		}{{vendor, &s.vendor}, {kind, &s.kind}, {incident, &s.incident}, {times, &s.times}} {
			if c.right {
				*c.n++
			}
		}
		if !vendor || !kind || !incident || !times {
			t.Logf("%s: got %s, want %s", want.File, show(got), show(want))
		}
		wrong := got.Auto && (!want.Auto || !right(want.Incident, got.Incident, nil) || !right(want.Vendor, got.Vendor, nil))
		if wrong {
			t.Errorf("%s: a wrong automatic stop on %s: %s", want.File, item.Incident, want.Why)
		}
		if want.Auto {
			s.autos++
			if !got.Auto {
				s.missed++
				t.Logf("%s: missed: %s", want.File, reasons(item))
			}
		}
	}
	return s, results
}

func show(l line) string {
	l.Why, l.Tags = "", nil
	b, _ := json.Marshal(l)
	return string(b)
}

func reasons(item inbox.Item) string {
	var words []string
	for _, r := range item.Reasons {
		words = append(words, intake.Words(r, "en"))
	}
	return strings.Join(words, " · ")
}

// TestGold reads the mails of this package, and the shared ones where they stand beside the
// repository, and holds them to the goals.
func TestGold(t *testing.T) {
	for name, folder := range map[string]string{"own": "testdata/gold", "shared": sharedFolder(t)} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat(folder); err != nil {
				t.Skip("the shared mails are not beside the repository")
			}
			g := load(t, folder)
			s, results := g.check(t)
			t.Logf("%+v", s)
			for what, c := range map[string]struct{ n, least int }{"vendor": {s.vendor, 98}, "kind": {s.kind, 95}, "incident": {s.incident, 95}, "times": {s.times, 95}} {
				if c.n*100 < c.least*s.all {
					t.Errorf("%s: %d of %d are right, want %d%%", what, c.n, s.all, c.least)
				}
			}
			if s.missed*10 > s.autos {
				t.Errorf("%d of %d automatic stops are missed", s.missed, s.autos)
			}
			if name == "shared" && *actual != "" {
				write(t, results)
			}
		})
	}
}

func write(t *testing.T, results []line) {
	t.Helper()
	var out strings.Builder
	for _, l := range results {
		b, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, string(b))
	}
	if err := os.WriteFile(*actual, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sharedFolder is where the shared mails stand: beside the module's root.
func sharedFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return filepath.Join(dir, "..", "shared", "data", "intake", "mails")
}
