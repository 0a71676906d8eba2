package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/profile"
	"kigen/sla/prose"
)

func (a *app) vendorProfileCommand() *cobra.Command {
	var year string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "profile [VENDOR …]",
		Short: "Measure how long promises can take over a year / 約束の待ち時間を測る",
		Long: `Take every minute of a year as a start and measure the wait until the deadline, which
shows how long "within 6 hours" can be. Without VENDOR all vendors are compared; with one,
the hours of its week and the distribution of its waits are shown as well.`,
		Example: "  kigen vendor profile\n  kigen vendor profile sotas --year 2026",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
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
			measured, broken, err := measure(vendors, wanted)
			if err != nil {
				return err
			}
			switch single := len(args) == 1; {
			case single && asJSON:
				err = printJSON(a, measured[0])
			case asJSON:
				err = printJSON(a, measured)
			case single:
				err = a.printProfile(a.lang(c), vendors[0], measured[0])
			default:
				err = printSideBySide(a.out, a.lang(c), wanted, measured)
			}
			return errors.Join(err, broken)
		},
	}
	cmd.Flags().StringVar(&year, "year", "", "the `YEAR` to measure; default: the current one")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array, or the object of a single VENDOR")
	return cmd
}

func parseYear(text string, now time.Time) (int, error) {
	if text == "" {
		return now.Year(), nil
	}
	year, err := strconv.Atoi(text)
	if err != nil || year < 1 {
		return 0, badInput(fmt.Errorf("--year %q: is not a year: write it as %d", text, now.Year()))
	}
	return year, nil
}

// measure computes each vendor's year. A vendor that cannot be measured does not
// stop the others: its row states where its calendar ends, and broken names it.
// err is set if no vendor's calendar covers the year.
func measure(vendors sla.Catalogue, year int) (measured []*profile.VendorYear, broken, err error) {
	var refused []error
	for _, v := range vendors {
		one, err := profile.Year(v, year)
		var tooFar *profile.YearError
		switch {
		case errors.As(err, &tooFar):
			refused = append(refused, badInput(fmt.Errorf("--year %d: %s", year, tooFar.Remedy().En)))
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

// printSideBySide writes one row per promise.
func printSideBySide(w io.Writer, lang string, year int, measured []*profile.VendorYear) error {
	zone, several := commonZone(measured), severalPromises(measured)
	title := say(lang, "%d年の毎分を起算点とみなした場合の、期限までの待ち時間", "%d: the wait until the deadline, from every minute of the year")
	_, err := fmt.Fprintf(w, title+"%s\n%s\n\n", year, zoneText(lang, zone),
		say(lang, "95%: 起算の95%は、この時間以内に期限を迎える", "95%: 95 of 100 starts wait no longer than this"))
	if err != nil {
		return err
	}
	t := &table{right: []int{2, 3, 4, 5}}
	t.add("ID", say(lang, "区分", "STRENGTH"), say(lang, "最短", "SHORTEST"), say(lang, "中央値", "MEDIAN"),
		"95%", say(lang, "最長", "LONGEST"), say(lang, "最長となる起算", "LONGEST FROM"), say(lang, "その期限", "UNTIL"))
	for _, v := range measured {
		if reason := v.Reason(lang); reason != "" {
			t.add(v.Vendor, "", "–", "–", "–", "–", reason)
		}
		for _, p := range v.Promises {
			name := v.Vendor
			if several {
				name += "/" + p.Promise
			}
			t.add(append([]string{name, strengthText(lang, p.Strength)}, figures(lang, p, zone == "")...)...)
		}
	}
	return t.print(w)
}

// commonZone returns the zone that all measured vendors share; "" if they differ.
func commonZone(measured []*profile.VendorYear) string {
	zones := map[string]bool{}
	for _, v := range measured {
		for _, p := range v.Promises {
			if p.Starts > 0 {
				zones[p.LongestAt.Location().String()] = true
			}
		}
	}
	if len(zones) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(zones))[0]
}

func zoneText(lang, zone string) string {
	if zone == "" {
		return ""
	}
	return say(lang, "("+zone+")", " ("+zone+")")
}

func severalPromises(measured []*profile.VendorYear) bool {
	return slices.ContainsFunc(measured, func(v *profile.VendorYear) bool { return len(v.Promises) > 1 })
}

// figures returns the cells of a promise's row, from the shortest wait on.
func figures(lang string, p *profile.Profile, withZone bool) []string {
	if p.Starts == 0 {
		return []string{"–", "–", "–", "–", noWaitText(lang, p)}
	}
	var cells []string
	for _, length := range []profile.Seconds{p.Min, p.Median, p.P95, p.Max} {
		cells = append(cells, phrase.Hours(lang, time.Duration(length)))
	}
	from, until := longestText(lang, p)
	if withZone && until != "" {
		until += zoneText(lang, p.LongestAt.Location().String())
	}
	return append(cells, from, until)
}

// noWaitText explains why a promise has no figures.
func noWaitText(lang string, p *profile.Profile) string {
	if p.Lead {
		return say(lang, "起算より前が期限のため待ち時間なし", "due before the start: no wait")
	}
	return stateText(lang, sla.NoCommitment)
}

// longestText writes the instants between which the longest wait lies.
func longestText(lang string, p *profile.Profile) (from, until string) {
	if p.Min == p.Max {
		return say(lang, "いつでも", "any time"), ""
	}
	// Dates outside the measured year show their year.
	measured := time.Date(p.Year, time.July, 1, 0, 0, 0, 0, p.LongestAt.Location())
	return phrase.Instant(lang, p.LongestAt, measured), phrase.Deadline(lang, p.LongestDue, measured)
}

// printProfile prints the full profile of one vendor's year.
func (a *app) printProfile(lang string, v *sla.Vendor, measured *profile.VendorYear) error {
	colour := takesColour(a.out, a.env("NO_COLOR"))
	for i, p := range measured.Promises {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		if err := profileTable(lang, v, p).print(a.out); err != nil {
			return err
		}
		if p.Starts == 0 {
			continue
		}
		_, err := fmt.Fprintf(a.out, "\n%s\n%s\n%s\n",
			say(lang, "曜日・起算時刻ごとの待ち時間の平均(単位: 時間)", "Mean wait by weekday and hour of the start, in hours"), heatText(lang, &p.Heat, colour),
			say(lang, "待ち時間の分布", "Distribution of waits"))
		if err != nil {
			return err
		}
		if err := distributionTable(lang, p).print(a.out); err != nil {
			return err
		}
	}
	return nil
}

func profileTable(lang string, v *sla.Vendor, p *profile.Profile) *table {
	t := &table{}
	t.add(say(lang, "ベンダー", "vendor"), v.Name.In(lang)+" ("+v.ID+")")
	t.add(say(lang, "約束", "promise"), p.Promise+" "+strengthText(lang, p.Strength))
	if p.From != 0 || p.To != 0 {
		t.add(say(lang, "有効期間", "in force"), dateOrOpen(p.From.String(), p.From == 0)+" – "+dateOrOpen(p.To.String(), p.To == 0))
	}
	t.add(say(lang, "規則", "rule"), p.Rule)
	t.add(say(lang, "対象年", "year"), fmt.Sprint(p.Year))
	if p.Starts == 0 {
		t.add(say(lang, "待ち時間", "wait"), noWaitText(lang, p))
		return t
	}
	t.add(say(lang, "起算", "starts"), fmt.Sprintf(say(lang, "%s(1分ごとに%d通り)", "%s (every minute, %d of them)"), prose.Moment(lang, p.Start.String()), p.Starts))
	t.add(say(lang, "最短", "shortest"), phrase.Hours(lang, time.Duration(p.Min)))
	t.add(say(lang, "中央値", "median"), phrase.Hours(lang, time.Duration(p.Median)))
	t.add("95%", fmt.Sprintf(say(lang, "%s以内", "within %s"), phrase.Hours(lang, time.Duration(p.P95))))
	from, until := longestText(lang, p)
	if until != "" {
		from += " → " + until + zoneText(lang, p.LongestAt.Location().String())
	}
	t.add(say(lang, "最長", "longest"), phrase.Hours(lang, time.Duration(p.Max))+"  "+from)
	return t
}
