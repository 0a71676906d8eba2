package terminal

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/profile"
	"kigen/sla/prose"
)

// SideBySide writes one row per promise.
func (w *Printer) SideBySide(year int, measured []*profile.VendorYear) error {
	zone, several := commonZone(measured), severalPromises(measured)
	title := say(w.Lang, "waits_of_a_year")
	_, err := fmt.Fprintf(w.Out, title+"%s\n%s\n\n", year, zoneText(w.Lang, zone),
		say(w.Lang, "p95_means"))
	if err != nil {
		return err
	}
	t := &Table{Right: []int{2, 3, 4, 5}}
	t.Add("ID", say(w.Lang, "heading_strength"), say(w.Lang, "heading_shortest"), say(w.Lang, "heading_median"),
		"95%", say(w.Lang, "heading_longest"), say(w.Lang, "heading_longest_from"), say(w.Lang, "heading_until"))
	for _, v := range measured {
		if reason := v.Reason(w.Lang); reason != "" {
			t.Add(v.Vendor, "", "–", "–", "–", "–", reason)
		}
		for _, p := range v.Promises {
			name := v.Vendor
			if several {
				name += "/" + p.Promise
			}
			t.Add(append([]string{name, StrengthText(w.Lang, p.Strength)}, figures(w.Lang, p, zone == "")...)...)
		}
	}
	return t.Print(w.Out)
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
	return say(lang, "in_zone", "Zone", zone)
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
		return say(lang, "no_wait")
	}
	return StateText(lang, sla.NoCommitment)
}

// longestText writes the instants between which the longest wait lies.
func longestText(lang string, p *profile.Profile) (from, until string) {
	if p.Min == p.Max {
		return say(lang, "any_time"), ""
	}
	// Dates outside the measured year show their year.
	measured := time.Date(p.Year, time.July, 1, 0, 0, 0, 0, p.LongestAt.Location())
	return phrase.Instant(lang, p.LongestAt, measured), phrase.Deadline(lang, p.LongestDue, measured)
}

// Profile prints the full profile of one vendor's year.
func (w *Printer) Profile(v *sla.Vendor, measured *profile.VendorYear) error {
	for i, p := range measured.Promises {
		if i > 0 {
			fmt.Fprintln(w.Out)
		}
		if err := profileTable(w.Lang, v, p).Print(w.Out); err != nil {
			return err
		}
		if p.Starts == 0 {
			continue
		}
		_, err := fmt.Fprintf(w.Out, "\n%s\n%s\n%s\n",
			say(w.Lang, "mean_wait_by_hour"), heatText(w.Lang, &p.Heat, w.Colour),
			say(w.Lang, "distribution_of_waits"))
		if err != nil {
			return err
		}
		if err := distributionTable(w.Lang, p).Print(w.Out); err != nil {
			return err
		}
	}
	return nil
}

func profileTable(lang string, v *sla.Vendor, p *profile.Profile) *Table {
	t := &Table{}
	t.Add(say(lang, "vendor"), v.Name.In(lang)+" ("+v.ID+")")
	t.Add(say(lang, "promise"), p.Promise+" "+StrengthText(lang, p.Strength))
	if p.From != 0 || p.To != 0 {
		t.Add(say(lang, "in_force"), dateOrOpen(p.From.String(), p.From == 0)+" – "+dateOrOpen(p.To.String(), p.To == 0))
	}
	t.Add(say(lang, "rule"), p.Rule)
	t.Add(say(lang, "year"), fmt.Sprint(p.Year))
	if p.Starts == 0 {
		t.Add(say(lang, "wait"), noWaitText(lang, p))
		return t
	}
	t.Add(say(lang, "starts"), fmt.Sprintf(say(lang, "every_minute"), prose.Moment(lang, p.Start.String()), p.Starts))
	t.Add(say(lang, "shortest"), phrase.Hours(lang, time.Duration(p.Min)))
	t.Add(say(lang, "median"), phrase.Hours(lang, time.Duration(p.Median)))
	t.Add("95%", fmt.Sprintf(say(lang, "within"), phrase.Hours(lang, time.Duration(p.P95))))
	from, until := longestText(lang, p)
	if until != "" {
		from += " → " + until + zoneText(lang, p.LongestAt.Location().String())
	}
	t.Add(say(lang, "longest"), phrase.Hours(lang, time.Duration(p.Max))+"  "+from)
	return t
}
