package paper_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"

	"kigen/cmd/kigen/internal/paper"
	"kigen/sla/clause"
)

func decode(t *testing.T, name, data string) *paper.Paper {
	t.Helper()
	p, err := paper.Decode(t.Context(), name, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lines writes lines with their numbers, without the empty ones.
func lines(p *paper.Paper) string {
	var b strings.Builder
	for _, line := range p.Lines {
		if strings.TrimSpace(line.Text) != "" {
			fmt.Fprintf(&b, "%d %s\n", line.Number, line.Text)
		}
	}
	return b.String()
}

func TestHTML(t *testing.T) {
	const page = `<!DOCTYPE html>
<html><head><title>We delete it within 1 day</title><style>p { color: red }</style></head>
<body>
<script>var a = "we notify you within 2 hours";</script>
<h2>7. Incidents</h2>
<p>We will notify <b>affected</b>
customers within 72&nbsp;hours.</p>
<ol><li>First<ul><li>Inner</li></ul></li><li>Second<br>line</li></ol>
<table><tr><th>Severity</th><th>First notice</th></tr>
<tr><td>Critical</td><td><p>1 hour</p></td></tr></table>
<div hidden>We pay you within 1 hour.</div><p style="display: none">hidden</p>
<p>End</p></body></html>`
	const want = `5 # 7. Incidents
6 We will notify affected customers within 72 hours.
8 - First
8   - Inner
8 - Second
8 line
9 | Severity | First notice |
9 |---|
10 | Critical | 1 hour |
12 End
`
	if got := lines(decode(t, "page.html", page)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	const document = `---
title: x
---
# Terms

We **notify** you
within [two days](https://example.com).

1. First
2. Second

| Item | Time |
|---|---|
| Reply | 4 hours |

<p>In HTML</p>
`
	const want = `4 # Terms
6 We notify you
7 within two days.
9   1. First
10   2. Second
12 | Item | Time |
12 |---|
14 | Reply | 4 hours |
16 In HTML
`
	if got := lines(decode(t, "terms.md", document)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestEncodings: the older encodings of Japanese text are read.
func TestEncodings(t *testing.T) {
	const text = "当社は、検知から24時間以内にお客様へ通知します。\n"
	sjis, err := japanese.ShiftJIS.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	euc, err := japanese.EUCJP.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"utf8": "\ufeff" + text, "sjis": sjis, "euc": euc, "crlf": strings.ReplaceAll(text, "\n", "\r\n")} {
		p := clause.Read(decode(t, "a.txt", data).Lines)
		if len(p.Promises) != 1 || p.Promises[0].Due != "24h" {
			t.Errorf("%s: %+v", name, p.Promises)
		}
	}
}

// TestBadInput: what cannot be read is refused in one sentence that says so.
func TestBadInput(t *testing.T) {
	for _, test := range []struct{ name, data, want string }{
		{"empty.txt", "", `FILE "empty.txt": is empty: nothing was read`},
		{"blank.txt", " \n\t\n", `FILE "blank.txt": is empty: nothing was read`},
		{"picture.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", `FILE "picture.png": is not text, Markdown, HTML or PDF: nothing was read; save the paper as one of these`},
		{"a.bin", strings.Repeat("\x01\x02\x03abc", 50), `FILE "a.bin": is not text, Markdown, HTML or PDF: nothing was read; save the paper as one of these`},
		{"scripts.html", "<html><script>1</script></html>", `FILE "scripts.html": holds no text that is shown: nothing was read`},
	} {
		_, err := paper.Decode(t.Context(), test.name, []byte(test.data))
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	if _, err := paper.Decode(t.Context(), "big.txt", make([]byte, paper.MaxSize+1)); err == nil {
		t.Error("a file that is too large was read")
	}
}

// TestHostileHTML: pages that cost a tree builder its time or its stack are read in bounded
// time, up to where they can be.
func TestHostileHTML(t *testing.T) {
	const promise = "<p>We will notify customers within 24 hours of detection.</p>"
	for name, test := range map[string]struct {
		page  string
		whole bool
	}{
		"nesting":    {"<html>" + strings.Repeat("<div><ul><li>", 200_000) + promise, true},
		"unclosed":   {"<html>" + strings.Repeat("<table><tr><td>", 100_000) + promise, true},
		"skipped":    {"<html>" + strings.Repeat("<svg>", 300_000) + strings.Repeat("</svg>", 300_000) + promise, true},
		"attributes": {"<html>" + promise + "<p a=\"" + strings.Repeat("x", 3<<20) + "\">later</p>", false},
		"entities":   {"<html>" + strings.Repeat("&lt;", 500_000) + promise, false},
		"large":      {"<html>" + promise + strings.Repeat("<p>All traffic is encrypted.</p>\n", 400_000), false},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			p := decode(t, "page.html", test.page)
			if p.Cut == test.whole {
				t.Errorf("cut: %t", p.Cut)
			}
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			if name != "large" && name != "entities" && name != "skipped" && !strings.Contains(lines(p), "within 24 hours of detection") {
				t.Errorf("the promise was not read: %d lines", len(p.Lines))
			}
		})
	}
}

// pdf writes a file of pages with a line of text each; a page of "" holds no text.
func pdf(pages []string) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(body string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	b.WriteString("%PDF-1.4\n")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), kids.String()))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i, text := range pages {
		stream := "0 0 m 9 9 l S"
		if text != "" {
			stream = "BT /F1 9 Tf 40 700 Td (" + text + ") Tj ET"
		}
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i))
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(stream), stream))
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, at)
	return b.Bytes()
}

func TestPDF(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed")
	}
	pages := make([]string, 300)
	for i := range pages {
		pages[i] = fmt.Sprintf("Page %d: all traffic is encrypted.", i+1)
	}
	pages[249] = "We will notify customers of a security incident within 24 hours of detection."
	p, err := paper.Decode(t.Context(), "long.pdf", pdf(pages))
	if err != nil {
		t.Fatal(err)
	}
	if p.Pages != 300 || p.Of != 300 || p.Cut {
		t.Errorf("%d of %d pages, cut %t", p.Pages, p.Of, p.Cut)
	}
	if read := clause.Read(p.Lines); len(read.Promises) != 1 || read.Promises[0].Due != "24h" {
		t.Errorf("%+v", read.Promises)
	}

	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"scan.pdf":   {pdf([]string{"", "", ""}), "its 3 pages hold pictures and no text: nothing was read"},
		"broken.pdf": {[]byte("%PDF-1.7\nrubbish"), "pdftotext cannot read it"},
	} {
		if _, err := paper.Decode(t.Context(), name, test.data); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}

	long := make([]string, 510)
	for i := range long {
		long[i] = "All traffic is encrypted."
	}
	if p, err = paper.Decode(t.Context(), "longer.pdf", pdf(long)); err != nil || p.Pages != 500 || p.Of != 510 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestPDFWithoutProgram: where pdftotext is missing, the error says so.
func TestPDFWithoutProgram(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := paper.Decode(t.Context(), "a.pdf", pdf([]string{"x"}))
	if err == nil || !strings.Contains(err.Error(), "pdftotext, which is not installed: nothing was read; install poppler-utils") {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("a.html", []byte("<html><table><tr><td>a<td>b</table><ul><li>c"))
	f.Add("a.md", []byte("# a\n\n| a | b |\n|---|---|\n| c | d |\n\n1. x\n   - y\n"))
	f.Add("a.txt", []byte("\xff\xfea\x00"))
	f.Add("a.html", []byte("<html>a\n<td>b"))
	f.Add("a.html", []byte("<p>&#10;&#10;&NewLine;a<p>\n&#10;b"))
	f.Add("a.md", []byte("<p>&#10;&#10;a</p>\n\n`a\nb` <b\n> c\\\nd\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if bytes.Contains(data, []byte("%PDF-")) {
			t.Skip()
		}
		p, err := paper.Decode(t.Context(), name, data)
		if err != nil {
			return
		}
		last := bytes.Count(data, []byte("\n")) + 1
		for _, line := range p.Lines {
			if line.Number < 1 || line.Number > max(last, len(p.Lines)) {
				t.Errorf("line %d of %d: %q", line.Number, last, line.Text)
			}
		}
	})
}
