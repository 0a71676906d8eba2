package calendar_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The package is pure. This list holds what its code may import: parts of the
// standard library that reach no file, network, process or clock of their own,
// the holiday library and the Japanese encodings.
func allowed(path string) bool {
	if strings.HasPrefix(path, "github.com/rickar/cal/v2") {
		return true
	}
	return slices.Contains([]string{
		"bytes", "cmp", "crypto/sha256", "embed", "encoding/csv", "encoding/hex", "errors", "fmt", "io", "iter",
		"maps", "math", "slices", "sort", "strconv", "strings", "sync", "time", "unicode/utf8",
		"golang.org/x/text/encoding/japanese",
	}, path)
}

func TestImports(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %q, %v, want the files of the package", files, err)
	}
	checked := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			checked++
			if !allowed(path) {
				t.Errorf("%s imports %s, which is not on the list", name, path)
			}
		}
	}
	if checked == 0 {
		t.Error("no import was checked")
	}
}
