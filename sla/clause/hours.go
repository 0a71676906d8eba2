package clause

import (
	"fmt"
	"strconv"
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// Calendar is the calendar that a paper states for its business days and hours, in the words
// of the configuration.
type Calendar struct {
	Zone     string              `json:"zone"`
	Hours    map[string][]string `json:"hours"`
	Holidays string              `json:"holidays,omitempty"`
	Closures string              `json:"unpublished_closures,omitempty"` // the words for closures without dates

	whole bool // business days without hours
}

// stated reports whether the paper states hours.
func (c *Calendar) stated() bool { return !c.whole }

var (
	hoursLabel = pattern.New(`(?i)(?:営業|業務|受付|対応|窓口|サポート|提供|稼働)時間|営業日|business (?:hours|days?)|(?:support|working|office) hours|hours of operation`)
	clockTimes = pattern.New(`(?i)(\d{1,2})(?::(\d{2})|時(?:(\d{2})分|(半))?| ?(am|pm|a\.m\.|p\.m\.))(?::00)? ?(?:~|-|から|to|through|until) ?(?:翌)?(\d{1,2})(?::(\d{2})|時(?:(\d{2})分|(半))?| ?(am|pm|a\.m\.|p\.m\.))`)
	holidaysJa = pattern.New(`祝日|土日祝|国民の休日|法定休日`)
	holidaysEn = pattern.New(`(?i)(?:public|bank|national|federal) holidays`)
	closuresJa = pattern.New(`((?:当社|弊社|本組織|当組織)(?:の|規定の|指定の|所定の|が定める)?(?:休日|休業日|休暇|特別休業日))|(年末年始(?:休業|休暇)?)|(夏季休(?:業|暇))`)
	allDays    = pattern.New(`(?i)毎日|年中無休|24時間365日|every day|7 days`)
)

// calendarOf reads the business hours of a paper from its sentences, or returns nil if it
// states none.
func calendarOf(texts []string) *Calendar {
	var days *Calendar
	for _, text := range texts {
		if !strings.Contains(text, "時間") && !strings.Contains(text, "営業日") && !strings.Contains(text, "ours") && !strings.Contains(text, "usiness day") {
			continue
		}
		if !hoursLabel.MatchString(text) || allDays.MatchString(text) {
			continue
		}
		spans := spansOf(text)
		weekly := holidaysJa.MatchString(text) || holidaysEn.MatchString(text) || strings.Contains(text, "平日") || strings.Contains(text, "土日") ||
			weekdaysEn.MatchString(text)
		if len(spans) == 0 && (days != nil || !weekly || !strings.Contains(text, "営業日") || len(length.In(text)) > 0) || !weekly {
			continue
		}
		c := &Calendar{Zone: zoneOf(text), Hours: map[string][]string{"mon-fri": spans}}
		if isJapanese(text) {
			c.Holidays = "jp"
			c.Closures = strings.Join(closuresJa.FindAllString(text, -1), "、")
		}
		if len(spans) == 0 {
			c.whole, c.Hours["mon-fri"] = true, []string{"00:00-24:00"}
		}
		if days = c; !c.whole {
			return c
		}
	}
	return days
}

var weekdaysEn = pattern.New(`(?i)monday (?:to|through|-) friday|mon(?:day)? ?- ?fri|weekdays`)

// spansOf lists the spans of the day of a text, such as "09:00-12:00".
func spansOf(text string) []string {
	var spans []string
	for _, m := range clockTimes.FindAllStringSubmatch(text, -1) {
		from, ok1 := clockTime(m[1], m[2]+m[3], m[4], m[5])
		to, ok2 := clockTime(m[6], m[7]+m[8], m[9], m[10])
		if ok1 && ok2 && from < to {
			spans = append(spans, from+"-"+to)
		}
	}
	return spans
}

func clockTime(hour, minute, half, noon string) (string, bool) {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	if half != "" {
		m = 30
	}
	if strings.HasPrefix(strings.ToLower(noon), "p") && h < 12 {
		h += 12
	}
	return fmt.Sprintf("%02d:%02d", h, m), h <= 24 && m < 60
}

var zonesByWord = []struct{ word, zone string }{
	{`日本時間|JST|Japan`, "Asia/Tokyo"},
	{`\bUTC\b|\bGMT\b`, "UTC"},
	{`\bCET\b|\bCEST\b`, "Europe/Berlin"},
	{`\bBST\b|London|UK time`, "Europe/London"},
	{`\bE[SD]?T\b|Eastern`, "America/New_York"},
	{`\bP[SD]?T\b|Pacific`, "America/Los_Angeles"},
}

// zoneOf is the time zone that a text names: Japan's for Japanese, else UTC.
func zoneOf(text string) string {
	for _, z := range zonesByWord {
		if pattern.New(z.word).MatchString(text) {
			return z.zone
		}
	}
	if isJapanese(text) {
		return "Asia/Tokyo"
	}
	return "UTC"
}
