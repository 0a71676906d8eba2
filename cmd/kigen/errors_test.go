package main_test

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kigen/sla/phrase/localizer"
)

// errorSources lists the packages whose errors people meet, and of store the
// files about the database as a whole; the rest of store fails for reasons that
// end in the log.
var errorSources = []string{
	"calendar", "sla", "sla/grammar", "sla/record", "config", "config/calendars", "config/reading", "config/tree", "config/ical", "config/catalogue", "config/mailserver", "notify/destinations",
	"store/errors.go", "store/copy.go", "store/copytables.go", "store/copyserver.go", "store/copyfile.go", "store/engine.go", "store/sqliteengine.go", "store/postgres.go", "store/postgreserrors.go", "store/readonly.go", "store/restore.go", "store/sqlitefile.go", "store/sqlitebackup.go", "store/sealedbackup.go", "store/onename.go", "store/migrate.go", "store/record.go", "store/filelock.go", "store/verifyfile.go", "store/lockfile.go",
	"cmd/kigen", "cmd/kigen/internal/access", "cmd/kigen/internal/agefile", "cmd/kigen/internal/askpass", "cmd/kigen/internal/drill", "cmd/kigen/internal/client", "cmd/kigen/internal/deadline",
	"cmd/kigen/internal/accounts", "cmd/kigen/internal/apiflags", "cmd/kigen/internal/drafting", "cmd/kigen/internal/incoming", "cmd/kigen/internal/chasing", "cmd/kigen/internal/sheetfile", "cmd/kigen/internal/ledger", "cmd/kigen/internal/bulk", "cmd/kigen/internal/schedule", "cmd/kigen/internal/render", "cmd/kigen/internal/reporting", "cmd/kigen/internal/registry",
	"cmd/kigen/internal/web", "cmd/kigen/internal/web/api", "cmd/kigen/internal/daemon", "cmd/kigen/internal/backups", "cmd/kigen/internal/listener", "cmd/kigen/internal/demo",
	"cmd/kigen/internal/intake/feed", "cmd/kigen/internal/intake/feed/fetch", "cmd/kigen/internal/intake/feed/format",
	"cmd/kigen/internal/intake/mailbox",
}

func isErrorSource(file string) bool {
	return slices.ContainsFunc(errorSources, func(s string) bool {
		return file == s || strings.HasPrefix(file, s+"/") && !strings.Contains(file[len(s)+1:], "/")
	})
}

// messageCalls maps the functions that make a localizer.Message to the position of its
// format.
var messageCalls = map[string]int{
	"Messagef": 0, "errorf": 0, "WeakPasswordf": 0, "refusedf": 1, "Addf": 2, "Invalidf": 2, "Problemf": 2, "invalidRow": 2,
}

// messageFormats maps the formats of messages to where one is.
func messageFormats(t *testing.T) map[string]string {
	t.Helper()
	formats := map[string]string{}
	eachSource(t, func(_, _ string, _ []byte, parsed *ast.File, set *token.FileSet) {
		consts := constantsOf(parsed)
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if at, makes := messageCalls[nameOf(call.Fun)]; makes && at < len(call.Args) {
				if text := formatOf(call.Args[at], consts, true); !neutral(text) {
					formats[text] = set.Position(call.Pos()).String()
				}
			}
			return true
		})
	})
	return formats
}

func nameOf(function ast.Expr) string {
	switch f := function.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// errorFormats maps the formats of the errors in errorSources, and of all messages, to
// where one is.
func errorFormats(t *testing.T) map[string]string {
	t.Helper()
	formats := messageFormats(t)
	eachSource(t, func(_, file string, _ []byte, parsed *ast.File, set *token.FileSet) {
		if !isErrorSource(file) {
			return
		}
		consts := constantsOf(parsed)
		add := func(e ast.Expr, format bool) {
			text := formatOf(e, consts, format)
			if letters := verb.ReplaceAllString(text, ""); strings.Count(strings.TrimSpace(letters), " ") > 0 {
				formats[text] = set.Position(e.Pos()).String()
			}
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				errorOfCall(n, add)
			case *ast.CompositeLit:
				errorOfLiteral(n, add)
			}
			return true
		})
		if slices.ContainsFunc(remedySources, func(s string) bool { return strings.HasPrefix(file, s) }) {
			remedies(parsed, add)
		}
	})
	return formats
}

// remedySources lists where functions return or assign texts of errors, which others
// put into an error.
var remedySources = []string{"config/", "notify/destinations/", "calendar/span.go", "store/errors.go", "store/copy.go", "store/copytables.go", "store/copyserver.go", "store/copyfile.go", "cmd/kigen/internal/client/", "cmd/kigen/internal/schedule/"}

// remedies adds the texts that functions return or assign.
func remedies(file *ast.File, add func(e ast.Expr, format bool)) {
	each := func(values []ast.Expr) {
		for _, e := range values {
			if isText(e) {
				add(e, false)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ReturnStmt:
			each(n.Results)
		case *ast.AssignStmt:
			if n.Tok == token.ASSIGN {
				each(n.Rhs)
			}
		}
		return true
	})
}

// errorOfCall adds the text of an error that a call makes.
func errorOfCall(call *ast.CallExpr, add func(e ast.Expr, format bool)) {
	name := nameOf(call.Fun)
	if f, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := f.X.(*ast.Ident); ok && (x.Name == "errors" || x.Name == "huma") {
			name = x.Name + "." + name
		}
	}
	switch {
	case name == "Errorf", name == "badInputf":
		add(call.Args[0], true)
	case name == "errors.New", strings.HasPrefix(name, "huma.Error") && len(call.Args) == 1:
		add(call.Args[0], false)
	case name == "Reportf", name == "Warnf":
		add(call.Args[1], true)
	case name == "WriteProblem" && len(call.Args) > 3:
		add(call.Args[3], false)
	case name == "Missing" && len(call.Args) == 3:
		add(&ast.BinaryExpr{X: &ast.BasicLit{Kind: token.STRING, Value: `"is missing: "`, ValuePos: call.Pos()}, Op: token.ADD, Y: call.Args[2]}, false)
	case name == "addf", name == "bad", name == "refuse", name == "report", name == "add" && len(call.Args) == 3 && isPlace(call.Args[0]):
		for _, arg := range call.Args {
			if isText(arg) {
				add(arg, true)
				return
			}
		}
	}
}

// errorOfLiteral adds the text of an error that a literal is.
func errorOfLiteral(literal *ast.CompositeLit, add func(e ast.Expr, format bool)) {
	if name, ok := literal.Type.(*ast.Ident); ok && name.Name == "InputError" && len(literal.Elts) == 3 {
		add(literal.Elts[2], false)
	}
	var message ast.Expr
	for _, e := range literal.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			key, _ := kv.Key.(*ast.Ident)
			if key != nil && (key.Name == "Message" || key.Name == "Remedy") {
				message = kv.Value
			}
		}
	}
	if message != nil {
		add(message, false)
	}
}

// isPlace reports whether the first argument of add is the place of a fault: a number
// or the name of a field.
func isPlace(e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	return !ok || !strings.Contains(literal.Value, " ") && !japanese.MatchString(literal.Value)
}

func isText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING && strings.Contains(e.Value, " ")
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (isText(e.X) || isText(e.Y))
	case *ast.CallExpr:
		f, ok := e.Fun.(*ast.SelectorExpr)
		return ok && f.Sel.Name == "Sprintf"
	}
	return false
}

func constantsOf(file *ast.File) map[string]ast.Expr {
	consts := map[string]ast.Expr{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, name := range spec.Names {
				if i < len(spec.Values) && isText(spec.Values[i]) {
					consts[name.Name] = spec.Values[i]
				}
			}
		}
		return true
	})
	return consts
}

// formatOf writes an expression as a format; %s stands for what it does not know.
func formatOf(e ast.Expr, consts map[string]ast.Expr, format bool) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err == nil && !format {
			text = strings.ReplaceAll(text, "%", "%%")
		}
		return text
	case *ast.BinaryExpr:
		return formatOf(e.X, consts, format) + formatOf(e.Y, consts, format)
	case *ast.Ident:
		if c := consts[e.Name]; c != nil {
			return formatOf(c, consts, format)
		}
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return formatOf(e.Args[0], consts, true)
		}
	}
	return "%s"
}

var verb = regexp.MustCompile(`%[-+#0-9.\[\]]*[a-zA-Z]|"`)

// TestErrorsSpeakJapanese holds the table of Japanese errors to the errors of the code:
// each has a text, which holds all arguments, and no text is left over.
func TestErrorsSpeakJapanese(t *testing.T) {
	formats := errorFormats(t)
	if len(formats) < 400 {
		t.Fatalf("%d formats of errors: the tree was not found", len(formats))
	}
	for format, at := range formats {
		english, arguments := sampleOf(format)
		said := localizer.Sentence("ja", english)
		if neutral(format) {
			continue
		}
		if !japanese.MatchString(said) {
			t.Errorf("%s: %q has no Japanese text: add it to sla/phrase/localizer/errors/ja.json", at, format)
		}
		for _, argument := range arguments {
			if !strings.Contains(said, argument) && !slices.Contains(leavingOut, format) {
				t.Errorf("%s: %q becomes %q, which lacks an argument", at, format, said)
			}
		}
	}
	table := map[string]string{}
	if err := json.Unmarshal(read(t, filepath.Join(root, "sla", "phrase", "localizer", "errors", "ja.json")), &table); err != nil {
		t.Fatal(err)
	}
	for format, at := range messageFormats(t) {
		if table[format] == "" {
			t.Errorf("%s: the table lacks %q, by which a message finds its Japanese", at, format)
		}
	}
	code := allSource(t)
	for format := range table {
		if _, used := formats[strings.ReplaceAll(format, "%w", "%s")]; !used && formats[format] == "" && !partOfSource(code, format) {
			t.Errorf("no code has an error %q", format)
		}
	}
}

// leavingOut lists the errors whose Japanese text leaves out an argument: one that is
// English prose, one that stands there twice, or one that the remedy does not need.
var leavingOut = []string{
	"--%s is missing: give %s", "password of %s: %w: set a new one with kigen user passwd %s",
	"%s was cancelled at %s: reopen it, or log a new incident instead",
	"was imported before, and the import cannot be repeated: its key %s; change the file to log its rows again",
	"%s: quote texts that hold commas or line breaks",
	"leads outside the years of the vendor's calendar: use a start inside them (%s)",
}

// neutral reports whether a format holds no words, only names and places.
func neutral(format string) bool {
	return !words.MatchString(verb.ReplaceAllString(format, ""))
}

var (
	japanese = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}]`)
	words    = regexp.MustCompile(`\b[a-z]{2,} [a-z]+\b`)
)

// sampleOf fills a format with arguments that no other text holds.
func sampleOf(format string) (text string, arguments []string) {
	n := 100
	text = verb.ReplaceAllStringFunc(format, func(v string) string {
		if v == `"` {
			return v
		}
		n++
		arguments = append(arguments, "7"+strconv.Itoa(n))
		if v == "%q" {
			return `"7` + strconv.Itoa(n) + `"`
		}
		return "7" + strconv.Itoa(n)
	})
	return strings.ReplaceAll(text, "%%", "%"), arguments
}

// allSource is the code of the module.
func allSource(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	eachSource(t, func(_, _ string, source []byte, _ *ast.File, _ *token.FileSet) { all.Write(source) })
	return all.String()
}

// partOfSource reports whether the words of a format between its arguments are in the
// code.
func partOfSource(code, format string) bool {
	for _, part := range verb.Split(format, -1) {
		part = strings.Trim(part, " :;,.()?")
		if quoted := strconv.Quote(part); part != "" && !strings.Contains(code, part) && !strings.Contains(code, quoted[1:len(quoted)-1]) {
			return false
		}
	}
	return true
}
