package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the top of the tree, seen from this package's folder.
const root = "../.."

// rooms gives for each room of the house the other rooms that its packages
// may import. A package belongs to the room with the longest matching path.
var rooms = map[string][]string{
	"calendar":                     {},
	"sla":                          {"calendar", "sla/phrase", "sla/regime"}, // sla/regime: for the history
	"sla/phrase":                   {"calendar"},
	"sla/seedtest":                 {}, // for tests: it reads the environment
	"sla/policy":                   {"calendar", "sla"},
	"sla/regime":                   {"calendar", "sla"},
	"sla/report":                   {"calendar", "sla", "sla/phrase", "sla/regime"},
	"sla/pattern":                  {},
	"sla/clause":                   {"sla/pattern", "sla/phrase"},
	"sla/draft":                    {"sla/clause", "sla/phrase"},
	"sla/register":                 {"calendar", "sla"},
	"sla/inbox":                    {"sla"},
	"sla/when":                     {"calendar", "sla/phrase"},
	"sla/tracker":                  {"calendar", "sla", "sla/phrase", "sla/policy", "sla/regime", "sla/when"},
	"store":                        {"calendar", "sla", "sla/inbox", "sla/policy", "sla/register", "sla/report", "sla/tracker"}, // sla/report: the store is its source and fills its rows
	"notify":                       {"calendar", "sla", "sla/phrase", "sla/regime", "notify/destinations", "notify/wire"},
	"notify/destinations":          {"calendar", "sla", "sla/phrase", "notify/wire"}, // the table, which the configuration follows
	"notify/wire":                  {"sla", "sla/phrase"},
	"config":                       {"calendar", "sla", "sla/phrase", "sla/policy", "sla/regime", "sla/register", "config/reading", "config/tree", "notify/destinations", "notify/wire"},
	"config/reading":               {"calendar", "sla", "sla/phrase", "config/tree"},
	"config/tree":                  {},
	"cmd/kigen/internal/access":    {"sla/phrase", "sla/tracker", "store"},
	"cmd/kigen/internal/agefile":   {},
	"cmd/kigen/internal/askpass":   {"sla/phrase"},
	"cmd/kigen/internal/drill":     {"sla", "store", "cmd/kigen/internal/agefile"},
	"cmd/kigen/docs":               {"config"},
	"cmd/kigen/internal/build":     {"store"},
	"cmd/kigen/internal/client":    {},
	"cmd/kigen/internal/licenses":  {},
	"cmd/kigen/internal/sheetfile": {"sla", "sla/phrase"}, // sla: its table of moments names the columns
	"cmd/kigen/internal/bulk":      {"sla/phrase", "cmd/kigen/internal/client", "cmd/kigen/internal/sheetfile"},
	"cmd/kigen/internal/deadline":  {"calendar", "sla", "sla/tracker", "sla/when"},
	"cmd/kigen/internal/render":    {"calendar", "sla", "sla/phrase", "sla/regime", "sla/report"},
	"cmd/kigen/internal/registry":  {"calendar", "sla", "sla/phrase", "sla/register", "sla/tracker", "config", "config/tree"},
	"cmd/kigen/internal/ledger":    {"calendar", "config", "config/tree", "sla", "sla/phrase", "sla/register", "cmd/kigen/internal/registry", "cmd/kigen/internal/sheetfile"},
	"cmd/kigen/internal/schedule":  {"calendar"},
	"cmd/kigen/internal/heartbeat": {"sla"}, // sla: for the record
	"cmd/kigen/internal/accesslog": {"store", "notify/wire", "cmd/kigen/internal/schedule"},
	"cmd/kigen/internal/backups":   {"sla", "cmd/kigen/internal/agefile", "cmd/kigen/internal/schedule"},
	"cmd/kigen/internal/listener":  {"config"},
	"cmd/kigen/internal/paper":     {"sla/clause"},
	"cmd/kigen/internal/accounts":  {"config", "sla/phrase", "sla/when", "store", "cmd/kigen/internal/access", "cmd/kigen/internal/askpass", "cmd/kigen/internal/terminal"},
	"cmd/kigen/internal/apiflags":  {"cmd/kigen/internal/terminal", "sla"},
	"cmd/kigen/internal/drafting":  {"config", "sla", "sla/clause", "sla/draft", "sla/phrase", "cmd/kigen/internal/paper"},

	"cmd/kigen/internal/chasing":      {"notify", "notify/wire", "sla", "sla/phrase", "sla/register", "sla/tracker"},
	"cmd/kigen/internal/chasing/chat": {"cmd/kigen/internal/chasing", "cmd/kigen/internal/slackapp", "sla", "sla/tracker"},
	"cmd/kigen/internal/incoming":     {"sla", "sla/inbox", "sla/phrase", "cmd/kigen/internal/apiflags", "cmd/kigen/internal/client", "cmd/kigen/internal/terminal"},

	"cmd/kigen/internal/registry/entry": {"sla/clause", "sla/register"},

	"cmd/kigen/internal/intake":             {"config", "sla", "sla/inbox", "sla/phrase", "sla/policy", "sla/register", "sla/tracker"},
	"cmd/kigen/internal/intake/mail":        {"cmd/kigen/internal/intake", "config", "sla", "sla/inbox", "sla/pattern", "sla/when"},
	"cmd/kigen/internal/intake/mailbox":     {"cmd/kigen/internal/intake"},
	"cmd/kigen/internal/intake/feed":        {"sla/inbox", "cmd/kigen/internal/intake", "cmd/kigen/internal/intake/feed/fetch", "cmd/kigen/internal/intake/feed/follow", "cmd/kigen/internal/intake/feed/format"},
	"cmd/kigen/internal/intake/sources":     {"config", "cmd/kigen/internal/intake", "cmd/kigen/internal/intake/mailbox", "cmd/kigen/internal/intake/feed", "cmd/kigen/internal/intake/feed/fetch"},
	"cmd/kigen/internal/intake/feed/fetch":  {},
	"cmd/kigen/internal/intake/feed/follow": {"sla/inbox", "cmd/kigen/internal/intake", "cmd/kigen/internal/intake/feed/format"},
	"cmd/kigen/internal/intake/feed/format": {"sla/inbox", "sla/pattern"},

	"cmd/kigen/internal/terminal": {
		"calendar", "sla", "sla/phrase", "sla/regime", "config", "cmd/kigen/internal/bulk", "cmd/kigen/internal/client", "cmd/kigen/internal/deadline",
		"cmd/kigen/internal/sheetfile", "cmd/kigen/internal/web", "cmd/kigen/internal/web/api",
	},
	"cmd/kigen/internal/reporting": {
		"calendar", "sla", "sla/policy", "sla/regime", "sla/report", "sla/tracker", "store", "cmd/kigen/internal/render",
	},
	"cmd/kigen/internal/web": {
		"calendar", "sla", "sla/inbox", "cmd/kigen/internal/chasing", "cmd/kigen/internal/intake", "sla/phrase", "sla/register", "sla/report", "sla/tracker", "sla/when", "cmd/kigen/internal/access", "cmd/kigen/internal/registry",
		"cmd/kigen/internal/reporting",
	},
	"cmd/kigen/internal/web/api": {
		"calendar", "sla", "sla/inbox", "cmd/kigen/internal/chasing", "cmd/kigen/internal/intake", "sla/phrase", "sla/regime", "sla/tracker", "sla/when", "cmd/kigen/internal/deadline", "cmd/kigen/internal/registry", "cmd/kigen/internal/reporting", "cmd/kigen/internal/web",
		"sla/register", "cmd/kigen/internal/ledger", "cmd/kigen/internal/sheetfile",
	},
	"cmd/kigen/internal/web/frame": { // the frame of every page
		"sla", "sla/phrase", "sla/prose", "sla/tracker", "sla/when", "cmd/kigen/internal/access", "cmd/kigen/internal/web",
	},
	"cmd/kigen/internal/web/figure": {"calendar", "sla", "sla/phrase", "sla/tracker", "cmd/kigen/internal/web", "cmd/kigen/internal/web/frame"},
	"cmd/kigen/internal/web/board": {
		"calendar", "sla", "sla/phrase", "sla/regime", "sla/history", "sla/prose", "sla/tracker", "sla/when", "cmd/kigen/internal/access", "cmd/kigen/internal/chasing",
		"cmd/kigen/internal/sheetfile", "cmd/kigen/internal/web", "cmd/kigen/internal/web/frame", "cmd/kigen/internal/web/figure",
		"cmd/kigen/internal/web/inboxes", "sla/inbox",
	},
	"cmd/kigen/internal/web/inboxes": {"sla", "sla/inbox", "sla/phrase", "sla/prose", "sla/tracker", "cmd/kigen/internal/access", "cmd/kigen/internal/intake", "cmd/kigen/internal/web", "cmd/kigen/internal/web/frame"},
	"cmd/kigen/internal/web/reports": {"sla/phrase", "sla/report", "sla/tracker", "cmd/kigen/internal/access", "cmd/kigen/internal/reporting", "cmd/kigen/internal/web", "cmd/kigen/internal/web/frame"},
	"cmd/kigen/internal/web/vendors": {"calendar", "cmd/kigen/internal/registry", "cmd/kigen/internal/registry/entry", "cmd/kigen/internal/drafting", "cmd/kigen/internal/sheetfile", "cmd/kigen/internal/ledger", "cmd/kigen/internal/paper", "sla/clause", "sla/draft", "sla/register", "sla/tracker", "sla/profile", "sla", "sla/phrase", "sla/prose", "cmd/kigen/internal/web", "cmd/kigen/internal/web/frame"},
	"cmd/kigen/internal/web/account": {"cmd/kigen/internal/access", "cmd/kigen/internal/web", "cmd/kigen/internal/web/frame", "sla/phrase"},
	"cmd/kigen/internal/web/about":   {"sla", "sla/phrase", "sla/policy", "cmd/kigen/docs", "cmd/kigen/internal/web", "cmd/kigen/internal/web/frame"},
	"cmd/kigen/internal/web/pages": {
		"cmd/kigen/internal/web", "cmd/kigen/internal/web/frame", "cmd/kigen/internal/web/board", "cmd/kigen/internal/web/reports", "cmd/kigen/internal/web/vendors",
		"cmd/kigen/internal/web/account", "cmd/kigen/internal/web/about", "cmd/kigen/internal/web/inboxes",
	},
	"cmd/kigen/internal/slackapp": {"cmd/kigen/internal/intake", "calendar", "sla", "sla/inbox", "sla/phrase", "sla/tracker", "sla/when", "cmd/kigen/internal/deadline"},
	"cmd/kigen/internal/daemon": {
		"calendar", "sla", "sla/inbox", "cmd/kigen/internal/chasing", "cmd/kigen/internal/intake", "cmd/kigen/internal/intake/mail", "cmd/kigen/internal/intake/feed", "cmd/kigen/internal/intake/feed/fetch", "cmd/kigen/internal/intake/sources", "sla/phrase", "sla/policy", "sla/register", "sla/tracker", "store", "notify", "notify/destinations", "notify/wire", "config", "config/tree",
		"cmd/kigen/internal/access", "cmd/kigen/internal/accesslog", "cmd/kigen/internal/agefile", "cmd/kigen/internal/backups", "cmd/kigen/internal/heartbeat", "cmd/kigen/internal/listener",
		"cmd/kigen/internal/registry", "cmd/kigen/internal/reporting", "cmd/kigen/internal/schedule",
		"cmd/kigen/internal/web", "cmd/kigen/internal/web/api", "cmd/kigen/internal/web/pages", "cmd/kigen/internal/slackapp", "cmd/kigen/internal/chasing/chat",
	},
	"cmd/kigen": {
		"calendar", "sla", "sla/inbox", "sla/phrase", "sla/register", "sla/report", "sla/tracker", "sla/when", "store", "notify", "config",
		"cmd/kigen/docs", "cmd/kigen/internal/accounts", "cmd/kigen/internal/apiflags", "cmd/kigen/internal/drafting", "cmd/kigen/internal/incoming", "cmd/kigen/internal/agefile", "cmd/kigen/internal/backups", "cmd/kigen/internal/drill", "cmd/kigen/internal/client", "cmd/kigen/internal/build", "cmd/kigen/internal/bulk", "cmd/kigen/internal/deadline", "cmd/kigen/internal/demo", "cmd/kigen/internal/licenses",
		"cmd/kigen/internal/render", "cmd/kigen/internal/reporting", "cmd/kigen/internal/sheetfile", "cmd/kigen/internal/terminal", "cmd/kigen/internal/web", "cmd/kigen/internal/web/api", "cmd/kigen/internal/daemon",
	},
}

// pureImports is all that the centre may import from outside this module:
// nothing that reads a clock's hardware, a file or a network. (time is in it;
// the linter forbids time.Now there.)
var pureImports = []string{
	"bufio", "bytes", "cmp", "crypto/sha256", "embed", "encoding/binary", "encoding/csv", "encoding/hex",
	"encoding/json", "errors", "fmt", "hash", "io", "iter", "maps", "math", "math/bits", "reflect", "slices", "sort",
	"strconv", "strings", "sync", "sync/atomic", "time", "unicode", "unicode/utf8",
}

// pure lists the rooms of the centre, each with what it may import besides
// pureImports, by prefix.
var pure = map[string][]string{
	"calendar":     {"github.com/rickar/cal/v2", "golang.org/x/text"},
	"sla":          {},
	"sla/report":   {"context"},                                                                                // handed on to the source of a report
	"sla/phrase":   {"github.com/nicksnyder/go-i18n/v2/i18n", "golang.org/x/text/language", "io/fs", "regexp"}, // regexp: the formats of errors
	"sla/policy":   {},
	"sla/regime":   {},
	"sla/register": {},
	"sla/when":     {"golang.org/x/text/unicode/norm"},
	"sla/clause":   {"golang.org/x/text/unicode/norm", "golang.org/x/text/width", "regexp"},
	"sla/draft":    {"regexp"},

	"notify/destinations": {"html", "net/http", "net/netip", "net/url", "regexp"}, // net/http: the names of answers
	"notify/wire":         {"context"},
}

func TestArrowsBetweenRooms(t *testing.T) {
	for pkg, imports := range importsOfTree(t) {
		room := roomOf(pkg)
		if room == "" {
			t.Errorf("package %s belongs to no room of the house", pkg)
			continue
		}
		for _, imported := range imports {
			target, ours := strings.CutPrefix(imported, "kigen/")
			if !ours {
				continue
			}
			if to := roomOf(target); to != room && !slices.Contains(rooms[room], to) {
				t.Errorf("%s imports %s: %s may import %v", pkg, imported, room, rooms[room])
			}
		}
	}
}

func TestCentreIsPure(t *testing.T) {
	for pkg, imports := range importsOfTree(t) {
		extra, isPure := pure[roomOf(pkg)]
		if !isPure {
			continue
		}
		for _, imported := range imports {
			ok := strings.HasPrefix(imported, "kigen/") || slices.Contains(pureImports, imported) ||
				slices.ContainsFunc(extra, func(p string) bool { return imported == p || strings.HasPrefix(imported, p+"/") })
			if !ok {
				t.Errorf("%s imports %q, which is not on the list of pure packages", pkg, imported)
			}
		}
	}
}

// testSupport lists the packages that serve tests. They stand where the tests
// of several rooms can import them, so the compiler does not keep them out of
// the program.
var testSupport = []string{"cmd/kigen/internal/intake/mailbox/imaptest", "notify/fakechat", "notify/fakemail", "notify/fakeslack", "sla/seedtest", "store/disktest", "store/pgtest", "store/storetest"}

func TestOnlyTestsImportTestSupport(t *testing.T) {
	imports := importsOfTree(t)
	for _, support := range testSupport {
		if len(imports[support]) == 0 {
			t.Errorf("there is no package %s: correct testSupport", support)
		}
	}
	for pkg, imported := range imports {
		for _, support := range testSupport {
			if !slices.Contains(testSupport, pkg) && slices.Contains(imported, "kigen/"+support) {
				t.Errorf("%s imports %s, which is for tests", pkg, support)
			}
		}
	}
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"calendar", "cmd", "config", "go.mod", "go.sum", "notify", "README.md", "sla", "store"}
	// What .gitignore names: a binary and a database from trying things out.
	ignored := []string{"kigen", "kigen.db*", "*.test", "*.prof"}
	for _, e := range entries {
		name := e.Name()
		matches := func(pattern string) bool { ok, _ := path.Match(pattern, name); return ok }
		if !strings.HasPrefix(name, ".") && !slices.Contains(allowed, name) && !slices.ContainsFunc(ignored, matches) {
			t.Errorf("%s stands at the top level, which holds nothing but %v and dotfiles", name, allowed)
		}
	}
}

func roomOf(pkg string) string {
	best := ""
	for room := range rooms {
		if (pkg == room || strings.HasPrefix(pkg, room+"/")) && len(room) > len(best) {
			best = room
		}
	}
	return best
}

// importsOfTree maps each package of the module, by its path below the top,
// to what its files other than tests import.
func importsOfTree(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && file != root && (strings.HasPrefix(name, ".") || name == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(dir)
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports[pkg] = append(imports[pkg], imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(imports["sla"]) == 0 || len(imports["cmd/kigen"]) == 0 {
		t.Fatal("the tree was not found: sla and cmd/kigen import nothing")
	}
	return imports
}
