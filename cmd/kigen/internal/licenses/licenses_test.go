package licenses_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/licenses"
)

var update = flag.Bool("update", false, "gather the licence texts anew")

// The tags of the packaged build. What it links is what the list is about.
const tags = "netgo,osusergo,sqlite_omit_load_extension"

// rule stands between two texts.
var rule = strings.Repeat("=", 78) + "\n"

// TestTextIsWhatIsLinked gathers the licences of what the packaged build links and compares
// them with the embedded text.
func TestTextIsWhatIsLinked(t *testing.T) {
	want := gather(t)
	if *update {
		pack(t, want)
		return
	}
	got, err := licenses.Text()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("the licence texts are not those of what is linked: gather them anew with -update\n%s", firstDifference(string(got), want))
	}
}

// TestTextNamesEveryModule reads the list of modules from the toolchain's own record in a
// built binary, which knows what was linked.
func TestTextNamesEveryModule(t *testing.T) {
	text, err := licenses.Text()
	if err != nil {
		t.Fatal(err)
	}
	modules := linked(t)
	if len(modules) < 40 {
		t.Fatalf("%d modules: the list was not read", len(modules))
	}
	for _, m := range modules {
		if !bytes.Contains(text, []byte("\n"+m.Path+" "+m.Version+"\n")) {
			t.Errorf("the text does not name %s %s", m.Path, m.Version)
		}
	}
	known := func(m *module, line []byte) bool { return m.Path+" "+m.Version == string(line) }
	for _, line := range regexp.MustCompile(`(?m)^[a-z0-9.]+\.[a-z]+/\S+ v\S+$`).FindAll(text, -1) {
		if !slices.ContainsFunc(modules, func(m *module) bool { return known(m, line) }) {
			t.Errorf("the text names %s, which is not linked", line)
		}
	}
	for _, other := range []string{"\nGo and its standard library\n", "\nSQLite\n", "\nBIZ UDPGothic\n", "\nGNU C Library"} {
		if !bytes.Contains(text, []byte(other)) {
			t.Errorf("the text lacks %q", other)
		}
	}
	for _, tool := range []string{"chromedp", "rapid", "goleak"} {
		if bytes.Contains(text, []byte(tool)) {
			t.Errorf("the text names %s, which only tests use", tool)
		}
	}
}

// module is a linked module, with the folders of its linked packages.
type module struct {
	Path, Version, Dir string
	dirs               []string
}

// linked lists the modules of the packaged build, on both machines that it is made for.
func linked(t *testing.T) []*module {
	t.Helper()
	found := map[string]*module{}
	for _, arch := range []string{"amd64", "arm64"} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", tags, "-json=Dir,Module", "kigen/cmd/kigen")
		list.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=1")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
			var pkg struct {
				Dir    string
				Module *module
			}
			if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if pkg.Module == nil || pkg.Module.Version == "" { // the standard library, and kigen
				continue
			}
			m := found[pkg.Module.Path]
			if m == nil {
				m = pkg.Module
				found[m.Path] = m
			}
			m.dirs = append(m.dirs, pkg.Dir)
		}
	}
	var modules []*module
	for _, m := range found {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b *module) int { return strings.Compare(a.Path, b.Path) })
	return modules
}

// gather writes the whole text. One that several modules share, to the letter, stands once.
func gather(t *testing.T) string {
	t.Helper()
	var order []string
	owners := map[string][]string{}
	add := func(owner, text string) {
		text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
		if owners[text] == nil {
			order = append(order, text)
		}
		if !slices.Contains(owners[text], owner) {
			owners[text] = append(owners[text], owner)
		}
	}
	root := goRoot(t)
	add("Go and its standard library", file(t, root, "LICENSE"))
	add("Go and its standard library", file(t, root, "PATENTS"))
	for _, m := range linked(t) {
		texts := licenceFiles(t, m)
		if len(texts) == 0 {
			t.Errorf("%s %s has no file with its licence", m.Path, m.Version)
		}
		for _, text := range texts {
			add(m.Path+" "+m.Version, text)
		}
		if m.Path == "github.com/mattn/go-sqlite3" {
			add("SQLite", blessing(t, file(t, m.Dir, "sqlite3-binding.h")))
		}
	}
	add("BIZ UDPGothic", file(t, "..", "render", "pdf", "fonts", "OFL.txt"))
	add("GNU C Library, in static builds", file(t, "testdata", "libc.txt"))

	var b strings.Builder
	b.WriteString("The binary of kigen is made of what is named here, each under the text that follows.\n")
	for _, text := range order {
		fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n", rule, strings.Join(owners[text], "\n"), text)
	}
	return b.String()
}

// licenceFiles returns the texts in the folders of the linked packages and above them, up to
// the module's own: a part that was taken from elsewhere often has its own.
func licenceFiles(t *testing.T, m *module) (texts []string) {
	t.Helper()
	name := regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright)([-.].*)?$`)
	seen := map[string]bool{}
	for _, dir := range m.dirs {
		for ; strings.HasPrefix(dir, m.Dir) && !seen[dir]; dir = filepath.Dir(dir) {
			seen[dir] = true
		}
	}
	var dirs []string
	for dir := range seen {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !e.IsDir() && name.MatchString(e.Name()) && !strings.HasSuffix(e.Name(), ".go") {
				texts = append(texts, file(t, dir, e.Name()))
			}
		}
	}
	return texts
}

// blessing returns the comment in which SQLite's authors give up their copyright.
func blessing(t *testing.T, source string) string {
	t.Helper()
	found := regexp.MustCompile(`(?s)\*\* The author disclaims copyright.*?taking more than you give\.`).FindString(source)
	if found == "" {
		t.Fatal("SQLite's header has no blessing any more: look for its licence")
	}
	return regexp.MustCompile(`(?m)^\*\* ?`).ReplaceAllString(found, "")
}

func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("go env GOROOT: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func file(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func pack(t *testing.T, text string) {
	t.Helper()
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("licenses.txt.gz", packed.Bytes(), 0o644); err != nil { //nolint:gosec // a source file
		t.Fatal(err)
	}
}

// firstDifference shows the first lines that differ.
func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: embedded %q, gathered %q", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("embedded %d lines, gathered %d", len(a), len(b))
}
