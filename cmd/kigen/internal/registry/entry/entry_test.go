package entry

import (
	"reflect"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"

	"kigen/sla/register"
)

func loaded(t *testing.T, text string) (value any) {
	t.Helper()
	if err := yaml.Load([]byte(text), &value); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return value
}

const written = `# 台帳
id: acme
name: {ja: アクメ株式会社, en: "Acme: Cloud"}
services: [Acme Cloud, "yes"]
owner: 情報システム部
contacts:
  - {name: 山田, mail: a@acme.example, phone: "+81-3", hours: "9-18"}
contract: {from: 2026-04-01}
calendar: office
# of chapter 7
promises:
  - {id: notice, start: detected, due: 24h} # a day
`

// A text that is taken apart and put together means the same, and keeps its comments.
func TestTakenApartAndPutTogether(t *testing.T) {
	for name, text := range map[string]string{
		"block": written, "name alone": "id: acme\nname: Acme\npromises: []\n", "flow": "{id: acme, name: Acme, promises: [{id: x, due: {business_days: 2}}]}",
		"windows": strings.ReplaceAll(written, "\n", "\r\n"), "unusual": "id: acme\nservices: [{name: x}]\nowner: [a, b]\ncontacts: [{fax: 1}]\npromises: []\n",
		"quoted key below": "id: acme\npromises:\n- id: x\n  source:\n    quote: |-\n      id: other\n      owner: none\n",
	} {
		e := Parse(text)
		if got, want := loaded(t, e.Text()), loaded(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\nwant %v", name, got, want)
		}
		again := Parse(e.Text())
		if again.Text() != e.Text() {
			t.Errorf("%s: a second time\n%s\nafter\n%s", name, again.Text(), e.Text())
		}
	}
	e := Parse(written)
	if e.Owner != "情報システム部" || len(e.Services) != 2 || e.Contacts[0] != (register.Contact{Name: "山田", Mail: "a@acme.example", Phone: "+81-3", Hours: "9-18"}) || e.From != "2026-04-01" || e.NameEn != "Acme: Cloud" {
		t.Errorf("%+v", e)
	}
	for _, comment := range []string{"# 台帳", "# of chapter 7", "# a day"} {
		if !strings.Contains(e.Text(), comment) {
			t.Errorf("%s is lost", comment)
		}
	}
}

// Of a faulty text nothing is lost.
func TestFaultyTextsAreKept(t *testing.T) {
	for _, text := range []string{"id: acme\nname: [\npromises: - x", "owner: {", "{id: acme", "just words", "id: acme\n\tpromises: x", "- a\n- b"} {
		e := Parse(text)
		for _, line := range strings.Split(text, "\n") {
			if !strings.Contains(e.Text(), strings.TrimSpace(line)) {
				t.Errorf("%q lost %q:\n%s", text, line, e.Text())
			}
		}
	}
}

// A promise is added to a list in each of its writings, under an id of its own.
func TestPromisesAreAdded(t *testing.T) {
	p := &Promise{About: "incident", Quote: "Within 24 h: \"by mail\"\n— 12:30", Document: "Paper", From: "2026-04-01", Strength: "as_needed", Due: map[string]any{"business_days": 2.0, "ends": "12:30"}, Gate: map[string][]string{"impact": {"serious"}}, Channels: map[string]any{"any": []any{"email"}}}
	for _, rest := range []string{
		"", "promises:", "promises: []", "promises: []\nstates: []", "promises: [{id: incident-notice, due: 1h}]", "promises:\n- id: incident-notice\n  due: 1h\n\nalso: [mvsp]",
		"calendar: office\npromises:\n    - {id: incident-notice, due: 1h}\n    # the last\n", "# a comment\nstates:\n  - name: x",
	} {
		text := Add(Add(rest, p), &Promise{About: States, Quote: "Backups are kept for 7 days."})
		var got struct {
			Promises []map[string]any
			States   []map[string]any
		}
		if err := yaml.Load([]byte(text), &got); err != nil {
			t.Errorf("%q: %v\n%s", rest, err, text)
			continue
		}
		last := got.Promises[len(got.Promises)-1]
		want := "incident-notice"
		if len(got.Promises) > 1 {
			want = "incident-notice-2"
		}
		if last["id"] != want || last["strength"] != "best_effort" || last["start"] != "detected" || last["due"].(map[string]any)["ends"] != "12:30" ||
			last["source"].(map[string]any)["quote"] != p.Quote || len(got.States) == 0 || !Known(text, p.Quote) {
			t.Errorf("%q:\n%s", rest, text)
		}
	}
	if Known("promises: []", p.Quote) || Known("promises: []", "") {
		t.Error("a sentence is known that is not there")
	}
}

// Business hours are written once.
func TestBusinessHours(t *testing.T) {
	text := SetCalendar("promises: []", Calendar{Zone: "Asia/Tokyo", Days: "mon-fri", Hours: "09:00-12:00、13:00-17:30", Holidays: "jp", Closures: "夏季休業"})
	want := map[string]any{"zone": "Asia/Tokyo", "hours": map[string]any{"mon-fri": []any{"09:00-12:00", "13:00-17:30"}}, "holidays": "jp", "unpublished_closures": "夏季休業"}
	if got := loaded(t, text).(map[string]any)["calendar"]; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if again := SetCalendar(text, Calendar{Zone: "UTC"}); again != text || !strings.HasPrefix(CalendarOf(text), "calendar:") || !HasCalendar(text) || HasCalendar("promises: []") {
		t.Error(again)
	}
}
