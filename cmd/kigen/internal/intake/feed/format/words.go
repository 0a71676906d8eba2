package format

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/inbox"
)

// Stage is what a title says of the place of a message among those about one incident.
type Stage struct {
	First    bool `json:"first,omitempty"`    // the first report
	Later    bool `json:"later,omitempty"`    // the second or a later one
	Final    bool `json:"final,omitempty"`    // the last one
	Recovery bool `json:"recovery,omitempty"` // the trouble is over
}

// The words of vendors' titles and texts, in both languages. Titles are matched after
// NFKC and in lower case.
var (
	brackets = pattern.New(`【[^】]{0,40}】|［[^］]{0,40}］|\[[^\]]{0,40}\]|＜[^＞]{0,20}＞|≪[^≫]{0,20}≫|《[^》]{0,20}》`)
	inBraces = pattern.New(`[（(][^（）()]{0,30}[）)]`)

	// marker is what brackets hold that say how far it is, and not what it is about.
	marker = pattern.New(`障害|不具合|復旧|復帰|回復|解消|解決|完了|終了|終息|収束|対応|済|重要|緊急|至急|お詫び|お知らせ|ご報告|報告|第.{1,4}報|初報|続報|速報|最終|中間|更新|再掲|再通知|再送|追記|訂正|経過|調査|発生|継続|監視|メンテ|保守|予告|計画|セキュリティ|情報|事象|影響|` +
		`resolved|recovered|fixed|closed|completed|investigating|identified|monitoring|mitigated|update|ongoing|outage|incident|degraded|maintenance|scheduled|planned|security|notice|urgent|important|final|postmortem`)
	report = pattern.New(`[（(]?\s*(第\s*[\d\x{ff10}-\x{ff19}一二三四五六七八九十]{1,3}\s*報|初報|続報|速報|第一報|最終報告?|中間報告?|続報\s*[\d\x{ff10}-\x{ff19}]+|(?i:update\s*#?[0-9]+|final (?:update|report)))\s*[）)]?`)

	first    = pattern.New(`第\s*[1一]\s*報|初報|速報`)
	later    = pattern.New(`第\s*([2-9]|1[0-9]|[2-9][0-9]|[二三四五六七八九]|十.?)\s*報|続報|中間報|再掲|追記|更新|\bupdate\b`)
	final    = pattern.New(`最終|終報|\bfinal\b`)
	notYet   = pattern.New(`(復旧|解消|解決|回復|復帰)(作業|対応|見込み?|見通し|予定|目途|めど|目処|時刻未定|に向け|に努め|を急|していません|しておりません|せず|まで|待ち)|未(復旧|解消|解決|完了)|一部(復旧|解消|回復)|(not|partially|partly|being|to be) (yet )?(resolved|recovered|fixed|mitigated)|対応中`)
	recovery = pattern.New(`復旧|解消|解決|回復|復帰|終息|収束|対応完了|対応済|\b(resolved|recovered|fixed|closed|mitigated|restored)\b|back to normal|operating normally`)

	trouble = pattern.New(`障害|不具合|異常|遅延|遅れ|エラー|停止|中断|停電|故障|不通|断続|不安定|支障|影響|トラブル|事故|事象|インシデント|使えな|使えま|使用でき|利用でき|利用不|ご利用いただけ|できません|できない|できなく|できず|しづら|しにく|つながら|繋がら|接続不|表示されな|届かな|届きませ|開けな|読めま|読めな|失敗|不可|ダウン|高負荷|お詫び|復旧|解消|×|✕|✖|` +
		`\b(incident|outage|disrupt\w*|degrad\w*|down|downtime|unavailable|unreachable|errors?|fail(s|ed|ing|ures?)?|delay(s|ed)?|latency|slow\w*|interrupt\w*|impact(s|ed|ing)?|issues?|problems?|trouble|intermittent|timeouts?|time outs?|timing out|investigating|identified|monitoring|resolved|mitigated|cannot|can't|unable|partial)\b`)
	calm = pattern.New(`(障害|不具合|問題|異常|トラブル|影響|事象|インシデント)(情報|等|など)?(は|が|も)?(、|,|現在|特に|確認されて|発生して|起きて|起こって|出て|報告されて|\s)*(ありません|ございません|いません|おりません|いない|ない|なし|無し)|` +
		`正常(に|です|稼働|稼動|動作)|通常(どおり|通り)|平常|` +
		`\bno (known |current |active |open |reported |ongoing )*(incidents?|issues?|problems?|outages?|disruptions?|errors?)\b|all (systems|services) (are )?(operational|normal|up|running|available)|operating normally|fully operational`)
	over  = pattern.New(`完了|終了|中止|\bcompleted?\b|\bfinished\b|\bcancel`) // of planned work
	works = pattern.New(`メンテナンス|メインテナンス|計画停止|計画停電|定期停止|定期保守|保守作業|保守点検|計画作業|工事のお知らせ|切替作業|` +
		`\b(scheduled|planned|emergency|routine) (system )?(maintenance|work|works|outage|downtime|upgrade)\b|\bmaintenance\b`)
	brokenly = pattern.New(`障害|不具合|\b(outage|incident)\b`)
	press    = pattern.New(`新機能|ご紹介|紹介|キャンペーン|セミナー|ウェビナー|イベント|展示会|出展|リリースのお知らせ|提供開始|販売開始|受付開始|価格|料金|採用|事例|アンケート|プレゼント|年末年始|夏季|休業|営業時間|移転|受賞|認定|取得|登壇|掲載|コラム|ブログ|アップデートのお知らせ|バージョンアップ|機能追加|機能改善|規約|` +
		`\b(new feature|features|webinar|event|release notes|released|announc(es|ing)|introducing|launch(es|ed)?|pricing|promotion|case study|hiring|award|blog|newsletter|survey|now available)\b`)

	breach = pattern.New(`漏えい|漏洩|漏泄|ろうえい|流出|不正アクセス|不正ログイン|不正利用|不正に(閲覧|取得|アクセス|利用)|改ざん|改竄|マルウェア|ランサム|ウイルス感染|サイバー攻撃|セキュリティ(インシデント|事象|侵害|事故)|情報セキュリティ(事象|インシデント)|乗っ取り|なりすまし|侵入され|侵害|窃取|盗難|誤送信|誤公開|(権限|許可)の?ない(第三者|者|ユーザー?)|第三者(に|が)(閲覧|アクセス|取得)|閲覧(可能|できる)(な|と)?(状態|なって)|公開状態|` +
		`\bunauthori[sz]ed (access|part(y|ies)|disclosure|use|actors?|users?|log-?ins?|individuals?|third part(y|ies))\b|without (authority|authori[sz]ation|permission)|not authori[sz]ed to|\bdata (breach|leak(age)?|exposure|theft|loss)\b|\b(security|privacy) (incident|event|breach|compromise)\b|\bbreach(ed|es)?\b|\bleak(ed|age)?\b|\bexpos(ed|ure)\b|\bcompromis(ed|e)\b|\bmalware\b|\bransomware\b|\bintrusion\b|\battackers?\b|\bthreat actors?\b|\bhack(ed|ers?)\b|\bstolen\b|\bexfiltrat\w*|\bphish\w*|(was|were|been|made|became?) (some .{0,40})?(public|publicly|visible to (other|others|anyone|all))\b|made .{0,60} public\b|could (see|read|view|access) .{0,40}(of|from) (other|another)|credentials? (were|was|theft|dump)`)
	harmless = pattern.New(`(対策|防止|予防|に関するセミナー|サービスのご紹介|保険)|ありません|ございません|確認されていません|確認されておりません|認められて(いません|おりません)|ではなく|ではない|該当しません|` +
		`\b(no|not|never|nor|none|neither|without any|isn't|wasn't|weren't|unrelated)\b`)
	sentence = pattern.New(`[。\n!?！？;]+|\.\s+|\.$`)
)

// subject is a title without the marks of its stage.
func subject(title string) string {
	s := brackets.ReplaceAllStringFunc(title, func(b string) string {
		if marker.MatchString(Fold(b)) {
			return " "
		}
		return b
	})
	s = report.ReplaceAllString(s, " ")
	s = inBraces.ReplaceAllStringFunc(s, func(b string) string {
		inner := Fold(b)
		if len([]rune(inner)) <= 12 && (recovery.MatchString(inner) || first.MatchString(inner) || later.MatchString(inner) || final.MatchString(inner)) {
			return " "
		}
		return b
	})
	s = prefix.ReplaceAllString(Line(s), "")
	if s = strings.Trim(s, " -–—:：・|"); s == "" {
		return Line(title)
	}
	return s
}

var (
	prefix = pattern.New(`(?i)^((resolved|recovered|fixed|mitigated|investigating|identified|monitoring|update|ongoing|completed)\s*[:：\-–—]\s*)+`)
	ending = pattern.New(`((の|が|は|を|に)?(発生|復旧|解消|回復|解決|対応|完了|終了|ご報告|報告|お知らせ|お詫び|ご連絡|連絡|について|に関する|に関して|につきまして|しました|いたしました|致しました|しております|しています|済み?|～|~|-|－|。|、|\s))+$`)
)

// topic is what the titles of several messages about one incident have in common.
func topic(subject string) string {
	s := Fold(subject)
	if short := ending.ReplaceAllString(s, ""); len([]rune(short)) >= 4 {
		s = short
	}
	return strings.ReplaceAll(s, " ", "")
}

// stageOf reads the stage off a title.
func stageOf(title string) Stage {
	s := Fold(title)
	done := notYet.ReplaceAllString(s, " ")
	return Stage{
		First:    first.MatchString(s),
		Later:    later.MatchString(s),
		Final:    final.MatchString(s),
		Recovery: recovery.MatchString(done) && !works.MatchString(s),
	}
}

// secret reports whether a text tells of a breach of security. A sentence that denies one
// does not.
func secret(texts ...string) bool {
	for _, text := range texts {
		text = clip(text, maxClassed)
		for _, s := range sentence.Split(strings.ToLower(text), -1) {
			s = Fold(s)
			if found := breach.FindStringIndex(s); len(found) > 0 && !harmless.MatchString(s[:found[0]]+" "+s[found[1]:]) {
				return true
			}
		}
	}
	return false
}

// kindOf classes an item of a feed that says nothing about its kind. A wrong candidate
// costs a click, and a trouble that is passed over hides a breach: a text that is no
// trouble must look so.
func kindOf(channel, title, text string) inbox.Kind {
	t := Fold(title)
	marks := strings.Join(brackets.FindAllString(t, -1), " ")
	switch {
	case secret(title), secret(text) && !press.MatchString(t):
		return inbox.KindSecurity
	case works.MatchString(marks), works.MatchString(t) && !brokenly.MatchString(t):
		return inbox.KindMaintenance
	case Troubled(title):
		return inbox.KindIncident
	case press.MatchString(t), calm.MatchString(t):
		return inbox.KindNone
	case Troubled(text), Troubled(channel):
		return inbox.KindIncident
	}
	return inbox.KindNone
}

// Troubled reports whether a text tells of trouble, and not of its absence.
func Troubled(text string) bool {
	s := Fold(clip(text, maxClassed))
	return trouble.MatchString(calm.ReplaceAllString(s, " "))
}

// Calm reports whether a text says that there is no trouble.
func Calm(text string) bool {
	s := Fold(clip(text, maxClassed))
	return calm.MatchString(s) && !trouble.MatchString(calm.ReplaceAllString(s, " "))
}

// Breached reports whether a text tells of a breach of security.
func Breached(text string) bool { return secret(text) }

// Pressing reports whether a text is news of another sort.
func Pressing(text string) bool { return press.MatchString(Fold(text)) }

// Subject is a title without the marks of its stage.
func Subject(title string) string { return subject(title) }

// Topic is a text without marks and closing words, for comparison.
func Topic(title string) string { return topic(subject(title)) }

// secured makes an incident of which the texts tell of a breach a matter of security.
func secured(e *Entry) {
	texts := []string{e.Title}
	for _, u := range e.Updates {
		texts = append(texts, u.Text)
	}
	if e.Kind == inbox.KindIncident && secret(texts...) {
		e.Kind = inbox.KindSecurity
	}
}
