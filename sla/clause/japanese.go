package clause

import (
	"slices"
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// The words that decide whose duty a Japanese sentence names, and which.
var (
	vendorJa   = pattern.New(`(?:当社|弊社|本組織|当組織|当グループ|我々|私ども|小社|当センター|事業者|提供者|乙|[ァ-ヶーA-Za-z]{2,}(?:株式会)?社|[A-Za-z.]{3,} ?Inc\.?)(?:の(?:責任|サポート|担当)[^。、]{0,12})?(?:では|において|は|が|から|より|にて|側|チーム)`)
	serviceJa  = pattern.New(`(?:本|当)サービス(?:では|において|は、)|提供(?:中|する)の?クラウドサービス`)
	customerJa = pattern.New(`(?:お客[様さ]ま?|契約者|利用者|ユーザー?|会員|加入者|申込者|顧客|貴社|委託元|利用企業|契約企業|登録者|代理店|甲)(?:様)?(?:は|側は|においては?、?|が自ら|自身)`)
	othersJa   = pattern.New(`(?:従業員|社員|職員|要員|スタッフ|委託先|供給者|取引先|発見者|役員)(?:は|が)、?`)
	dutyJa     = pattern.New(`なければな(?:らない|りません)|義務を負う`)
	secondJa   = pattern.New(`^[^。]{0,20}乙[はが]`)
	eitherJa   = pattern.New(`当事者|相手方|双方|両者|互いに|本契約を解[除約]|契約を更新|自動更新|更新しない|解約の(?:申|意思|通知|旨)|申し?出がない|異議`)
	requestJa  = pattern.New(`(?:ください|下さい|お願い(?:いた|致)?し(?:ます|ております|たく)|お願い申し上げます|(?:いただ|頂)(?:きます|く必要|く(?:こと|もの)|くよう|ければ)[^。]{0,12}|必要が(?:あります|ある|ございます)|必要です|しなければなりません|責任(?:と|に)[^。]{0,8}(?:します|なります|あります))[。)]*$`)
	politeJa   = pattern.New(`させて(?:いただ|頂)(?:きます|いて|いております|くこと)[^。]{0,12}[。)]*$`)
	toUsJa     = pattern.New(`(?:当社|弊社|窓口|サポートデスク|サポートセンター|乙)(?:へ|まで|宛|に対して|に対し|に(?:書面|通知|連絡|報告|申|届|ご連絡|ご通知|ご報告|速やか|直ち|遅滞|その旨|、))`)
	lawJa      = pattern.New(`義務(?:付け|づけ|となり|が(?:あ|課|生))|個人情報保護委員会|監督官庁|監督当局|所轄官庁|所管省庁|当局(?:に|へ)|警察(?:に|へ)|総務省|金融庁|GDPR(?:で|第|に)|ガイドライン(?:で|に)は`)
	toThemJa   = pattern.New(`(?:お客[様さ]|利用者|契約者|ユーザー?|会員|顧客|契約企業|管理者|委託元|担当者|甲)`)
	hearsayJa  = pattern.New(`(?:とされて|設定されて|求められて|推奨されて|想定されて|規定されて|と言われて|が望まし|が一般的)(?:い(?:る|ます|た|ました))?(?:く|です)?[。)]*$`)
	pastJa     = pattern.New(`(?:しました|致しました|されました|行いました|でした|であった|した)[。)]*$`)
	askingJa   = pattern.New(`(?:ますか|ですか|でしょうか|ませんか)[。?]*$|\?$`)
	definingJa = pattern.New(`とは、|をいいます[。)]*$|をいう[。)]*$|を指します[。)]*$|を意味し?`)
	refusalJa  = pattern.New(`(?:義務を負(?:わ|い)|いたしかね|致しかね|できかね|(?:通知|連絡|報告|削除|消去|対応|回答)(?:は|を)?(?:いた|致)?(?:し|行い|行って)(?:おり)?ません|保証(?:するもの)?(?:では|は|いた)?[^。]{0,4}(?:ありません|しません|ない))`)
	without    = pattern.New(`(?:通知|連絡|予告|告知|案内|承諾|同意|公表|周知)[^。、]{0,22}?(?:ことなく|なく|なしに|なしで|せずに|ないで|を要しない|を要せず|不要)`)
	absentJa   = pattern.New(`(?:通知|連絡|申出|申し出|回答|報告|支払い?)(?:が|を|の)(?:な(?:い|かった|ければ|されない)|受けない|行わない|怠)|(?:し|され|でき|行わ)(?:ない|なかった)(?:場合|とき|時)`)
)

var (
	noticeJa   = pattern.New(`(?:通知|連絡|報告|お?知らせ|案内|アナウンス|周知|告知|通報|一報|情報提供)(?:連絡|等|など|配信|作業)?(?:(?:は|を|も|が|に)?(?:し(?:ます|なけれ|て|、|た|ており)|する|いたし|致し|致す|行[いうっわな]|させ|され|実施|申し上げ|差し?上げ|目標|目指|努め|のうえ|の上|ことが|ものと|予定|します|いたします)|[)。]|$)`)
	tellTime   = pattern.New(`(?:通知|連絡|報告)(?:まで)?(?:の)?(?:目標)?(?:時間|期限)(?:。|$)`)
	showJa     = pattern.New(`(?:公表|公開|掲載|掲示|配信|発信|開示|(?:ご|情報を|情報の|情報)提供|共有)(?:(?:は|を|も|が)?(?:し(?:ます|て|、)|する|いたし|致し|行[いうっわな]|させ|され|目標|予定)|[)。]|$)`)
	certifies  = pattern.New(`証明書?[^。、]{0,15}(?:提出|発行|交付|送付)`)
	deleteJa   = pattern.New(`(?:削除|消去|廃棄|破棄|抹消|返却|返還|消滅)(?:処理|作業|等|など|対応)?(?:(?:は|を|も|が)?(?:し(?:ます|なけれ|て|、|た)|する|いたし|致し|行[いうっわな]|させ|され|実施|完了)|[)。]|$)`)
	roundJa    = pattern.New(`診断|(?:脆弱|ぜい弱)性(?:検査|スキャン|テスト|評価)|ペネトレーション|侵入テスト|審査|外部監査|監査法人|第三者(?:機関)?(?:による|の)[^。]{0,15}(?:監査|評価)|SOC ?[12]|(?:復旧|復元|リストア|切り?替え?|フェ[イー]ルオーバー|DR|BCP|バックアップ)[^。、]{0,8}(?:テスト|訓練|試験|演習)`)
	insideJa   = pattern.New(`教育|研修|eラーニング|講習|内部監査|マネジメントレビュー|棚卸|アクセス権|権限の見直|規程|見直し|従業員|社員|職員|パスワード|入退室|社内`)
	passwordJa = pattern.New(`パスワード|セッション|タイムアウト|ログイン|トークン|ロック(?:アウト|され)|文字(?:数|以上|以内|以下)|お試し|トライアル|無料期間|キャンペーン`)
	paymentJa  = pattern.New(`支払|入金|納付|返金|払戻|振込|請求書|課金|違約金|損害|延滞|クレジット|検収|納品|出荷|配送`)
	backupJa   = pattern.New(`バックアップ|スナップショット`)
	keptJa     = pattern.New(`バックアップ|ログ|データ|履歴|記録|証跡|スナップショット|情報|ファイル`)
	responseJa = pattern.New(`(?:対応|回答|返信|返答|着手|復旧|修正|解決|対処|是正|修復|回復|応答|適用)(?:作業|処理|対応|完了)?(?:(?:は|を|に|も|が)?(?:し(?:ます|て|、|ており)|する|いたし|致し|行[いうっわな]|開始|着手|実施|努め|目標|目指|完了|させ|され)|[)。]|$)`)
	reportJa   = pattern.New(`(?:報告書|レポート)[^。、]{0,20}(?:提出|送付|提示|交付)`)
	answerTime = pattern.New(`(?:回答|応答|返信|対応|着手|初動|解決)(?:の|まで|に要する|開始|目標)*(?:時間|期限|所要時間)`)
	supportJa  = pattern.New(`問い?合わ?せ|依頼|要望|チケット|サポート|申告|障害|インシデント|(?:脆弱|ぜい弱)性|事故|故障|不具合|緊急|深刻度|重大度|優先度`)
	handoverJa = pattern.New(`(?:開示|提供|提出|返却|交付|発行|送付|納入|引き?渡し)(?:(?:は|を)?(?:し(?:ます|て)|する|いたし|致し|行[いうっ])|[)。]|$)`)
	monitorJa  = pattern.New(`アラート|監視(?:員|者|システム|ツール)`)
	ableJa     = pattern.New(`(?:できる|可能な|とれる|取れる|行える)(?:よう|体制|機能|仕組み|環境)|体制を|よう(?:に)?努め`)

	promptJa  = pattern.New(`速やか|すみやか|直ち|ただち|遅滞なく|遅滞無く|早急|迅速|即時|即座|至急|可及的|できる(?:限り|だけ)(?:早|速)|早期`)
	needJa    = pattern.New(`適宜|必要に応じ|随時|適時|適切な(?:時期|タイミング)|都度`)
	mayJa     = pattern.New(`(?:こと|場合)が(?:あり(?:ます|得)|ある|ございます)|(?:でき|行え)る(?:もの|こと)と`)
	aheadJa   = pattern.New(`事前|前もって|あらかじめ|予め|に先立[ちっ]|(?:する|実施の?|の実施|開始|変更|停止|作業)前に|数(?:日|時間|週間)(?:前|から)`)
	triggerJa = pattern.New(`場合|際|とき|時(?:は|には|に|、|点)|次第|たら|ときは|前に|事前|後[、に]|より|から`)
	// doneNoun and doneVerb match a duty whose noun stands before the time and whose verb says
	// only that it is done.
	doneNoun = pattern.New(`(通知|連絡|報告|お知らせ|案内|告知|削除|消去|廃棄|回答|返信|返却|復旧|修正|対応)(?:の時期)?(?:は|を|については|に関しては|につきましては)、?[^。]*$`)
	doneVerb = pattern.New(`(?:に|を|と|で)(?:行[いうっ]|実施|いたし|致し|し(?:ます|て|ており)|する|完了|目標)|です|とします`)
	// afterKeeping matches what follows a time of keeping once it is over.
	afterKeeping = pattern.New(`(?:した|の)後|その後|(?:経過|満了|終了)後`)
	thresholdJ   = pattern.New(`^[^。、]{0,18}(?:場合|とき|際|[たるの]時)(?:は|に|には|、)`)
)

// stemsJa lists what the verbs of a duty begin with: a sentence without a length and without
// one of them promises nothing.
var stemsJa = []string{
	"通知", "連絡", "報告", "知らせ", "案内", "アナウンス", "周知", "告知", "通報", "一報", "公表", "公開", "掲載", "掲示", "配信", "発信", "開示", "提供", "共有",
	"削除", "消去", "廃棄", "破棄", "抹消", "返却", "消滅", "対応", "回答", "返信", "返答", "着手", "復旧", "修正", "解決", "対処", "是正", "修復", "回復", "応答", "適用",
}

// readJapanese reads a Japanese statement.
func (s *statement) readJapanese() []found {
	if len(s.lengths) == 0 && !slices.ContainsFunc(stemsJa, func(stem string) bool { return strings.Contains(s.text, stem) }) {
		return nil
	}
	text := length.Mask(s.text, without)
	var all []found
	for i := range s.lengths {
		l := &s.lengths[i]
		if f, ok := s.timedJapanese(text, l); ok {
			all = append(all, f)
		}
	}
	if len(all) == 0 && !anyUsable(s.lengths) {
		if f, ok := s.vagueJapanese(text); ok {
			all = append(all, f)
		}
	}
	if len(all) > 0 && s.noPromiseJapanese(text) {
		return nil
	}
	for i := range all {
		all[i].vendor = matches(s.text+" "+s.intro, vendorJa, serviceJa) && !secondJa.MatchString(s.text)
		all[i].may = all[i].may || mayJa.MatchString(text)
		all[i].asked = all[i].duty == response
		s.placeJapanese(text, &all[i])
	}
	return all
}

// noPromiseJapanese reports whether a sentence asks, defines, refuses, tells of the past or
// of others, or names a duty that is not the vendor's.
func (s *statement) noPromiseJapanese(text string) bool {
	return matches(text, askingJa, hearsayJa, definingJa) || refusalJa.MatchString(text) && !promptJa.MatchString(text) ||
		requestJa.MatchString(text) && !politeJa.MatchString(text) || s.pastJapanese(text) || s.foreignJapanese(text)
}

// pastJapanese reports whether a sentence tells what was done; "検知した" within it does not.
func (s *statement) pastJapanese(text string) bool {
	return pastJa.MatchString(text) && !s.fragment
}

// foreignJapanese reports whether the duty of a sentence is not the vendor's to its
// customers: the customer's, of either party, of the law.
func (s *statement) foreignJapanese(text string) bool {
	if eitherJa.MatchString(text) || lawJa.MatchString(text) && !toThemJa.MatchString(text) {
		return true
	}
	if (othersJa.MatchString(text) || dutyJa.MatchString(text)) && !vendorJa.MatchString(text) {
		return true
	}
	topics := customerJa.FindAllStringIndex(text, -1)
	if len(topics) > 0 && !vendorJa.MatchString(text[topics[len(topics)-1][1]:]) {
		return true
	}
	return toUsJa.MatchString(text) && !vendorJa.MatchString(text)
}

// anyUsable reports whether a statement names a time: then it is not vague, and a verb that
// does not go with that time promises nothing.
func anyUsable(lengths []length.Length) bool {
	for _, l := range lengths {
		if l.Role == length.Within || l.Role == length.Before || l.Role == length.After {
			return true
		}
	}
	return false
}

// timedJapanese reads the promise of one length.
func (s *statement) timedJapanese(text string, l *length.Length) (found, bool) {
	f := found{length: l, at: l.From}
	rest := text[l.To:]
	if l.Role == length.Bare || absentJa.MatchString(rest) || (l.Role == length.Within || l.Role == length.After) && thresholdJ.MatchString(rest) {
		return f, false
	}
	verbs := rest
	if s.fragment || l.Role == length.Before || l.Role == length.Every {
		verbs = text + "。" + s.header + "。"
	}
	if noun := doneNoun.FindStringSubmatch(text[:l.From]); noun != nil && doneVerb.MatchString(rest) {
		verbs = noun[1] + "する" + rest // 通知は、…以内に行います
	}
	switch {
	case l.Role == length.Every:
		return s.everyJapanese(text, f)
	case l.Role == length.Keep:
		if deleteJa.MatchString(rest) && afterKeeping.MatchString(rest) {
			f.duty = deletion
			return f, true
		}
		f.duty = state
		return f, keptJa.MatchString(text+s.heading) && !passwordJa.MatchString(text)
	case noticeJa.MatchString(verbs), s.fragment && tellTime.MatchString(verbs), showJa.MatchString(verbs) && s.topical(), reportJa.MatchString(verbs) && matches(text, toThemJa, incidentJa):
		f.duty = notice
		return f, l.Role != length.Before || !paymentJa.MatchString(text) || changeJa.MatchString(text)
	case paymentJa.MatchString(text) || passwordJa.MatchString(text):
		return f, false
	case (deleteJa.MatchString(verbs) || certifies.MatchString(verbs) && deleteJa.MatchString(text)) && l.Role != length.Before:
		f.duty = deletion
		return f, true
	case l.Role == length.Before:
		return f, false
	case !monitorJa.MatchString(text) && (responseJa.MatchString(verbs) || s.fragment && answerTime.MatchString(verbs)) && supportJa.MatchString(text+s.intro+s.asked+s.heading+s.header+s.label),
		handoverJa.MatchString(verbs) && requestedJa.MatchString(text):
		f.duty = response
		return f, true
	case s.fragment && severityLabel.MatchString(s.label) && s.tableOfResponses():
		f.duty = response
		return f, true
	}
	return f, false
}

// everyJapanese reads a duty that comes at intervals.
func (s *statement) everyJapanese(text string, f found) (found, bool) {
	switch {
	case roundJa.MatchString(text + s.asked):
		f.duty = round
	case deleteJa.MatchString(text) && !passwordJa.MatchString(text):
		f.duty = round
	case insideJa.MatchString(text):
		return f, false
	case backupJa.MatchString(text + s.heading):
		f.duty = state
	case noticeJa.MatchString(text) && toThemJa.MatchString(text) && !incidentJa.MatchString(text):
		f.duty = round // a report at intervals
	case noticeJa.MatchString(text) && incidentJa.MatchString(text), s.fragment && severityLabel.MatchString(s.label):
		f.duty = notice // updates in the course of an incident
	default:
		return f, false
	}
	return f, true
}

// vagueJapanese reads a promise without a length.
func (s *statement) vagueJapanese(text string) (found, bool) {
	f := found{}
	telling, showing, deleting, responding := noticeJa.MatchString(text), showJa.MatchString(text), deleteJa.MatchString(text), responseJa.MatchString(text)
	if !telling && !showing && !deleting && !responding || !triggerJa.MatchString(text) && !promptJa.MatchString(text) && !needJa.MatchString(text) {
		return f, false
	}
	prompt, need, ahead := promptJa.FindStringIndex(text), needJa.FindStringIndex(text), aheadJa.FindStringIndex(text)
	for _, at := range [][]int{need, ahead, prompt} {
		if at != nil {
			f.at = at[0]
		}
	}
	f.vague, f.may, f.ahead = true, need != nil, ahead != nil
	topical := func() bool {
		_, sure := s.topicJapanese(f)
		return sure
	}
	switch {
	case ableJa.MatchString(text) && !telling, insideJa.MatchString(text):
		return f, false
	case (telling || showing && (prompt != nil || need != nil)) && topical():
		f.duty = notice
		return f, ahead == nil || s.plannedJapanese(text)
	case deleting && endedJa.MatchString(text) && triggerJa.MatchString(text) && (!s.fragment || s.intro != ""):
		f.duty = deletion
		return f, true
	case responding && prompt != nil && troubleJa.MatchString(text+s.earlier) && triggerJa.MatchString(text):
		f.duty = response
		return f, true
	}
	return f, false
}

// plannedJapanese reports whether a sentence names something that is announced in advance.
func (s *statement) plannedJapanese(text string) bool {
	return matches(text, maintenanceJa, changeJa)
}
