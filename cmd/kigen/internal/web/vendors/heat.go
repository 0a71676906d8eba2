package vendors

import (
	"math"
	"strconv"
	"time"

	"kigen/sla/phrase"
	"kigen/sla/profile"
)

// Dimensions of the heat map, in SVG units.
const (
	heatLeft   = 34.0 // room for the weekdays
	heatTop    = 18.0 // room for the hours
	heatWidth  = 32.0 // of a cell
	heatHeight = 27.0
)

// heatSteps are the upper bounds of the shades, in hours; longer waits get the
// last shade. They are the same for every vendor, so that maps are comparable.
var heatSteps = [...]int{6, 12, 24, 48, 72, 120}

// heatView shows the mean wait by weekday and hour of the start.
type heatView struct {
	Width, Height float64
	Title         string // text alternative for screen readers
	Hours, Days   []heatLabel
	Cells         []heatCell
	Legend        []heatShade
}

type heatLabel struct {
	X, Y float64
	Text string
}

type heatCell struct {
	X, Y, TextX, TextY float64
	Shade              int
	Text, Title        string
}

type heatShade struct {
	Shade int
	Text  string
}

func (p *reader) heat(made *profile.Profile) *heatView {
	view := &heatView{
		Width: heatLeft + 24*heatWidth + 1, Height: heatTop + 7*heatHeight + 1,
		Title: p.Say("worth_heat"),
	}
	for hour := range 24 {
		view.Hours = append(view.Hours, heatLabel{X: heatLeft + (float64(hour)+.5)*heatWidth, Y: heatTop - 5, Text: p.Say("worth_hour", "Hour", hour)})
	}
	for row := range 7 {
		weekday := time.Weekday((row + 1) % 7) // the week begins on Monday
		name := p.Say("weekday_" + weekday.String()[:3])
		y := heatTop + float64(row)*heatHeight
		view.Days = append(view.Days, heatLabel{X: heatLeft - 8, Y: y + heatHeight/2 + 4, Text: name})
		for hour := range 24 {
			cell := &made.Heat[weekday][hour]
			if cell.Starts == 0 { // the promise was not in force at such a time
				continue
			}
			x := heatLeft + float64(hour)*heatWidth
			view.Cells = append(view.Cells, heatCell{
				X: x, Y: y, TextX: x + heatWidth/2, TextY: y + heatHeight/2 + 4, Shade: shadeOf(cell.Mean),
				Text:  strconv.Itoa(int(math.Round(time.Duration(cell.Mean).Hours()))),
				Title: p.Say("worth_cell", "Weekday", name, "Hour", hour, "Mean", phrase.Hours(p.Lang, time.Duration(cell.Mean)), "Longest", phrase.Hours(p.Lang, time.Duration(cell.Max))),
			})
		}
	}
	for i := range heatSteps {
		view.Legend = append(view.Legend, heatShade{i, p.Say("worth_legend_up_to", "Hours", heatSteps[i])})
	}
	last := len(heatSteps)
	view.Legend = append(view.Legend, heatShade{last, p.Say("worth_legend_over", "Hours", heatSteps[last-1])})
	return view
}

// shadeOf is the index of the shade of a wait.
func shadeOf(wait profile.Seconds) int {
	for i, upTo := range heatSteps {
		if time.Duration(wait) <= time.Duration(upTo)*time.Hour {
			return i
		}
	}
	return len(heatSteps)
}
