package vendors

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/profile"
	"kigen/sla/prose"
)

// worthView compares the promises of all vendors by their waits.
type worthView struct {
	Year  int
	Days  []float64 // start of each day on the axis, in percent
	Rows  []worthRow
	Error []frame.Problem // why vendors could not be measured
}

// worthRow is one promise.
type worthRow struct {
	Vendor, Name, Promise                  string // Promise is empty if the vendor has only one
	None                                   string // why there are no figures; empty: there are some
	Shortest, Median, P95, Longest         string
	From, Until                            string // of the longest wait; Until is empty if all waits are equal
	MedianWidth, P95From, P95Width         float64
	LongestFrom, LongestWidth, ShortestEnd float64
	max                                    profile.Seconds
}

// worth measures every vendor over the current year, the shortest longest wait
// first.
func (p *reader) worth() worthView {
	view := worthView{Year: p.Now.Year()}
	var all []*profile.Profile
	for _, v := range p.Catalogue {
		measured, err := p.Profile(v, sla.KindIncident, "query.year", "")
		if err != nil {
			view.Error = append(view.Error, p.notMeasured(err)...)
			continue
		}
		for _, made := range measured.Promises {
			all = append(all, made)
			row := worthRow{Vendor: v.ID, Name: v.Name.In(p.Lang), max: made.Max}
			if len(measured.Promises) > 1 {
				row.Promise = made.Promise
			}
			p.addFigures(&row, made)
			view.Rows = append(view.Rows, row)
		}
	}
	longest := profile.Seconds(0)
	for _, made := range all {
		longest = max(longest, made.Max)
	}
	view.drawBars(all, longest)
	slices.SortStableFunc(view.Rows, compareRows)
	return view
}

// compareRows sorts promises without a time last.
func compareRows(a, b worthRow) int {
	switch {
	case a.None != "" && b.None != "":
		return 0
	case a.None != "":
		return 1
	case b.None != "":
		return -1
	}
	return cmp.Compare(a.max, b.max)
}

// notMeasured describes why a profile could not be measured.
func (p *reader) notMeasured(err error) []frame.Problem {
	if invalid := p.Refused(err); invalid != nil {
		return p.Problems(invalid)
	}
	p.Log.Log(p.R.Context(), web.FaultLevel(p.R.Context()), "profile not measured", "error", err)
	return []frame.Problem{{Label: p.Say("fault_title"), Message: p.Say("fault_text")}}
}

func (p *reader) addFigures(row *worthRow, made *profile.Profile) {
	if made.Starts == 0 {
		row.None = p.noWait(made)
		return
	}
	hours := func(s profile.Seconds) string { return phrase.Hours(p.Lang, time.Duration(s)) }
	row.Shortest, row.Median, row.P95, row.Longest = hours(made.Min), hours(made.Median), hours(made.P95), hours(made.Max)
	row.From, row.Until = p.longest(made)
}

func (p *reader) noWait(made *profile.Profile) string {
	if made.Lead {
		return p.Say("worth_ahead")
	}
	return p.StateName(sla.NoCommitment)
}

// longest returns start and end of the longest wait, in the zone of the vendor's
// calendar. Dates outside the measured year include their year.
func (p *reader) longest(made *profile.Profile) (from, until string) {
	if made.Min == made.Max {
		return p.Say("worth_any_time"), ""
	}
	measured := time.Date(made.Year, time.July, 1, 0, 0, 0, 0, made.LongestAt.Location())
	return phrase.Instant(p.Lang, made.LongestAt, measured), phrase.Deadline(p.Lang, made.LongestDue, measured)
}

// drawBars sets the bars of the rows on a common axis. all[i] is the profile of
// row i.
func (view *worthView) drawBars(all []*profile.Profile, longest profile.Seconds) {
	if longest == 0 {
		return
	}
	x := func(s profile.Seconds) float64 { return percent(float64(s) / float64(longest)) }
	for i, made := range all {
		row := &view.Rows[i]
		row.ShortestEnd, row.MedianWidth = x(made.Min), x(made.Median)
		row.P95From, row.P95Width = x(made.Median), x(made.P95)-x(made.Median)
		row.LongestFrom, row.LongestWidth = x(made.P95), x(made.Max)-x(made.P95)
	}
	const day = profile.Seconds(24 * time.Hour)
	for at := day; at < longest; at += day {
		view.Days = append(view.Days, x(at))
	}
}

// percent converts a share to percent, rounded to a hundredth.
func percent(share float64) float64 { return math.Round(share*10_000) / 100 }

// profileView is the profile of a promise over a year.
type profileView struct {
	worthRow
	Name, Effective string
	Zone            string // of the measured times
	Heat            *heatView
	Spread          []spreadRow
	Lines           []string // why the longest wait is so long
}

// spreadRow is one bar of the distribution.
type spreadRow struct {
	Range string
	Share string
	Width float64 // percent of the longest bar
}

func (p *reader) profileView(v *sla.Vendor, made *profile.Profile) profileView {
	view := profileView{Name: made.Promise}
	p.addFigures(&view.worthRow, made)
	i := slices.IndexFunc(v.Promises, func(promise *sla.Promise) bool {
		return promise.ID == made.Promise && promise.From == made.From && promise.To == made.To
	})
	if i >= 0 {
		view.Name, view.Effective = cmp.Or(v.Promises[i].Name.In(p.Lang), made.Promise), p.effective(v.Promises[i])
	}
	if made.Starts == 0 {
		return view
	}
	view.Zone = made.LongestAt.Location().String()
	view.Heat = p.heat(made)
	most := slices.MaxFunc(made.Distribution, func(a, b profile.Bucket) int { return cmp.Compare(a.Starts, b.Starts) })
	from := ""
	for _, bucket := range made.Distribution {
		upTo := phrase.Hours(p.Lang, time.Duration(bucket.UpTo))
		row := spreadRow{
			Range: p.Say("worth_up_to", "To", upTo), Share: fmt.Sprintf("%.1f%%", 100*float64(bucket.Starts)/float64(made.Starts)),
			Width: percent(float64(bucket.Starts) / float64(most.Starts)),
		}
		if from != "" {
			row.Range = p.Say("worth_between", "From", from, "To", upTo)
		}
		view.Spread = append(view.Spread, row)
		from = upTo
	}
	if view.Until != "" && i >= 0 {
		facts := sla.Facts{Times: web.AllAt(made.LongestAt)}
		if _, e, err := v.Promises[i].Explain(&facts); err == nil {
			view.Lines = prose.Reasons(p.Lang, &e)
		}
	}
	return view
}
