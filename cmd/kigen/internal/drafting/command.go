package drafting

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kigen/config"
	"kigen/sla"
)

// Host is what the command needs of the program that it is a part of.
type Host struct {
	In           io.Reader
	Out, Remarks io.Writer
	Load         func(*cobra.Command) (*config.Config, error)
	Lang         func(*config.Config) string // of the output
	Vendor       func(sla.Catalogue, string) (*sla.Vendor, error)
	BadInput     func(error) error // marks an error that other input fixes
}

// Command is kigen vendor draft.
func Command(h Host) *cobra.Command {
	var r Request
	var against string
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
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Name = args[0]
			return h.draft(cmd, &r, against)
		},
	}
	cmd.Flags().StringVar(&r.Vendor, "vendor", "", "the `ID` that the vendor gets in the draft")
	cmd.Flags().StringVar(&against, "against", "", "compare with the promises of vendor `ID`, and draft what is new or changed")
	cmd.Flags().StringVar(&r.Format, "format", "yaml", "`FORMAT` of the output: yaml or json")
	cmd.MarkFlagsMutuallyExclusive("vendor", "against")
	return cmd
}

func (h Host) draft(cmd *cobra.Command, r *Request, against string) error {
	if err := r.Check(); err != nil {
		return h.BadInput(err)
	}
	c, err := h.Load(cmd)
	if err != nil {
		return err
	}
	if against != "" {
		if r.Against, err = h.Vendor(c.Catalogue, against); err != nil {
			return err
		}
	}
	in := h.In
	if r.Name != "-" {
		file, err := os.Open(filepath.Clean(r.Name))
		if err != nil {
			return h.BadInput(fmt.Errorf("FILE %q: %w: use a readable file, or - for standard input", r.Name, err))
		}
		defer file.Close() //nolint:errcheck // read only
		in = file
	}
	r.Lang = h.Lang(c)
	read, err := r.Read(cmd.Context(), in)
	if err != nil {
		return h.BadInput(err)
	}
	return r.Write(h.Out, h.Remarks, read)
}
