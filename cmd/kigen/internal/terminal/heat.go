package terminal

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kigen/sla/phrase"
	"kigen/sla/profile"
)

// Shades of waiting times, from the week's shortest to its longest: characters
// for every terminal, and colours to replace them.
var (
	shades      = [...]string{"·", "░", "▒", "▓", "█"}
	shadeColour = [...]int{194, 229, 222, 215, 209} // from the 256-colour palette; black text is legible on each
)

// heatText draws the week: a line per weekday, a cell per hour with its mean wait
// in hours. It is 77 columns wide, or 101 if waits have three digits.
func heatText(lang string, heat *[7][24]profile.Cell, colour bool) string {
	low, high := meanRange(heat)
	digits := max(2, len(fmt.Sprint(wholeHours(high))))
	var b strings.Builder
	b.WriteString("    ")
	for hour := range 24 {
		fmt.Fprintf(&b, " %*d", digits, hour)
	}
	b.WriteByte('\n')
	for day := range 7 {
		weekday := time.Weekday((day + 1) % 7) // the week begins on Monday
		b.WriteString(weekdayText(lang, weekday) + " ")
		for hour := range 24 {
			cell := &heat[weekday][hour]
			if cell.Starts == 0 { // the promise was not in force then
				fmt.Fprintf(&b, " %*s", digits, "–")
				continue
			}
			level := shadeOf(cell.Mean, low, high)
			if colour {
				fmt.Fprintf(&b, "\x1b[30;48;5;%dm %*d\x1b[0m", shadeColour[level], digits, wholeHours(cell.Mean))
				continue
			}
			fmt.Fprintf(&b, "%s%*d", shades[level], digits, wholeHours(cell.Mean))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func meanRange(heat *[7][24]profile.Cell) (low, high profile.Seconds) {
	low = -1
	for day := range heat {
		for hour := range heat[day] {
			cell := &heat[day][hour]
			if cell.Starts > 0 && (low < 0 || cell.Mean < low) {
				low = cell.Mean
			}
			high = max(high, cell.Mean)
		}
	}
	return low, high
}

func shadeOf(mean, low, high profile.Seconds) int {
	if high == low {
		return 0
	}
	return min(int((mean-low)*profile.Seconds(len(shades))/(high-low)), len(shades)-1)
}

func wholeHours(s profile.Seconds) int64 {
	return int64(time.Duration(s).Round(time.Hour) / time.Hour)
}

// weekdayText is three columns wide in both languages.
func weekdayText(lang string, d time.Weekday) string {
	return say(lang, "weekday_"+strconv.Itoa(int(d)))
}

// barWidth is the width of a bar for all starts together.
const barWidth = 50

// distributionTable draws a bar for each length of wait.
func distributionTable(lang string, p *profile.Profile) *Table {
	t := &Table{Right: []int{1}}
	from := profile.Seconds(0)
	for _, bucket := range p.Distribution {
		share := float64(bucket.Starts) / float64(p.Starts)
		bar := cmp.Or(strings.Repeat("█", int(share*barWidth+0.5)), "▏")
		t.Add(rangeText(lang, from, bucket.UpTo), fmt.Sprintf("%.1f%%", 100*share), bar)
		from = bucket.UpTo
	}
	return t
}

func rangeText(lang string, from, upTo profile.Seconds) string {
	end := phrase.Hours(lang, time.Duration(upTo))
	if from == 0 {
		return say(lang, "up_to", "End", end)
	}
	begin := phrase.Hours(lang, time.Duration(from))
	return say(lang, "over_up_to", "Begin", begin, "End", end)
}
