package clause

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// unit is a unit of a length.
type unit string

const (
	minutes       unit = "minutes"
	hours         unit = "hours"
	days          unit = "days"
	weeks         unit = "weeks"
	months        unit = "months"
	businessHours unit = "business_hours"
	businessDays  unit = "business_days"
)

// role is what a length does in its sentence.
type role int

const (
	bare   role = iota // a quantity: of work, of age, of a threshold
	within             // the time by which something is done
	after              // done once that time has passed
	before             // done that long ahead
	every              // done again after each such time
	keep               // kept for that time
)

// length is a length of time in a sentence.
type length struct {
	from, to int // bytes
	n, least int // the count, and the lower end of a range
	unit     unit
	role     role
	about    bool // "about", "some"
}

// timed reports whether a normalised text holds a length or a period.
func timed(text string) bool { return len(lengthsIn(text)) > 0 }

// lengthsIn returns the lengths of a normalised text in order.
func lengthsIn(text string) []length {
	var ja, en []length
	if strings.ContainsAny(text, numbersJa) && strings.ContainsAny(text, unitsJa) {
		ja = japaneseLengths(text)
	}
	if unitsEn(text) {
		en = englishLengths(text)
	}
	return merge(ja, en)
}

// What every length holds: a text without it needs no closer look.
const (
	numbersJa = "0123456789毎翌半隔次一二三四五六七八九十"
	unitsJa   = "分時日週月年期次"
)

var stemsEn = []string{"min", "hour", "hr", "day", "week", "month", "year", "quarter", "annual", "annum", "night", "dail"}

// unitsEn reports whether an English text may hold a length.
func unitsEn(text string) bool {
	if strings.IndexFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) < 0 {
		return false
	}
	lower := strings.ToLower(text)
	return slices.ContainsFunc(stemsEn, func(stem string) bool { return strings.Contains(lower, stem) })
}

// merge joins two ordered lists; of two lengths that overlap the first list's stays.
func merge(a, b []length) []length {
	var all []length
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].from <= b[0].from:
			all, a = append(all, a[0]), a[1:]
		default:
			if len(all) == 0 || b[0].from >= all[len(all)-1].to {
				if len(a) == 0 || b[0].to <= a[0].from {
					all = append(all, b[0])
				}
			}
			b = b[1:]
		}
	}
	return all
}

var (
	// noLengthsJa lists what looks like a length and is none: dates, hours of service, days of a month.
	noLengthsJa = regexp.MustCompile(`\d{4}年(?:度|\d{1,2}月(?:\d{1,2}日)?)?|(?:令和|平成)(?:\d{1,2}|元)年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|(?:毎月|当月|翌月|前月)(?:の)?\d{1,2}日|` +
		`24時間,?・?(?:年中無休|体制|対応|監視|常時|有人|稼働|365日|\d日)(?:365日)?|365日24時間|\d{1,2}時\d{1,2}分|\d{1,4}日(?:時点|現在)`)
	lengthJa = regexp.MustCompile(`(\d{1,4})(?:(?:~|-|から|ないし|乃至|もしくは|または|又は)(\d{1,4}))?(営業時間|営業日|業務日|稼働日|時間|分間?|日間?|週間?|[かカヶヵケ箇個]月間?|月間|年間?)|` +
		`([一二三四五六七八九十]{1,3})(営業日|時間|日間|日以|日前|日後|週間|[かカヶヵケ箇個]月間?|年間?)|(半年間?|半期|四半期|翌営業日|隔週)`)
	everyJa = regexp.MustCompile(`(毎営業日|毎日|日次|毎週|週次|毎月|月次|毎年度?|年次|隔週|隔月|年1度|(年|月|週|日)(?:間)?(?:に|あたり)?(\d{1,2}|一|二)(?:回|度))`)
)

func japaneseLengths(text string) []length {
	masked := mask(text, noLengthsJa)
	var found []length
	for _, m := range lengthJa.FindAllStringSubmatchIndex(masked, -1) {
		if l, ok := japaneseLength(masked, m); ok {
			found = append(found, l)
		}
	}
	var periods []length
	for _, m := range everyJa.FindAllStringSubmatchIndex(masked, -1) {
		if l, ok := japanesePeriod(masked, m); ok {
			periods = append(periods, l)
		}
	}
	return merge(found, periods)
}

func mask(text string, forms ...*regexp.Regexp) string {
	for _, form := range forms {
		text = form.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("\x00", len(s)) })
	}
	return text
}

func group(text string, m []int, i int) string {
	if m[2*i] < 0 {
		return ""
	}
	return text[m[2*i]:m[2*i+1]]
}

func japaneseLength(text string, m []int) (length, bool) {
	l := length{from: m[0], to: m[1]}
	number, upper, word := group(text, m, 1), group(text, m, 2), group(text, m, 3)
	if number == "" {
		number, word = kanjiNumber(group(text, m, 4)), group(text, m, 5)
		for _, particle := range []string{"以", "前", "後"} {
			if cut, ok := strings.CutSuffix(word, "日"+particle); ok && cut == "" {
				word, l.to = "日", l.to-len(particle)
			}
		}
	}
	switch special := group(text, m, 6); special {
	case "":
		l.n, _ = strconv.Atoi(number)
		l.unit = unitJa(strings.TrimSuffix(word, "間"), word)
	case "翌営業日":
		l.n, l.unit = 1, businessDays
	case "隔週":
		l.n, l.unit, l.role = 2, weeks, every
		return l, true
	case "四半期":
		l.n, l.unit = 3, months
	default:
		l.n, l.unit = 6, months
	}
	if strings.HasPrefix(word, "年") {
		l.n *= 12
	}
	if l.least = l.n; upper != "" {
		l.n, _ = strconv.Atoi(upper)
		if strings.HasPrefix(word, "年") {
			l.n *= 12
		}
	}
	l.role, l.about = roleJa(text, l)
	return l, l.n > 0 && l.n < 5000
}

func unitJa(word, whole string) unit {
	switch word {
	case "分":
		return minutes
	case "時", "時間":
		if strings.HasPrefix(whole, "営業") {
			return businessHours
		}
		return hours
	case "営業時":
		return businessHours
	case "営業日", "業務日", "稼働日":
		return businessDays
	case "日":
		return days
	case "週":
		return weeks
	}
	return months
}

// kanjiNumber writes a number below 100 in digits.
func kanjiNumber(s string) string {
	tens, ones, isTens := 0, 0, false
	for _, r := range s {
		switch i := strings.IndexRune("一二三四五六七八九", r); {
		case r == '十':
			tens, ones, isTens = max(ones, 1), 0, true
		case i >= 0:
			ones = i/3 + 1
		}
	}
	if isTens {
		ones += 10 * tens
	}
	return strconv.Itoa(ones)
}

var (
	beforeTailJa = regexp.MustCompile(`^の?(?:以上|程度|くらい|ほど)?(?:前|以前)`)
	everyTailJa  = regexp.MustCompile(`^(?:ごと|毎|おき|間隔|(?:に|あたり)?(?:1|一)(?:回|度)|につき(?:1|一)回|単位)`)
	keepTailJa   = regexp.MustCompile(`^(?:以上|程度|分)?(?:[はを、の]|にわたり|\(|間)*(?:[^。、]{0,14})?(?:保管|保存|保持|維持|残[しりさ]|蓄積|利用することができ|復元(?:が)?(?:可能|でき)|参照(?:が)?(?:可能|でき))`)
	withinTailJa = regexp.MustCompile(`^(?:程度|ほど|くらい|前後)?(?:以内|内[にでの。、)]|内を|まで|を目[標処途安]|をめど|を目途|を原則|程度|で|中に|以下|には|が目[標安])`)
	afterTailJa  = regexp.MustCompile(`^(?:程度)?(?:を?経過|後|が?経過|たった)`)
	aboutHeadJa  = regexp.MustCompile(`(?:約|おおむね|おおよそ|概ね|およそ)$`)
)

// roleJa reads the role of a length from what stands after it.
func roleJa(text string, l length) (role, bool) {
	tail := text[l.to:]
	about := aboutHeadJa.MatchString(text[:l.from]) || strings.HasPrefix(tail, "程度") || strings.HasPrefix(tail, "ほど")
	switch {
	case beforeTailJa.MatchString(tail):
		return before, about
	case everyTailJa.MatchString(tail):
		return every, about
	case withinTailJa.MatchString(tail):
		return within, about
	case keepTailJa.MatchString(tail):
		return keep, about
	case afterTailJa.MatchString(tail):
		return after, about
	case l.unit == businessDays && strings.HasPrefix(text[l.from:], "翌"):
		return within, about
	}
	return bare, about
}

func japanesePeriod(text string, m []int) (length, bool) {
	l := length{from: m[0], to: m[1], n: 1, role: every}
	word := group(text, m, 1)
	switch {
	case strings.HasPrefix(word, "毎営業日"):
		l.unit = businessDays
	case strings.HasPrefix(word, "隔月"):
		l.n, l.unit = 2, months
	case strings.HasPrefix(word, "隔週"):
		l.n, l.unit = 2, weeks
	case strings.ContainsAny(word, "年"):
		l.n, l.unit = 12, months
	case strings.Contains(word, "月"):
		l.unit = months
	case strings.Contains(word, "週"):
		l.unit = weeks
	default:
		l.unit = days
	}
	if times := group(text, m, 3); times == "2" || times == "二" || times == "4" {
		n := map[string]int{"2": 2, "二": 2, "4": 4}[times]
		if l.n%n != 0 {
			return l, false
		}
		l.n /= n
	} else if times != "" && times != "1" && times != "一" {
		return l, false
	}
	l.least = l.n
	return l, true
}
