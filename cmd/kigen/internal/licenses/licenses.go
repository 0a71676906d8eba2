// Package licenses holds the licence texts of what the binary of kigen is made of: Go and
// its standard library, the modules that are linked, SQLite, the C library of a static
// build, and the embedded font. The list is gathered from the sources themselves:
//
//	go test ./cmd/kigen/internal/licenses -update
//
// and the test of the package holds it to what the linker takes in.
package licenses

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
)

//go:embed licenses.txt.gz
var packed []byte

// Text returns all licence texts, each under the names of what it is for, in English as
// their owners wrote them.
func Text() ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("licenses.txt.gz: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("licenses.txt.gz: %w", err)
	}
	return text, nil
}
