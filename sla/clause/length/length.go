// Package length finds lengths of time in the sentences of a paper, in Japanese and English:
// "6時間以内", "within two business days", "毎月". Each says what it does in its sentence, such
// as to bound something or to repeat it. Texts are normalised, as package clause compares
// them.
package length

import (
	"slices"
	"strconv"
	"strings"

	"kigen/sla/pattern"
)

// Unit is a unit of a length.
type Unit string

// The units that papers use.
const (
	Minutes       Unit = "minutes"
	Hours         Unit = "hours"
	Days          Unit = "days"
	Weeks         Unit = "weeks"
	Months        Unit = "months"
	BusinessHours Unit = "business_hours"
	BusinessDays  Unit = "business_days"
)

// Role is what a length does in its sentence.
type Role int

// What lengths do.
const (
	Bare   Role = iota // a quantity: of work, of age, of a threshold
	Within             // the time by which something is done
	After              // done once that time has passed
	Before             // done that long ahead
	Every              // done again after each such time
	Keep               // kept for that time
)

// Length is a length of time in a sentence.
type Length struct {
	From, To int // bytes
	N, Least int // the count, and the lower end of a range
	Unit     Unit
	Role     Role
	About    bool // "about", "some"
}

// Any reports whether a normalised text holds a length or a period.
func Any(text string) bool { return len(In(text)) > 0 }

// In returns the lengths of a normalised text in order.
func In(text string) []Length {
	var ja, en []Length
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
func merge(a, b []Length) []Length {
	var all []Length
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].From <= b[0].From:
			all, a = append(all, a[0]), a[1:]
		default:
			if len(all) == 0 || b[0].From >= all[len(all)-1].To {
				if len(a) == 0 || b[0].To <= a[0].From {
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
	noLengthsJa = pattern.New(`\d{4}年(?:度|\d{1,2}月(?:\d{1,2}日)?)?|(?:令和|平成)(?:\d{1,2}|元)年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|(?:毎月|当月|翌月|前月)(?:の)?\d{1,2}日|` +
		`24時間,?・?(?:年中無休|体制|対応|監視|常時|有人|稼働|365日|\d日)(?:365日)?|365日24時間|\d{1,2}時\d{1,2}分|\d{1,4}日(?:時点|現在)`)
	lengthJa = pattern.New(`(\d{1,4})(?:(?:~|-|から|ないし|乃至|もしくは|または|又は)(\d{1,4}))?(営業時間|営業日|業務日|稼働日|時間|分間?|日間?|週間?|[かカヶヵケ箇個]月間?|月間|年間?)|` +
		`([一二三四五六七八九十]{1,3})(営業日|時間|日間|日以|日前|日後|週間|[かカヶヵケ箇個]月間?|年間?)|(半年間?|半期|四半期|翌営業日|隔週)`)
	everyJa = pattern.New(`(毎営業日|毎日|日次|毎週|週次|毎月|月次|毎年度?|年次|隔週|隔月|年1度|(年|月|週|日)(?:間)?(?:に|あたり)?(\d{1,2}|一|二)(?:回|度))`)
)

func japaneseLengths(text string) []Length {
	masked := Mask(text, noLengthsJa)
	var found []Length
	for _, m := range lengthJa.FindAllStringSubmatchIndex(masked, -1) {
		if l, ok := japaneseLength(masked, m); ok {
			found = append(found, l)
		}
	}
	var periods []Length
	for _, m := range everyJa.FindAllStringSubmatchIndex(masked, -1) {
		if l, ok := japanesePeriod(masked, m); ok {
			periods = append(periods, l)
		}
	}
	return merge(found, periods)
}

// Mask hides the matches of the forms; the rest of the text keeps its place.
func Mask(text string, forms ...*pattern.Pattern) string {
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

func japaneseLength(text string, m []int) (Length, bool) {
	l := Length{From: m[0], To: m[1]}
	number, upper, word := group(text, m, 1), group(text, m, 2), group(text, m, 3)
	if number == "" {
		number, word = kanjiNumber(group(text, m, 4)), group(text, m, 5)
		for _, particle := range []string{"以", "前", "後"} {
			if cut, ok := strings.CutSuffix(word, "日"+particle); ok && cut == "" {
				word, l.To = "日", l.To-len(particle)
			}
		}
	}
	switch special := group(text, m, 6); special {
	case "":
		l.N, _ = strconv.Atoi(number)
		l.Unit = unitJa(strings.TrimSuffix(word, "間"), word)
	case "翌営業日":
		l.N, l.Unit = 1, BusinessDays
	case "隔週":
		l.N, l.Unit, l.Role = 2, Weeks, Every
		return l, true
	case "四半期":
		l.N, l.Unit = 3, Months
	default:
		l.N, l.Unit = 6, Months
	}
	if strings.HasPrefix(word, "年") {
		l.N *= 12
	}
	if l.Least = l.N; upper != "" {
		l.N, _ = strconv.Atoi(upper)
		if strings.HasPrefix(word, "年") {
			l.N *= 12
		}
	}
	l.Role, l.About = roleJa(text, l)
	return l, l.N > 0 && l.N < 5000
}

func unitJa(word, whole string) Unit {
	switch word {
	case "分":
		return Minutes
	case "時", "時間":
		if strings.HasPrefix(whole, "営業") {
			return BusinessHours
		}
		return Hours
	case "営業時":
		return BusinessHours
	case "営業日", "業務日", "稼働日":
		return BusinessDays
	case "日":
		return Days
	case "週":
		return Weeks
	}
	return Months
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
	beforeTailJa = pattern.New(`^の?(?:以上|程度|くらい|ほど)?(?:前|以前)`)
	everyTailJa  = pattern.New(`^(?:ごと|毎|おき|間隔|(?:に|あたり)?(?:1|一)(?:回|度)|につき(?:1|一)回|単位)`)
	keepTailJa   = pattern.New(`^(?:以上|程度|分)?(?:[はを、の]|にわたり|\(|間)*(?:[^。、]{0,14})?(?:保管|保存|保持|維持|残[しりさ]|蓄積|利用することができ|復元(?:が)?(?:可能|でき)|参照(?:が)?(?:可能|でき))`)
	withinTailJa = pattern.New(`^(?:程度|ほど|くらい|前後)?(?:以内|内[にでの。、)]|内を|まで|を目[標処途安]|をめど|を目途|を原則|程度|で|中に|以下|には|が目[標安])`)
	afterTailJa  = pattern.New(`^(?:程度)?(?:を?経過|後|が?経過|たった)`)
	aboutHeadJa  = pattern.New(`(?:約|おおむね|おおよそ|概ね|およそ)$`)
)

// roleJa reads the role of a length from what stands after it.
func roleJa(text string, l Length) (Role, bool) {
	tail := text[l.To:]
	about := aboutHeadJa.MatchString(text[:l.From]) || strings.HasPrefix(tail, "程度") || strings.HasPrefix(tail, "ほど")
	switch {
	case beforeTailJa.MatchString(tail):
		return Before, about
	case everyTailJa.MatchString(tail):
		return Every, about
	case withinTailJa.MatchString(tail):
		return Within, about
	case keepTailJa.MatchString(tail):
		return Keep, about
	case afterTailJa.MatchString(tail):
		return After, about
	case l.Unit == BusinessDays && strings.HasPrefix(text[l.From:], "翌"):
		return Within, about
	}
	return Bare, about
}

func japanesePeriod(text string, m []int) (Length, bool) {
	l := Length{From: m[0], To: m[1], N: 1, Role: Every}
	word := group(text, m, 1)
	switch {
	case strings.HasPrefix(word, "毎営業日"):
		l.Unit = BusinessDays
	case strings.HasPrefix(word, "隔月"):
		l.N, l.Unit = 2, Months
	case strings.HasPrefix(word, "隔週"):
		l.N, l.Unit = 2, Weeks
	case strings.ContainsAny(word, "年"):
		l.N, l.Unit = 12, Months
	case strings.Contains(word, "月"):
		l.Unit = Months
	case strings.Contains(word, "週"):
		l.Unit = Weeks
	default:
		l.Unit = Days
	}
	if times := group(text, m, 3); times == "2" || times == "二" || times == "4" {
		n := map[string]int{"2": 2, "二": 2, "4": 4}[times]
		if l.N%n != 0 {
			return l, false
		}
		l.N /= n
	} else if times != "" && times != "1" && times != "一" {
		return l, false
	}
	l.Least = l.N
	return l, true
}
