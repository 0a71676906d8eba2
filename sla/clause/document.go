package clause

import (
	"strings"
	"unicode/utf8"

	"kigen/sla/pattern"
)

var (
	titleWords  = pattern.New(`(?i)ホワイトペーパー|約款|規約|ポリシー|方針|サービスレベル|SLA|仕様書|合意書|契約書|覚書|white ?paper|agreement|policy|terms|addendum|service level|security (?:overview|practices|measures)|DPA`)
	editionForm = pattern.New(`(?i)第 ?\d+(?:\.\d+)* ?版|\bver(?:sion|\.)? ?\d+(?:\.\d+)*|\bedition \d+|\brev(?:ision|\.) ?\d+`)
	dateForm    = pattern.New(`(\d{4})年(\d{1,2})月(\d{1,2})日|\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b`)
	dateEn      = pattern.New(`(?i)\b(?:(\d{1,2})(?:st|nd|rd|th)? (january|february|march|april|may|june|july|august|september|october|november|december),? (\d{4})|(january|february|march|april|may|june|july|august|september|october|november|december) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}))`)
	dateLabel   = pattern.New(`(?i)制定|改定|改訂|発行|施行|更新日|作成日|版|last (?:updated|modified|revised)|effective|version|revised|date`)
)

// documentOf names a paper: its title from the first lines, its edition from what calls
// itself one, or from the last date of issue.
func documentOf(blocks []block, lines []Line) Document {
	var d Document
	for i := range blocks {
		text := strings.TrimSpace(oneLine(quote(lines, blocks[i].cells)))
		plain := Normalise(text)
		if i < 25 && utf8.RuneCountInString(plain) <= 80 && (d.Title == "" || !titleWords.MatchString(Normalise(d.Title)) && titleWords.MatchString(plain)) && !dateForm.MatchString(plain) && !editionForm.MatchString(plain) && !strings.Contains(plain, "|") && !sentenceEnd.MatchString(plain) {
			d.Title = strings.Trim(text, "#* ")
		}
		if utf8.RuneCountInString(plain) > 60 && i > 12 {
			continue
		}
		version, date := editionForm.FindString(plain), DateIn(plain)
		switch {
		case version != "" && (i < 30 || date != ""):
			d.Edition = version
			if date != "" {
				d.Edition = version + ", " + date
			}
		case date != "" && (dateLabel.MatchString(plain) || i < 12) && !strings.Contains(d.Edition, "版"):
			d.Edition = date
		}
	}
	return d
}

// DateIn returns the first date of a text as 2006-01-02, or "".
func DateIn(text string) string {
	text = Normalise(text)
	if m := dateForm.FindStringSubmatch(text); m != nil {
		return isoDate(m[1]+m[4], m[2]+m[5], m[3]+m[6])
	}
	m := dateEn.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	names := []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	for i, name := range names {
		if strings.EqualFold(name, m[2]+m[4]) {
			return isoDate(m[3]+m[6], itoa(i+1), m[1]+m[5])
		}
	}
	return ""
}
