package clause

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

var (
	endedJa     = pattern.New(`契約(?:の|が)?(?:終了|満了|解除)|解約|退会|解除|利用(?:契約)?(?:の|を|が)?(?:終了|停止)|サービス(?:の)?(?:提供)?(?:の|が|を)?(?:終了|廃止)|提供(?:が|の)?終了|満了|閉鎖|終了(?:日|後|時|した|翌)`)
	requestedJa = pattern.New(`依頼|要求|求め(?:に|が|を受)|ご?請求|申請|申し?出|申込|要望|問い?合わ?せ|受付|受領|受理|受信|チケット|起票`)

	momentsJa = []struct {
		name string
		form *pattern.Pattern
	}{
		{"ended", endedJa},
		{"requested", requestedJa},
		{"detected", pattern.New(`検知|検出|認知|把握|覚知|認識|知(?:った|って|り|得)|判明|発見|見つか|見つけ|気付|気づ|察知|探知`)},
		{"confirmed", pattern.New(`確認|確定|判断|特定|断定`)},
		{"declared", pattern.New(`宣言|判定|認定|公表(?:され|日|時|$)|公開(?:され|日|時|$)`)},
		{"occurred", pattern.New(`発生|起き|起こ|生じ|発災`)},
	}

	anchorJa  = pattern.New(`(?:から起算して|から数えて|から|より起算して|より|した?後|(?:た|の)?翌日から|後|以後|以降|次第|時点(?:から|より|で)?|を起点(?:として|に)|、)(?:、|原則(?:として)?|最大で?|最長で?|遅くとも|概ね|おおむね|約|できる限り|少なくとも|[(「])*$`)
	fromLater = pattern.New(`起算|起点|数え|カウント`)
	whenJa    = pattern.New(`(?:した|された|できた|あった|する|の)?(?:場合|際|とき|時点?|後|次第|たら)`)
)

// momentIn returns the moment that the last word of a text names, and where.
func momentIn(text string) (string, int) {
	name, at := "", -1
	for _, m := range momentsJa {
		if i := lastMatch(m.form, text, len(text)); i > at {
			name, at = m.name, i
		}
	}
	return name, at
}

// momentJapanese returns the moment that a time counts from: the one to which "から", "より"
// or "後" binds the length, else one that the next sentence names, else that of the
// condition.
func (s *statement) momentJapanese(text string, f *found) string {
	head := text[:f.at]
	if a := anchorJa.FindStringIndex(head); a != nil && f.length != nil {
		name, at := momentIn(lastRunes(head[:a[0]], 24))
		if direct := !strings.HasPrefix(text[a[0]:a[1]], "、"); direct && (at >= 0 || f.duty == notice) {
			return name // "" for a word that is no moment, such as 復旧後
		}
	}
	if fromLater.MatchString(s.later) && len(length.In(s.later)) == 0 {
		if name, _ := momentIn(s.later); name != "" {
			return name
		}
	}
	for _, part := range []string{text, s.intro} {
		for _, w := range lastFirst(whenJa.FindAllStringIndex(part, -1)) {
			if name, at := momentIn(lastRunes(part[:w[0]], 18)); at >= 0 {
				return name
			}
		}
	}
	if f.duty == notice && f.vague || f.duty == deletion {
		return s.relativeMoment(text, f)
	}
	return ""
}

var relativeJa = pattern.New(`(?:検出|検知|確認|発見)した`)

// relativeMoment returns the moment that a relative clause names: "検出した事象は".
func (s *statement) relativeMoment(text string, f *found) string {
	if m := relativeJa.FindString(text); m != "" && f.about != aboutVulnerability {
		name, _ := momentIn(m)
		return name
	}
	if f.duty == deletion && endedJa.MatchString(text) {
		return "ended"
	}
	return ""
}

// momentAround is the moment that the heads of a table or the heading name.
func (s *statement) momentAround(text string) string {
	for _, around := range []string{s.header, s.label, s.intro, s.earlier} {
		if name, _ := momentIn(around); name != "" && name != "ended" && name != "requested" {
			return name
		}
	}
	return ""
}

func lastFirst(places [][]int) [][]int {
	for i, j := 0, len(places)-1; i < j; i, j = i+1, j-1 {
		places[i], places[j] = places[j], places[i]
	}
	return places
}

// lastRunes is the end of a text, at most n characters.
func lastRunes(s string, n int) string {
	runes := []rune(s)
	return string(runes[max(0, len(runes)-n):])
}
