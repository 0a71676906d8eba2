// Package drafting is the work of kigen vendor draft: it reads a paper, says how much of it
// was read, and writes the proposals as YAML or JSON, or what a new edition changes.
package drafting

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/paper"
	"kigen/sla"
	"kigen/sla/clause"
	"kigen/sla/draft"
	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var texts = localizer.New(files)

func say(lang, key string, pairs ...any) string { return texts.In(lang).Say(key, pairs...) }

// Request is a paper to draft from.
type Request struct {
	Name    string // of the file, - for standard input
	Vendor  string // the id that the vendor gets in the draft
	Against *sla.Vendor
	Format  string // yaml or json
	Lang    string // of questions and remarks, "ja" or "en"
}

var vendorID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Check refuses a format or an id that the command does not know.
func (r *Request) Check() error {
	if r.Format != "yaml" && r.Format != "json" {
		return fmt.Errorf("--format %q: use yaml or json", r.Format)
	}
	if r.Vendor != "" && !vendorID.MatchString(r.Vendor) {
		return fmt.Errorf("--vendor %q: is not an id: use lower-case letters, digits and hyphens, such as acme", r.Vendor)
	}
	return nil
}

// Reading is a paper that was read.
type Reading struct {
	file  *paper.Paper
	paper *clause.Paper
}

// Paper is what was found.
func (r *Reading) Paper() *clause.Paper { return r.paper }

// Extent says in one sentence what was read and what was not.
func (r *Reading) Extent(lang string) string {
	return (&Request{Lang: lang}).extent(r.file, r.paper)
}

// Read decodes a paper and finds its promises. Its errors say what was not read.
func (r *Request) Read(ctx context.Context, in io.Reader) (*Reading, error) {
	data, err := io.ReadAll(io.LimitReader(in, paper.MaxSize+1)) // the rest of an endless input is left
	if err != nil {
		return nil, fmt.Errorf("FILE %q: %w: use a readable file, or - for standard input", r.Name, err)
	}
	file, err := paper.Decode(ctx, r.Name, data)
	if err != nil {
		return nil, err
	}
	read := clause.Read(file.Lines)
	if foreign := read.Text; !foreign.Readable() && len(read.Promises) == 0 && foreign.Other > 0 {
		return nil, fmt.Errorf("FILE %q: is in neither Japanese nor English (%d sentences): nothing was read", r.Name, foreign.Other)
	}
	return &Reading{file, read}, nil
}

// Write writes the draft to out and one sentence on the reading to remarks.
func (r *Request) Write(out, remarks io.Writer, read *Reading) error {
	if _, err := fmt.Fprintf(remarks, "kigen: %s: %s\n", r.Name, r.extent(read.file, read.paper)); err != nil {
		return err
	}
	return r.write(out, read.paper)
}

// extent says in one sentence what was read and what was not.
func (r *Request) extent(file *paper.Paper, read *clause.Paper) string {
	var parts []string
	add := func(key string, pairs ...any) { parts = append(parts, say(r.Lang, key, pairs...)) }
	if file.Of > 0 {
		add("draft_pages", "Read", file.Pages, "Of", file.Of)
	} else {
		add("draft_lines", "N", len(file.Lines))
	}
	add("draft_found", "N", len(read.Promises), "Sentences", read.Text.Japanese+read.Text.English)
	if file.Cut || file.Pages < file.Of {
		add("draft_cut")
	}
	if len(read.Unread) > 0 {
		add("draft_unread", "N", len(read.Unread))
	}
	if read.Text.Other > 0 {
		add("draft_other", "N", read.Text.Other)
	}
	return strings.Join(parts, say(r.Lang, "draft_joint"))
}

func (r *Request) write(out io.Writer, read *clause.Paper) error {
	d := draft.Draft{Vendor: cmp.Or(r.Vendor, "new-vendor"), Lang: r.Lang}
	answer := draft.AnswerOf(read, r.Lang)
	if r.Against != nil {
		compared := read.Against(r.Against.ID, heldOf(r.Against))
		answer.Against = &compared
		d = draftOf(compared, r.Lang)
	}
	if r.Format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(answer)
	}
	var text string
	if answer.Against != nil {
		text = comparison(r.Lang, answer.Against)
	}
	if answer.Against == nil || len(d.Only) > 0 {
		text += d.YAML(read)
	}
	_, err := io.WriteString(out, text)
	return err
}

// heldOf lists the promises of a vendor that are in force last, to compare a paper with. The
// wording tells which of them a clause is, so that their kinds are left open.
func heldOf(v *sla.Vendor) []clause.Known {
	last := map[string]*sla.Promise{}
	var ids []string
	for _, p := range v.Promises {
		if before := last[p.ID]; before == nil || p.From >= before.From {
			if before == nil {
				ids = append(ids, p.ID)
			}
			last[p.ID] = p
		}
	}
	held := make([]clause.Known, len(ids))
	for i, id := range ids {
		held[i] = clause.Known{ID: id, Section: last[id].Source.Section, Quote: last[id].Source.Quote}
	}
	return held
}

// draftOf drafts what a new edition adds or changes; a changed promise keeps its id.
func draftOf(c clause.Compared, lang string) draft.Draft {
	d := draft.Draft{Vendor: c.Vendor, Lang: lang, IDs: map[int]string{}, Only: slices.Clone(c.Added)}
	for _, change := range c.Changed {
		d.IDs[change.Found] = change.Promise
		d.Only = append(d.Only, change.Found)
	}
	slices.Sort(d.Only)
	return d
}

// comparison writes as comments what a new edition does to the promises that are held.
func comparison(lang string, c *clause.Compared) string {
	var b strings.Builder
	comment := func(key string, pairs ...any) {
		fmt.Fprintf(&b, "# %s\n", strings.Join(strings.Fields(say(lang, key, pairs...)), " "))
	}
	for _, id := range c.Same {
		comment("against_same", "ID", id)
	}
	for _, change := range c.Changed {
		comment("against_changed", "ID", change.Promise)
		comment("against_was", "Quote", change.Was)
		comment("against_now", "Quote", change.Now)
	}
	for _, change := range c.Gone {
		comment("against_gone", "ID", change.Promise, "Quote", change.Was)
	}
	comment("against_added", "N", len(c.Added))
	if c.Effective == "" {
		comment("against_undated")
	}
	return b.String()
}
