package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const draftPaper = `# Acme Cloud security white paper

Version 1.2, 1 April 2026

## 7. Incidents

7.1. If a security incident affects your data, we will notify your administrators by email within 48 hours of detecting it.

7.2. Passwords have at least 12 characters and are changed every 90 days.
`

func writeDraft(t *testing.T, name, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestDraftIsAConfiguration: what is drafted of incidents passes kigen config check, and a
// deadline can be asked of it.
func TestDraftIsAConfiguration(t *testing.T) {
	dir := writeDraft(t, "paper.md", draftPaper)
	drafted := runIn(t, dir, english, "", "vendor", "draft", "paper.md", "--vendor", "acme")
	if drafted.code != 0 {
		t.Fatal(drafted.stderr)
	}
	for _, want := range []string{
		"nothing in it applies until a person has confirmed it", "id: acme", "section: \"7.1\"", "edition: \"Version 1.2, 2026-04-01\"",
		`quote: "If a security incident affects your data, we will notify your administrators by email within 48 hours of detecting it."`,
		"effective: {from: 2026-04-01}", "start: detected", "due: 48h", "channels: {any: [email]}", "gate: {impact: [serious, limited]}",
		"# 9: Passwords have at least 12 characters",
	} {
		if !strings.Contains(drafted.stdout, want) {
			t.Errorf("the draft lacks %q:\n%s", want, drafted.stdout)
		}
	}
	if want := "kigen: paper.md: 10 lines read; 1 promise proposed from 4 sentences; 1 sentence that holds a time was not drafted (it is listed)\n"; drafted.stderr != want {
		t.Errorf("%q, want %q", drafted.stderr, want)
	}
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte(drafted.stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := runIn(t, dir, english, "", "config", "check", "kigen.yaml"); r.code != 0 {
		t.Errorf("%s\n%s", r.stderr, drafted.stdout)
	}
	r := runIn(t, dir, english, "", "deadline", "acme", "--config", "kigen.yaml", "--start", "2026-05-01T10:00Z", "--json")
	if r.code != 0 || !strings.Contains(r.stdout, `"due":"2026-05-03T10:00:00Z"`) {
		t.Errorf("%s\n%s", r.stdout, r.stderr)
	}
}

// TestDraftJSON holds the keys of the JSON output, which scripts rely on.
func TestDraftJSON(t *testing.T) {
	r := runIn(t, t.TempDir(), nil, draftPaper, "vendor", "draft", "-", "--format", "json", "--lang", "ja")
	var got map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
		t.Fatalf("%v: %s%s", err, r.stdout, r.stderr)
	}
	const want = `{"document":{"title":"Acme Cloud security white paper","edition":"Version 1.2, 2026-04-01"},"found":[{"line":7,"section":"7.1",` +
		`"quote":"If a security incident affects your data, we will notify your administrators by email within 48 hours of detecting it.","about":"incident","start":"detected",` +
		`"due":"48h","strength":"firm","gate":{"impact":["serious","limited"]},"channels":{"any":["email"]},"calendar":null,"questions":[]}],` +
		`"unread":[{"line":9,"text":"Passwords have at least 12 characters and are changed every 90 days."}]}` + "\n"
	if r.stdout != want {
		t.Errorf("got\n%swant\n%s", r.stdout, want)
	}
	if !strings.Contains(r.stderr, "件の約束を下書きしました") {
		t.Errorf("%q", r.stderr)
	}
}

// TestDraftAgainst compares a new edition with the built-in promises, and drafts the version
// that it makes of a changed one.
func TestDraftAgainst(t *testing.T) {
	paper, err := os.ReadFile(filepath.Join(root, "sla", "clause", "testdata", "gold", "papers", "001_50cd3bf9eb205bb6.txt"))
	if err != nil {
		t.Fatal(err)
	}
	dir := writeDraft(t, "same.txt", string(paper))
	r := runIn(t, dir, english, "", "vendor", "draft", "--against", "sotas", "same.txt")
	if r.code != 0 || !strings.Contains(r.stdout, "# incident-notice: unchanged") {
		t.Errorf("%s\n%s", r.stdout, r.stderr)
	}
	changed := strings.NewReplacer("発生から6時間以内", "発生から3時間以内", "2024年9⽉1⽇", "2027年4⽉1⽇", "2024", "2027").Replace(string(paper))
	dir = writeDraft(t, "new.txt", changed)
	r = runIn(t, dir, english, "", "vendor", "draft", "--against", "sotas", "new.txt")
	for _, want := range []string{
		"# incident-notice: its clause changed", "- id: sotas", "- id: incident-notice", "effective: {from: 2027-04-01}", "inside_hours: 3h",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("it lacks %q:\n%s%s", want, r.stdout, r.stderr)
		}
	}
	if r = runIn(t, dir, english, "", "vendor", "draft", "--against", "nobody", "new.txt"); r.code != 2 {
		t.Errorf("an unknown vendor: %d %s", r.code, r.stderr)
	}
}

// TestDraftBadInput: each is refused with one sentence that says what was not read.
func TestDraftBadInput(t *testing.T) {
	const chinese = "我们会在发现安全事件后的二十四小时之内通知客户。客户应当及时更新密码，并对自己的账户负责。本公司不对第三方服务承担责任。\n"
	for _, test := range []struct{ name, text, want string }{
		{"empty.txt", "", `FILE "empty.txt": is empty: nothing was read`},
		{"binary.txt", "a\x00b", `FILE "binary.txt": is not text, Markdown, HTML or PDF: nothing was read; save the paper as one of these`},
		{"chinese.txt", chinese, `FILE "chinese.txt": is in neither Japanese nor English (3 sentences): nothing was read`},
	} {
		r := runIn(t, writeDraft(t, test.name, test.text), english, "", "vendor", "draft", test.name)
		if r.code != 2 || r.stdout != "" || r.stderr != "kigen: "+test.want+"\n" {
			t.Errorf("%s: %d %q, want %q", test.name, r.code, r.stderr, test.want)
		}
	}
	for _, args := range [][]string{{"missing.txt"}, {"-", "--format", "xml"}, {"-", "--vendor", "A b"}, {"-", "--vendor", "a", "--against", "sotas"}, {}} {
		if r := runIn(t, t.TempDir(), english, "x", append([]string{"vendor", "draft"}, args...)...); r.code != 2 || r.stderr == "" {
			t.Errorf("%v: %d %s", args, r.code, r.stderr)
		}
	}
}
