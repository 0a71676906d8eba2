// Package paper turns the file of a vendor's paper into lines that package clause reads:
// text, Markdown, HTML and PDF, each within bounds of size and time, and says how much of
// the file it read. It runs pdftotext for PDF and nothing else, and fetches nothing.
package paper

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"kigen/sla/clause"
)

// MaxSize is the number of bytes of a file that is read; a larger file is refused.
const MaxSize = 64 << 20

// Text beyond maxText is not read: no paper is so long. Markdown is parsed up to
// maxMarkdown, beyond which it is read as plain text.
const (
	maxText     = 8 << 20
	maxMarkdown = 2 << 20
)

// Paper is a decoded file.
type Paper struct {
	Lines []clause.Line
	Pages int  // of a PDF: pages read
	Of    int  // of a PDF: pages that it has
	Cut   bool // the file holds more text than was read
}

// Decode reads a file by its content, and by its name where the content does not tell.
// Its errors say what was not read and what to do.
func Decode(ctx context.Context, name string, data []byte) (*Paper, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("FILE %q: is larger than %d MiB: nothing was read; give the paper alone", name, MaxSize>>20)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("FILE %q: is empty: nothing was read", name)
	}
	if at := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); at >= 0 {
		return readPDF(ctx, name, data)
	}
	text, ok := decodeText(data)
	if !ok {
		return nil, fmt.Errorf("FILE %q: is not text, Markdown, HTML or PDF: nothing was read; save the paper as one of these", name)
	}
	p := &Paper{}
	if text, p.Cut = cut(text, maxText); isHTML(name, text) {
		lines, whole := readHTML(text)
		p.Lines, p.Cut = lines, p.Cut || !whole
	} else if isMarkdown(name) && len(text) <= maxMarkdown {
		p.Lines = readMarkdown(text)
	} else {
		p.Lines = clause.Lines(text)
	}
	if !hasText(p.Lines) {
		return nil, fmt.Errorf("FILE %q: holds no text that is shown: nothing was read", name)
	}
	return p, nil
}

// cut shortens a text to a number of bytes, at the end of a line.
func cut(text string, limit int) (string, bool) {
	if len(text) <= limit {
		return text, false
	}
	text = text[:limit]
	if at := strings.LastIndexByte(text, '\n'); at > limit/2 {
		text = text[:at]
	}
	return strings.ToValidUTF8(text, ""), true
}

func hasText(lines []clause.Line) bool {
	for _, line := range lines {
		if strings.TrimSpace(line.Text) != "" {
			return true
		}
	}
	return false
}

func isMarkdown(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown", ".mdown", ".mkd":
		return true
	}
	return false
}

func isHTML(name, text string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".html", ".htm", ".xhtml":
		return true
	}
	head := strings.ToLower(strings.TrimSpace(text[:min(len(text), 1024)]))
	return strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html") || strings.HasPrefix(head, "<?xml") && strings.Contains(head, "<html")
}

// binary reports whether a text holds characters that no text has.
func binary(text string) bool {
	control := 0
	for _, r := range text {
		if r == 0 {
			return true
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != '\v' || r == utf8.RuneError {
			control++
		}
	}
	return control*20 > utf8.RuneCountInString(text)
}
