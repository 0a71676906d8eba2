package when

import (
	"strconv"
	"strings"
)

// kanjiDigits are the digits of kanji numerals by their value.
const kanjiDigits = "〇一二三四五六七八九"

// kanjiNumbers converts kanji numerals before the unit of a date or a time of day
// to digits: 令和八年五月二十一日, 二〇二六年. 一昨日 stays unchanged.
func kanjiNumbers(s string) string {
	if !strings.ContainsAny(s, kanjiDigits+"零十") {
		return s
	}
	var out, run strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune(kanjiDigits+"零十百千", r):
			run.WriteRune(r)
			continue
		case run.Len() > 0 && strings.ContainsRune("年月日時分秒", r):
			out.WriteString(kanjiValue(run.String()))
		default:
			out.WriteString(run.String())
		}
		run.Reset()
		out.WriteRune(r)
	}
	return out.String() + run.String()
}

// kanjiValue reads 二千二十六 by its units, and 二〇二六 digit by digit.
func kanjiValue(numeral string) string {
	sum, digit, digits, byUnits := 0, 0, "", false
	for _, r := range numeral {
		factor := map[rune]int{'十': 10, '百': 100, '千': 1000}[r]
		if factor > 0 {
			sum, digit, byUnits = sum+max(1, digit)*factor, 0, true
			continue
		}
		digit = max(0, strings.IndexRune(kanjiDigits, r)/len("〇"))
		digits += strconv.Itoa(digit)
	}
	if byUnits {
		return strconv.Itoa(sum + digit)
	}
	return digits
}
