package main

import (
	"fmt"
	"regexp"

	"kigen/cmd/kigen/internal/drafting"

	"github.com/spf13/cobra"
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
	o := drafting.Options{Vendor: f.vendor, JSON: f.format == "json", Lang: a.lang(c)}
	if f.against != "" {
		if o.Against, err = vendorNamed(c.Catalogue, f.against); err != nil {
			return err
		}
	}
	reading, err := drafting.Read(cmd.Context(), name, a.in)
	if err != nil {
		return badInput(err)
	}
	fmt.Fprintf(a.errOut, "kigen: %s\n", reading.Summary(o.Lang))
	return reading.Write(a.out, o)
}
