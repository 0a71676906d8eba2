package clause

import (
	"slices"
	"strings"

	"kigen/sla/pattern"
)

var (
	aimWords    = pattern.New(`(?i)目標|目指し|目指す|目処|目途|目安|めど|原則|程度|おおむね|概ね|\b(?:targets?|targeted|aims?|goals?|objectives?|typically|generally|usually|approximately|in principle|normally)\b`)
	effortWords = pattern.New(`(?i)努め|努力|可能な(?:限り|範囲)|極力|できる限り|なるべく|\b(?:(?:commercially )?reasonable efforts?|best efforts?|best[- ]effort|endeavou?rs?|strives?|try|tries|attempt|make every effort|where possible|whenever possible|if possible)\b`)
	aimNote     = pattern.New(`(?i)(?:数値|値|時間|指標|基準|SLO|ページ|本書|内容)[^。]{0,30}(?:目標(?:値)?で(?:あり|す)|目標値として|目標として|保証(?:する|値|を)[^。]{0,6}(?:ありません|ない|しません))|(?:figures|times|values|metrics|targets|objectives|levels)[^.]{0,40}(?:are (?:targets|goals|objectives)|not (?:a )?(?:guarantee|commitment|warrant))`)
	serious     = pattern.New(`(?i)重大な(?:影響|インシデント|事故|障害|セキュリティ)|深刻な|甚大|\b(?:serious|significant|severe|critical|major) (?:security )?(?:impact|effect|incident|breach|outage|harm)\b|\bmaterially\b`)
	affecting   = pattern.New(`(?i)影響(?:を|が)?(?:及ぼ|与え|あ[りる]|生じ|発生)|影響(?:を受け|範囲)|\b(?:affect(?:s|ed|ing)?|impact(?:s|ed|ing)?)\b`)
	bothJoined  = pattern.New(`(?:および|及び|並びに|ならびに|かつ|と|の両方|and)`)
	exceptWords = pattern.New(`(?i)この限りで|緊急(?:の|を要|時|性|事態|メンテ)[^。]{0,12}(?:除|場合|限り|事後)|を除[きく]|例外|\b(?:except|unless|excluding|other than|emergenc\w+)\b`)
)

// strengthOf is how firmly a promise binds: firm, target, best_effort or as_needed.
func strengthOf(s *statement, f *found) string {
	switch {
	case f.may && f.length == nil:
		return "as_needed"
	case effortWords.MatchString(s.text):
		return "best_effort"
	case aimWords.MatchString(s.text + " " + s.header), f.length != nil && f.length.About, s.aim:
		return "target"
	}
	return "firm"
}

var issuesWord = pattern.New(`(?i) (?:issues?|incidents?|tickets?|cases?)$`)

// gateOf is the condition under which a promise applies, in the words of the grammar.
func gateOf(s *statement, f *found) map[string][]string {
	label := s.label
	if before, _, ok := strings.Cut(s.text, ":"); label == "" && ok {
		label = issuesWord.ReplaceAllString(before, "")
	}
	if severityLabel.MatchString(label) {
		if level := severityOf(label); level != "" {
			return map[string][]string{"severity": {level}}
		}
	}
	if f.about != aboutIncident && f.about != aboutEvent {
		return nil
	}
	text := s.text + " " + s.intro
	switch {
	case serious.MatchString(text):
		return map[string][]string{"impact": {"serious"}}
	case affecting.MatchString(text):
		return map[string][]string{"impact": {"serious", "limited"}}
	}
	return nil
}

// severities lists the levels of the grammar, each with the words of tables.
var severities = []struct{ level, words string }{
	{"critical", `緊急|重大|致命的|critical|urgent|emergency|(?:severity|sev|priority|level|p|s|深刻度|優先度|重大度|レベル)[ -]?[01]\b`},
	{"high", `高|重要|high|major|(?:severity|sev|priority|level|p|s|深刻度|優先度|重大度|レベル)[ -]?2\b`},
	{"medium", `中|通常|medium|moderate|normal|(?:severity|sev|priority|level|p|s|深刻度|優先度|重大度|レベル)[ -]?3\b`},
	{"low", `低|軽微|low|minor|informational|(?:severity|sev|priority|level|p|s|深刻度|優先度|重大度|レベル)[ -]?[45]\b`},
}

var severityForms = func() []*pattern.Pattern {
	forms := make([]*pattern.Pattern, len(severities))
	for i, s := range severities {
		forms[i] = pattern.New(`(?i)^\W*(?:` + s.words + `)`)
	}
	return forms
}()

func severityOf(label string) string {
	for i, form := range severityForms {
		if form.MatchString(label) {
			return severities[i].level
		}
	}
	return ""
}

// channelForms lists the names of channels in the grammar, each with its words.
var channelForms = []struct {
	name string
	form *pattern.Pattern
}{
	{"email", pattern.New(`(?i)(?:電子)?メール|\be-?mails?\b`)},
	{"phone", pattern.New(`(?i)電話|\b(?:tele)?phone\b|\bcall\b`)},
	{"letter", pattern.New(`(?i)書面|郵送|\bby (?:post|mail|letter)\b|\bpostal\b`)},
	{"status_page", pattern.New(`(?i)ステータス・?ページ|稼働状況(?:ページ|サイト)|\bstatus (?:page|site|portal)\b`)},
	{"portal", pattern.New(`(?i)ポータル|管理画面|管理コンソール|ダッシュボード|\b(?:portal|dashboard|console|in-app|in-product|panel)\b`)},
	{"site", pattern.New(`(?i)(?:ウェブ|WEB|オフィシャル|公式)・?サイト|ホームページ|サイト(?:上|へ|に|で)|\b(?:web ?site|web page|(?:main|official) site|blog)\b`)},
	{"support", pattern.New(`(?i)サポート(?:窓口|デスク|センター)|\bsupport (?:desk|team|portal|center|channel)s?\b`)},
	{"sms", pattern.New(`\bSMS\b`)},
}

// channelsOf lists the channels that a promise names, in the order of the text.
func channelsOf(s *statement) map[string]any {
	type at struct {
		name  string
		place []int
	}
	var places []at
	text := s.text
	for _, c := range channelForms {
		if m := c.form.FindStringIndex(text); m != nil {
			places = append(places, at{c.name, m})
		}
	}
	if len(places) == 0 {
		return nil
	}
	slices.SortFunc(places, func(a, b at) int { return a.place[0] - b.place[0] })
	names := make([]string, len(places))
	all := len(places) > 1
	for i, p := range places {
		names[i] = p.name
		if i > 0 {
			from, to := places[i-1].place[1], p.place[0]
			between := text[min(from, to):to]
			all = all && len(between) < 20 && bothJoined.MatchString(between) && !strings.ContainsAny(between, "、,または")
		}
	}
	if all {
		return map[string]any{"all": names}
	}
	return map[string]any{"any": names}
}
