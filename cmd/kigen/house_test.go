package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kigen/sla/pattern"
)

// mostLines bounds the lines of code of a package, without blank lines,
// comments and tests: more than that is more than one subject.
const mostLines = 3500

// largePackages lists the packages that may be larger than mostLines, each with
// its own bound. store stays: one transaction spans many nouns.
var largePackages = map[string]int{"store": 12000}

// TestPackageSizes holds every package to mostLines.
func TestPackageSizes(t *testing.T) {
	lines := map[string]int{}
	eachSource(t, func(pkg, file string, source []byte, parsed *ast.File, set *token.FileSet) {
		lines[pkg] += linesOfCode(source, parsed, set)
	})
	for pkg, n := range lines {
		most, large := largePackages[pkg]
		if !large {
			most = mostLines
		}
		if n > most {
			t.Errorf("%s has %d lines of code, at most %d may be in one package: give its second subject a package", pkg, n, most)
		}
	}
	for pkg := range largePackages {
		if lines[pkg] <= mostLines {
			t.Errorf("%s has %d lines of code: remove it from largePackages", pkg, lines[pkg])
		}
	}
}

// unclearWords are words of comments in which the subject or the object is
// missing.
var unclearWords = regexp.MustCompile(`(?i)\b(told|whatever|whoever|nobody|what is)\b`)

// TestCommentWords allows at most one comment line in a hundred to hold a word
// of unclearWords.
func TestCommentWords(t *testing.T) {
	all := 0
	var unclear []string
	eachSource(t, func(_, file string, _ []byte, parsed *ast.File, _ *token.FileSet) {
		for _, group := range parsed.Comments {
			for line := range strings.Lines(group.Text()) {
				all++
				if unclearWords.MatchString(line) {
					unclear = append(unclear, file+": "+strings.TrimSpace(line))
				}
			}
		}
	})
	if all < 5000 {
		t.Fatalf("%d lines of comments: the tree was not found", all)
	}
	if len(unclear)*100 > all {
		t.Errorf("%d of %d lines of comments hold a word without a clear subject:\n%s", len(unclear), all, strings.Join(unclear, "\n"))
	}
}

// linesOfCode counts the lines on which a token other than a comment stands.
func linesOfCode(source []byte, parsed *ast.File, set *token.FileSet) int {
	blank := make(map[int]bool) // lines that hold nothing but a comment
	text := strings.Split(string(source), "\n")
	for _, group := range parsed.Comments {
		for _, comment := range group.List {
			from, to := set.Position(comment.Pos()), set.Position(comment.End())
			for line := from.Line; line <= to.Line; line++ {
				if line > from.Line || strings.TrimSpace(text[line-1][:from.Column-1]) == "" {
					blank[line] = true
				}
			}
		}
	}
	n := 0
	for i, line := range text {
		if strings.TrimSpace(line) != "" && !blank[i+1] {
			n++
		}
	}
	return n
}

// eachSource calls f for each Go file of the module that is no test.
func eachSource(t *testing.T, f func(pkg, file string, source []byte, parsed *ast.File, set *token.FileSet)) {
	t.Helper()
	walk(t, func(file string, d fs.DirEntry) {
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, source, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		inTree, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		inTree = filepath.ToSlash(inTree)
		f(strings.TrimSuffix(filepath.ToSlash(filepath.Dir(inTree)), "/"), inTree, source, parsed, set)
	})
}

// A pattern is compiled at its first use, which may be years after a release.
func TestPatternsCompile(t *testing.T) {
	n, err := pattern.Check()
	if err != nil {
		t.Error(err)
	}
	if n < 100 {
		t.Errorf("%d patterns, want those of all readers", n)
	}
}
