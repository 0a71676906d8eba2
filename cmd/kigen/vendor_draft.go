package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/paper"
	"kigen/sla"
	"kigen/sla/clause"
)

// draftFlags are the flags of kigen vendor draft.
type draftFlags struct{ vendor, against, format string }

func (a *app) vendorDraftCommand() *cobra.Command {
	var f draftFlags
	cmd := &cobra.Command{
		Use: "draft FILE",
		Long: `Read a vendor's paper (text, Markdown, HTML, or PDF where pdftotext is installed; - reads
standard input) and find the sentences that promise something by a time. Each is quoted with
its line and section and written as a draft of the configuration, with questions where the
text leaves room. Nothing is put into effect, and the draft may be incomplete: it is for a
person to confirm.`,
		Example: "  kigen vendor draft whitepaper.pdf --vendor acme\n" +
			"  kigen vendor draft terms.html --format json\n" +
			"  kigen vendor draft --against sotas new-edition.txt",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.draft(cmd, args[0], f) },
	}
	cmd.Flags().StringVar(&f.vendor, "vendor", "", "the `ID` that the vendor gets in the draft")
	cmd.Flags().StringVar(&f.against, "against", "", "compare with the promises of vendor `ID`, and draft what is new or changed")
	cmd.Flags().StringVar(&f.format, "format", "yaml", "`FORMAT` of the output: yaml or json")
	cmd.MarkFlagsMutuallyExclusive("vendor", "against")
	return cmd
}

var vendorID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func (f *draftFlags) check() error {
	if f.format != "yaml" && f.format != "json" {
		return badInput(fmt.Errorf("--format %q: use yaml or json", f.format))
	}
	if f.vendor != "" && !vendorID.MatchString(f.vendor) {
		return badInput(fmt.Errorf("--vendor %q: is not an id: use lower-case letters, digits and hyphens, such as acme", f.vendor))
	}
	return nil
}

func (a *app) draft(cmd *cobra.Command, name string, f draftFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	c, err := a.loadHere(cmd)
	if err != nil {
		return err
	}
	var vendor *sla.Vendor
	if f.against != "" {
		if vendor, err = vendorNamed(c.Catalogue, f.against); err != nil {
			return err
		}
	}
	data, err := a.readPaper(name)
	if err != nil {
		return err
	}
	file, err := paper.Decode(cmd.Context(), name, data)
	if err != nil {
		return badInput(err)
	}
	read := clause.Read(file.Lines)
	if foreign := read.Text; !foreign.Readable() && len(read.Promises) == 0 && foreign.Other > 0 {
		return badInput(fmt.Errorf("FILE %q: is in neither Japanese nor English (%d sentences): nothing was read", name, foreign.Other))
	}
	lang := a.lang(c)
	a.reportReading(lang, name, file, read)
	return a.writeDraft(lang, read, vendor, f)
}

// readPaper reads a file or standard input, and no more than a paper may have: the rest of
// an endless input is left.
func (a *app) readPaper(name string) ([]byte, error) {
	in := a.in
	if name != "-" {
		file, err := os.Open(filepath.Clean(name))
		if err != nil {
			return nil, badInput(fmt.Errorf("FILE %q: %w: use a readable file, or - for standard input", name, err))
		}
		defer file.Close() //nolint:errcheck // read only
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, paper.MaxSize+1))
	if err != nil {
		return nil, badInput(fmt.Errorf("FILE %q: %w: use a readable file, or - for standard input", name, err))
	}
	return data, nil
}

// reportReading says on standard error, in one sentence, what was read and what was not.
func (a *app) reportReading(lang, name string, file *paper.Paper, read *clause.Paper) {
	var parts []string
	add := func(key string, pairs ...any) { parts = append(parts, say(lang, key, pairs...)) }
	sentences := read.Text.Japanese + read.Text.English
	switch {
	case file.Of > 0:
		add("draft_pages", "Read", file.Pages, "Of", file.Of)
	default:
		add("draft_lines", "N", len(file.Lines))
	}
	add("draft_found", "N", len(read.Promises), "Sentences", sentences)
	if file.Cut || file.Pages < file.Of {
		add("draft_cut")
	}
	if len(read.Unread) > 0 {
		add("draft_unread", "N", len(read.Unread))
	}
	if read.Text.Other > 0 {
		add("draft_other", "N", read.Text.Other)
	}
	fmt.Fprintf(a.errOut, "kigen: %s: %s\n", name, strings.Join(parts, say(lang, "draft_joint")))
}

func (a *app) writeDraft(lang string, read *clause.Paper, vendor *sla.Vendor, f draftFlags) error {
	d := clause.Draft{Vendor: cmp.Or(f.vendor, "new-vendor"), Lang: lang}
	answer := read.Answer(lang)
	if vendor != nil {
		compared := read.Against(vendor.ID, heldOf(vendor))
		answer.Against = &compared
		d = draftOf(compared, lang)
	}
	if f.format == "json" {
		return printJSON(a, answer)
	}
	if answer.Against != nil {
		if err := a.writeComparison(lang, answer.Against); err != nil || len(d.Only) == 0 {
			return err
		}
	}
	_, err := io.WriteString(a.out, read.YAML(d))
	return err
}

// heldOf lists the promises of a vendor that are in force last, to compare a paper with.
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
		held[i] = clause.Known{ID: id, About: "incident", Section: last[id].Source.Section, Quote: last[id].Source.Quote}
	}
	return held
}

// draftOf drafts what a new edition adds or changes; a changed promise keeps its id.
func draftOf(c clause.Compared, lang string) clause.Draft {
	d := clause.Draft{Vendor: c.Vendor, Lang: lang, IDs: map[int]string{}, Only: slices.Clone(c.Added)}
	for _, change := range c.Changed {
		d.IDs[change.Found] = change.Promise
		d.Only = append(d.Only, change.Found)
	}
	slices.Sort(d.Only)
	return d
}

// writeComparison writes as comments what a new edition does to the promises that are held.
func (a *app) writeComparison(lang string, c *clause.Compared) error {
	var b strings.Builder
	line := func(key string, pairs ...any) {
		fmt.Fprintf(&b, "# %s\n", strings.Join(strings.Fields(say(lang, key, pairs...)), " "))
	}
	for _, id := range c.Same {
		line("against_same", "ID", id)
	}
	for _, change := range c.Changed {
		line("against_changed", "ID", change.Promise)
		line("against_was", "Quote", change.Was)
		line("against_now", "Quote", change.Now)
	}
	for _, change := range c.Gone {
		line("against_gone", "ID", change.Promise, "Quote", change.Was)
	}
	line("against_added", "N", len(c.Added))
	if c.Effective == "" {
		line("against_undated")
	}
	_, err := io.WriteString(a.out, b.String())
	return err
}
