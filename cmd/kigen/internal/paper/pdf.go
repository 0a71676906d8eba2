package paper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kigen/sla/clause"
)

// Bounds of a PDF: pages beyond maxPages are not read, and pdftotext is ended after
// pdfTime.
const (
	maxPages = 500
	pdfTime  = 60 * time.Second
)

func itoa(n int) string { return strconv.Itoa(n) }

// readPDF reads a PDF by pdftotext, which keeps the columns of tables apart.
func readPDF(ctx context.Context, name string, data []byte) (*Paper, error) {
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		return nil, fmt.Errorf("FILE %q: a PDF is read by pdftotext, which is not installed: nothing was read; install poppler-utils, or save the paper as text", name)
	}
	file, err := os.CreateTemp("", "kigen-paper-*.pdf")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // of the temporary directory
	_, written := file.Write(data)
	if err := errors.Join(written, file.Close()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, pdfTime)
	defer cancel()
	text, whole, err := runText(ctx, program, file.Name(), maxPages)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("FILE %q: pdftotext did not finish within %d s: nothing was read; save the paper as text", name, int(pdfTime.Seconds()))
	case err != nil:
		return nil, fmt.Errorf("FILE %q: pdftotext cannot read it (%w): nothing was read; save the paper as text", name, err)
	}
	p := &Paper{Lines: clause.Lines(text), Pages: strings.Count(text, "\f"), Cut: !whole}
	if p.Of = pagesOf(ctx, file.Name()); p.Of < p.Pages {
		p.Of = p.Pages
	}
	if !hasText(p.Lines) {
		return nil, fmt.Errorf("FILE %q: its %d pages hold pictures and no text: nothing was read; recognise the text first, or copy it to a text file", name, max(p.Of, p.Pages))
	}
	return p, nil
}

// runText returns the text of the first pages, and whether it was read to its end.
func runText(ctx context.Context, program, path string, pages int) (text string, whole bool, err error) {
	cmd := exec.CommandContext(ctx, program, "-layout", "-enc", "UTF-8", "-eol", "unix", "-l", itoa(pages), path, "-") //nolint:gosec // the program that LookPath found, on a file of our own
	var problem bytes.Buffer
	cmd.Stderr = &limited{buffer: &problem, rest: 4096}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", false, err
	}
	if err := cmd.Start(); err != nil {
		return "", false, err
	}
	bound(cmd.Process.Pid)
	read, err := io.ReadAll(io.LimitReader(out, maxText+1))
	if whole = len(read) <= maxText; !whole {
		read = read[:maxText]
		_ = cmd.Process.Kill() // the rest is not read
		_ = cmd.Wait()
		return strings.ToValidUTF8(string(read), ""), false, nil
	}
	if waited := cmd.Wait(); waited != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(problem.String()), "\n")
		return "", false, fmt.Errorf("%w: %s", waited, line)
	}
	return string(read), true, err
}

// limited keeps the beginning of what is written.
type limited struct {
	buffer *bytes.Buffer
	rest   int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.rest)
	l.buffer.Write(p[:n])
	l.rest -= n
	return len(p), nil
}

var pagesLine = regexp.MustCompile(`(?m)^Pages:\s+(\d+)$`)

// pagesOf returns the number of pages by pdfinfo, which comes with pdftotext, or 0.
func pagesOf(ctx context.Context, path string) int {
	out, err := exec.CommandContext(ctx, "pdfinfo", path).Output() //nolint:gosec // a file of our own
	if err != nil {
		return 0
	}
	m := pagesLine.FindSubmatch(out)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}
