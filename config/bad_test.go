package config_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/config"
	"kigen/config/tree"
)

// TestBad loads one file for each mistake. Its first lines say the whole error.
func TestBad(t *testing.T) {
	for _, path := range files(t, "bad") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			data := read(t, path)
			want := wanted(data)
			if want == "" {
				t.Fatal("the file says no error: begin it with # want: …")
			}
			c, err := config.Parse(filepath.Base(path), data, nil)
			if err == nil {
				t.Fatalf("was accepted; want\n%s", want)
			}
			if c != nil {
				t.Error("a refused file gave a configuration all the same")
			}
			if err.Error() != want {
				t.Errorf("got\n%s\nwant\n%s", err, want)
			}
			var problems tree.Invalid
			if !errors.As(err, &problems) {
				t.Fatalf("is a %T, want config.Invalid", err)
			}
			lines := bytes.Count(data, []byte("\n")) + 1
			for _, p := range problems {
				if p.Line < 1 || p.Line > lines || p.Message == "" {
					t.Errorf("points at line %d of %d and says %q", p.Line, lines, p.Message)
				}
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Error("the error shows the secret")
			}
		})
	}
}

// wanted is the error that a file's first lines say.
func wanted(data []byte) string {
	var want []string
	for line := range strings.Lines(string(data)) {
		text, ok := strings.CutPrefix(line, "# want: ")
		if !ok {
			break
		}
		want = append(want, strings.TrimSuffix(text, "\n"))
	}
	return strings.Join(want, "\n")
}

func files(t testing.TB, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in testdata/%s: %v", folder, err)
	}
	return paths
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
