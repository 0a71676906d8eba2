package drafting

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kigen/cmd/kigen/internal/paper"
	"kigen/sla"
	"kigen/sla/clause"
	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var locales embed.FS

var texts = localizer.New(locales)

// Reading is what was read of a paper.
type Reading struct {
	name string
	file *paper.Paper
	read *clause.Paper
}

// Read reads a file, or in where the name is -. Its errors name the file and the remedy.
func Read(ctx context.Context, name string, in io.Reader) (*Reading, error) {
	data, err := contentOf(name, in)
	if err != nil {
		return nil, err
	}
	file, err := paper.Decode(ctx, name, data)
	if err != nil {
		return nil, err
	}
	read := clause.Read(file.Lines)
	if foreign := read.Text; !foreign.Readable() && len(read.Promises) == 0 && foreign.Other > 0 {
		return nil, fmt.Errorf("FILE %q: is in neither Japanese nor English (%d sentences): nothing was read", name, foreign.Other)
	}
	return &Reading{name: name, file: file, read: read}, nil
}

// contentOf reads no more than a paper may have: the rest of an endless input is left.
func contentOf(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		file, err := os.Open(filepath.Clean(name))
		if err != nil {
			return nil, unreadable(name, err)
		}
		defer file.Close() //nolint:errcheck // read only
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, paper.MaxSize+1))
	if err != nil {
		return nil, unreadable(name, err)
	}
	return data, nil
}

func unreadable(name string, err error) error {
	return fmt.Errorf("FILE %q: %w: use a readable file, or - for standard input", name, err)
}

// Summary says in one sentence what was read and what was not.
func (r *Reading) Summary(lang string) string {
	say := texts.In(lang).Say
	var parts []string
	add := func(key string, pairs ...any) { parts = append(parts, say(key, pairs...)) }
	if r.file.Of > 0 {
		add("draft_pages", "Read", r.file.Pages, "Of", r.file.Of)
	} else {
		add("draft_lines", "N", len(r.file.Lines))
	}
	text := r.read.Text
	add("draft_found", "N", len(r.read.Promises), "Sentences", text.Japanese+text.English)
	if r.file.Cut || r.file.Pages < r.file.Of {
		add("draft_cut")
	}
	if len(r.read.Unread) > 0 {
		add("draft_unread", "N", len(r.read.Unread))
	}
	if text.Other > 0 {
		add("draft_other", "N", text.Other)
	}
	return r.name + ": " + strings.Join(parts, say("draft_joint"))
}

// Options say which draft is written.
type Options struct {
	Vendor  string      // the id that the vendor gets; empty: new-vendor
	Against *sla.Vendor // compares with its promises, and drafts the new and changed ones; nil: drafts all
	JSON    bool        // instead of YAML
	Lang    string
}

// Write writes the draft.
func (r *Reading) Write(out io.Writer, o Options) error {
	d := clause.Draft{Vendor: cmp.Or(o.Vendor, "new-vendor"), Lang: o.Lang}
	answer := r.read.Answer(o.Lang)
	if o.Against != nil {
		compared := r.read.Against(o.Against.ID, heldOf(o.Against))
		answer.Against = &compared
		d = draftOf(&compared, o.Lang)
	}
	if o.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(answer)
	}
	if answer.Against != nil {
		if err := writeComparison(out, o.Lang, answer.Against); err != nil || len(d.Only) == 0 {
			return err
		}
	}
	_, err := io.WriteString(out, r.read.YAML(d))
	return err
}
