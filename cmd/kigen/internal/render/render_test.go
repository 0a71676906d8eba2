package render_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the goldens in testdata anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		if bytes.HasPrefix(want, []byte("%PDF")) || bytes.HasPrefix(want, []byte("PK")) {
			got = nil // nothing to read
		}
		t.Errorf("%s differs from what is rendered now; look at it, then run with -update\n%s", path, got)
	}
}

func TestGoldens(t *testing.T) {
	for name, r := range months(t) {
		for _, lang := range []string{"ja", "en"} {
			for ext, face := range faces(r, lang) {
				t.Run(name+"/"+lang+"/"+ext, func(t *testing.T) {
					var first, again bytes.Buffer
					if err := face(&first); err != nil {
						t.Fatal(err)
					}
					if err := face(&again); err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(first.Bytes(), again.Bytes()) {
						t.Error("the same report gave other bytes the second time")
					}
					golden(t, name+"."+lang+"."+ext, first.Bytes())
				})
			}
		}
	}
}
