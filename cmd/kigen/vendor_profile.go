package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/terminal"
	"kigen/sla"
	"kigen/sla/phrase/localizer"
	"kigen/sla/profile"
)

func (a *app) vendorProfileCommand() *cobra.Command {
	var year, about string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "profile [VENDOR …]",
		Long: `Take every minute of a year as a start and measure the wait until the deadline, which
shows how long "within 6 hours" can be. Without VENDOR all vendors are compared; with one,
the hours of its week and the distribution of its waits are shown as well.`,
		Example: "  kigen vendor profile\n  kigen vendor profile sotas --year 2026",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			kind, err := sla.ParseKind(about)
			if err != nil {
				return badInput(fmt.Errorf("--about %w", err))
			}
			wanted, err := parseYear(year, a.now().In(c.Timezone))
			if err != nil {
				return err
			}
			vendors := c.Catalogue
			if len(args) > 0 {
				vendors = nil
			}
			for _, id := range args {
				v, err := vendorNamed(c.Catalogue, id)
				if err != nil {
					return err
				}
				vendors = append(vendors, v)
			}
			measured, broken, err := measure(vendors, kind, wanted)
			if err != nil {
				return err
			}
			switch single := len(args) == 1; {
			case single && asJSON:
				err = terminal.PrintJSON(a.out, measured[0])
			case asJSON:
				err = terminal.PrintJSON(a.out, measured)
			case single:
				err = a.printer(c).Profile(vendors[0], measured[0])
			default:
				err = a.printer(c).SideBySide(wanted, measured)
			}
			return errors.Join(err, broken)
		},
	}
	cmd.Flags().StringVar(&year, "year", "", "the `YEAR` to measure; default: the current one")
	cmd.Flags().StringVar(&about, "about", "", "the promises about this `KIND`; default: incident")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array, or the object of a single VENDOR")
	return cmd
}

func parseYear(text string, now time.Time) (int, error) {
	year, err := strconv.Atoi(cmp.Or(text, strconv.Itoa(now.Year())))
	if err != nil || year < 1 {
		return 0, badInput(fmt.Errorf("--year %q: is not a year: write it as %d", text, now.Year()))
	}
	return year, nil
}

// measure computes each vendor's year. A vendor that cannot be measured does not
// stop the others: its row states where its calendar ends, and broken names it.
// err is set if no vendor's calendar covers the year.
func measure(vendors sla.Catalogue, kind sla.IncidentKind, year int) (measured []*profile.VendorYear, broken, err error) {
	var refused []error
	for _, v := range vendors {
		one, err := profile.Year(v, kind, year)
		var tooFar *profile.YearError
		switch {
		case errors.As(err, &tooFar):
			refused = append(refused, badInput(&textError{fmt.Sprintf("--year %d", year), tooFar.Remedy()}))
			measured = append(measured, tooFar.None())
		case err != nil:
			refused = append(refused, fmt.Errorf("vendor %s: %w", v.ID, err))
		default:
			measured = append(measured, one)
		}
	}
	switch {
	case len(refused) == 0:
		return measured, nil, nil
	case !slices.ContainsFunc(measured, func(v *profile.VendorYear) bool { return v.Unmeasured == "" }):
		return nil, nil, refused[0]
	}
	return measured, partError{errors.Join(refused...)}, nil
}

// partError reports the parts of a result that failed; the rest is printed. Other
// input does not fix it, so it ends with exitFailed.
type partError struct{ error }

// In returns the error in "ja" or "en". There is no Unwrap: the parts alone would end with
// exitUsage.
func (e partError) In(lang string) string { return localizer.ErrorIn(lang, e.error) }
