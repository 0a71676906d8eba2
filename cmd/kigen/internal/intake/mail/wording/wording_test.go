package wording_test

import (
	"testing"

	"kigen/cmd/kigen/internal/intake/mail/wording"
	"kigen/sla/inbox"
)

// TestKinds reads subjects and texts as vendors phrase them.
func TestKinds(t *testing.T) {
	const (
		first, followup, final, recovery = inbox.KindFirst, inbox.KindFollowup, inbox.KindFinal, inbox.KindRecovery
		planned, weakness, unrelated     = inbox.KindMaintenance, inbox.KindVulnerability, inbox.KindUnrelated
	)
	for _, c := range []struct {
		subject, text string
		want          inbox.Kind
	}{
		{"サービス停止のお詫び", "本日9時15分頃より、サービスにログインできない事象が発生しております。現在復旧作業を行っております。", first},
		{"【緊急】システム障害のお知らせ", "下記のとおり障害が発生しております。\n復旧見込み:未定", first},
		{"個人情報の漏えいに関するお詫びとお知らせ", "弊社サーバーへの第三者による不正アクセスにより、お客様情報の一部が漏えいした可能性があることが判明いたしました。", first},
		{"【一次報告】データ連携の遅延", "データ連携に遅延が発生しています。原因は調査中です。", first},
		{"ご利用サービスへの影響について", "データセンターの電源設備の故障により、一部のサーバーが停止しております。", first},
		{"[ALERT] API errors", "We are currently experiencing elevated error rates on the API. Our engineers are investigating.", first},
		{"Notice of data breach", "We are writing to inform you of an incident that may involve your data. An unauthorized party accessed a database.", first},
		{"Service disruption in region JP-East", "Some customers are unable to log in since 09:15 JST. We are working on a fix.", first},
		{"【第2報】システム障害のお知らせ", "原因を特定し、復旧作業を行っております。", followup},
		{"【続報】個人情報の漏えいについて", "影響を受けたお客様は120名であることが判明しました。", followup},
		{"システム障害の経過報告", "データベースの修復を進めております。", followup},
		{"障害の原因調査の進捗について", "ログの解析を行い、対象の範囲を特定しました。", followup},
		{"Update: API errors", "We have identified the cause and are rolling out a fix.", followup},
		{"[UPDATE 3] Service disruption", "The fix has been deployed to 80% of the hosts.", followup},
		{"本日の障害について", "先ほどご連絡した障害につきまして、影響範囲が判明しましたのでお知らせします。対象は東日本のお客様です。", followup},
		{"【復旧済】システム障害のお知らせ", "下記の障害は復旧しました。", recovery},
		{"システム障害の復旧について", "9時15分より発生しておりました障害は、11時40分に復旧いたしました。", recovery},
		{"【回復】接続障害", "接続障害は回復しました。", recovery},
		{"サービス再開のお知らせ", "停止しておりましたサービスは、現在は復旧しております。ご迷惑をおかけしました。", recovery},
		{"[Resolved] API errors", "This incident has been resolved.", recovery},
		{"API is back to normal", "The service has returned to normal. The incident lasted 40 minutes.", recovery},
		{"障害報告書の送付について", "先日の障害について、報告書をお送りします。原因:電源の故障", final},
		{"【最終報】不正アクセスについて", "調査が完了しましたので、結果をご報告します。", final},
		{"不正アクセスに関する調査結果のご報告", "第三者機関による調査が完了いたしました。漏えいした情報は次のとおりです。", final},
		{"Root cause analysis: API errors", "Please find the RCA below.", final},
		{"Final report: data breach", "The investigation has concluded.", final},
		{"システム障害の原因と再発防止策について", "原因は設定の誤りでした。再発防止策として確認手順を追加しました。", final},
		{"【メンテナンス】サーバー増強作業", "下記の日程でメンテナンスを実施いたします。", planned},
		{"計画停止のお知らせ(4月)", "設備点検のため、サービスを停止いたします。", planned},
		{"回線工事のご案内", "下記の日時に工事を実施します。", planned},
		{"【重要】緊急メンテナンス実施のお知らせ", "障害対応のため、緊急メンテナンスを実施いたします。", planned},
		{"データベースのバージョンアップ作業のお知らせ", "以下の日程で作業を実施いたします。作業中は利用できません。", planned},
		{"Scheduled maintenance on April 3", "We will perform maintenance. The service will be unavailable.", planned},
		{"Planned network upgrade", "During the change window, short interruptions are expected.", planned},
		{"【重要】脆弱性(CVE-2027-1234)への対応について", "弊社製品に脆弱性が見つかりました。修正版を適用してください。", weakness},
		{"Security advisory 2027-04", "A vulnerability was found in the agent. Please update.", weakness},
		{"【障害】脆弱性を悪用した不正アクセスについて", "脆弱性を悪用され、サーバーへの不正アクセスが発生しました。", first},
		{"【障害】メンテナンス作業後のログイン不可について", "作業後にログインできない事象が発生しています。", first},
		{"自動応答: お問い合わせ", "ただいま不在にしております。", unrelated},
		{"不在のお知らせ Re: 障害の件", "3月5日まで休暇をいただいております。障害のお問い合わせは窓口まで。", unrelated},
		{"お問い合わせを受け付けました", "お問い合わせありがとうございます。担当者よりご連絡いたします。", unrelated},
		{"[#1234] Ticket received", "We have received your request about the outage.", unrelated},
		{"【訓練】インシデント発生のお知らせ", "これは訓練です。不正アクセスを検知しました。", unrelated},
		{"セキュリティセミナーのご案内", "不正アクセスの事例を解説するセミナーを開催します。お申し込みはこちら。", unrelated},
		{"料金改定のお知らせ", "4月1日より料金を改定いたします。", unrelated},
		{"3月分ご請求書", "請求書を発行しました。", unrelated},
		{"契約更新のご案内", "契約の更新時期が近づいております。", unrelated},
		{"ゴールデンウィーク期間中のサポート窓口について", "下記の期間、サポート窓口を休業いたします。障害の受付は通常どおり行います。", unrelated},
		{"担当者変更のお知らせ", "4月より担当が山田に変わります。", unrelated},
		{"【訂正】障害のお知らせ", "先ほどの障害のお知らせに誤りがありました。お詫びして訂正いたします。", followup},
		{"先ほどのメールについて", "先ほどお送りした障害の通知は誤送信でした。破棄をお願いいたします。", followup},
	} {
		if got := wording.Read(wording.Mail{Subject: c.subject, Text: c.text}); got.Kind != c.want {
			t.Errorf("%s / %s: %s, want %s (%+v)", c.subject, c.text, got.Kind, c.want, got)
		}
	}
}

// TestSays: what reports something about an incident, and what only sounds like it.
func TestSays(t *testing.T) {
	for text, want := range map[string]bool{
		"バッチの再実行により、決済が二重に請求されておりました。":             true,
		"原因は電源装置の故障です。":                            true,
		"該当するリンクを無効化いたしました。":                       true,
		"現在、認証サーバーの切替えを実施しています。":                   true,
		"We have revoked the stolen API key.":      true,
		"Root cause: an expired certificate":       true,
		"ご連絡ありがとうございます。":                           false,
		"担当部署に確認のうえ、あらためてご回答いたします。":                false,
		"お問い合わせの障害の件、現在調査中です。判明次第ご連絡いたします。":        false,
		"添付の報告書をご査収ください。":                          false,
		"お打ち合わせの日程をご相談させてください。":                    false,
		"承知しました。":                                  false,
		"We are looking into this and will reply.": false,
		"Thank you, noted.": false,
		"詳細はマイページをご覧ください。": false,
	} {
		if got := wording.Read(wording.Mail{Text: text, Reply: true}); got.Says != want {
			t.Errorf("%s: says %t, want %t", text, got.Says, want)
		}
	}
}

// TestAgainst: what speaks against taking a mail by itself.
func TestAgainst(t *testing.T) {
	for text, want := range map[string][3]bool{ // not affected, correction, drill
		"貴社への影響はございません。":                                                            {true, false, false},
		"お客様のご利用環境は今回の障害の対象外です。":                                                    {true, false, false},
		"貴社のデータは漏えいの対象に含まれておりません。":                                                  {true, false, false},
		"Your account was not affected.":                                            {true, false, false},
		"This did not impact your data.":                                            {true, false, false},
		"There was no impact on your environment.":                                  {true, false, false},
		"他のサービスへの影響はございません。":                                                        {false, false, false},
		"No further accounts of your tenant are affected beyond the four we named.": {false, false, false},
		"発行済みの証明書への影響はございません。":                                                      {false, false, false},
		"影響範囲:貴社を含む120社":                                                            {false, false, false},
		"先ほどの通知は取り消します。":                                                            {false, true, false},
		"先ほどお送りしたメールは破棄してください。":                                                     {false, true, false},
		"ご案内した日時に誤りがございました。":                                                        {false, true, false},
		"Please disregard our previous email.":                                      {false, true, false},
		"The alert was a false positive.":                                           {false, true, false},
		"誤って別のお客様に送信した契約書を削除しました。":                                                  {false, false, false},
		"本メールは訓練のために送信しています。":                                                       {false, false, true},
		"This is only a test.":                                                      {false, false, true},
		"The faulty release was withdrawn at 21:40":                                 {false, false, false},
	} {
		got := wording.Read(wording.Mail{Text: text})
		if is := [3]bool{got.NotAffected, got.Correction, got.Drill}; is != want {
			t.Errorf("%s: %v, want %v", text, is, want)
		}
	}
}
