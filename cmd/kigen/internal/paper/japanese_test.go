package paper_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/klauspost/compress/zstd"

	"kigen/cmd/kigen/internal/paper"
	"kigen/sla/clause"
)

// TestJapanesePDF: a white paper set as a PDF, with lines broken and pages numbered, is read as
// its text is.
func TestJapanesePDF(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed")
	}
	tree := filepath.Join("..", "..", "..", "..")
	packed, err := os.Open(filepath.Join("..", "render", "pdf", "fonts", "BIZUDPGothic-Regular.ttf.zst"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close() //nolint:errcheck // read only
	unpacked, err := zstd.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer unpacked.Close()
	font, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"001_50cd3bf9eb205bb6.txt", "003_3f36a872faa8c271.txt"} {
		text, err := os.ReadFile(filepath.Join(tree, "sla", "clause", "testdata", "gold", "papers", name))
		if err != nil {
			t.Fatal(err)
		}
		file := fpdf.New("P", "mm", "A4", "")
		file.AddUTF8FontFromBytes("jp", "", font)
		file.SetFont("jp", "", 10)
		file.SetFooterFunc(func() {
			file.SetY(-15)
			file.CellFormat(0, 5, strings.Repeat(" ", 3)+strconv.Itoa(file.PageNo()), "", 0, "C", false, 0, "")
		})
		file.AddPage()
		for line := range strings.Lines(string(text)) {
			for runes := []rune(strings.TrimRight(line, "\n")); ; runes = runes[48:] {
				file.CellFormat(0, 5, string(runes[:min(len(runes), 48)]), "", 1, "L", false, 0, "")
				if len(runes) <= 48 {
					break
				}
			}
		}
		var out bytes.Buffer
		if err := file.Output(&out); err != nil {
			t.Fatal(err)
		}
		p, err := paper.Decode(t.Context(), "a.pdf", out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		want, got := readings(clause.Read(clause.Lines(string(text)))), readings(clause.Read(p.Lines))
		if want != got {
			t.Errorf("%s (%d pages): got\n%swant\n%s", name, p.Pages, got, want)
		}
	}
}

func readings(p *clause.Paper) string {
	var b strings.Builder
	for _, q := range p.Promises {
		b.WriteString(strings.Join([]string{q.Section, q.About, q.Start, clause.Flow(q.Due), q.Strength}, " ") + "\n")
	}
	return b.String()
}
