package clause_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kigen/sla/clause"
)

// reading writes what was proposed, one line each.
func reading(text string) string {
	var b strings.Builder
	for _, p := range clause.Read(clause.Lines(text)).Promises {
		start := p.Start
		if start == "" {
			start = "-"
		}
		about := p.About
		if about == "" {
			about = "-"
		}
		fmt.Fprintf(&b, "%s %s %s %s\n", about, start, clause.Flow(p.Due), p.Strength)
	}
	return strings.TrimSpace(b.String())
}

// TestReadings shows how each known difficulty is read; "" promises nothing to customers.
func TestReadings(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"whose duty: the customer's", "契約者は、事故を発見した場合、24時間以内に当社に連絡するものとします。", ""},
		{"whose duty: the vendor's after the customer's condition", "お客様は解約を申し出ることができ、当社は30日以内にデータを消去します。", "contract_end ended {days: 30} firm"},
		{"whose duty: either party's", "Either party shall notify the other of a breach within 10 days.", ""},
		{"whose duty: the law's", "Under the regulation a controller must notify the supervisory authority within 72 hours.", ""},
		{"whose duty: of what the notice allows", "We will give customers 30 days' notice of a new sub-processor, giving them time to object within 10 days.", "change scheduled {before: {days: 30}} firm"},
		{"whose duty: our own staff's", "Monitoring alerts our engineers within 5 minutes of an outage.", ""},
		{"a notice that is excluded", "当社は、事前に通知することなく、7日以内にサービスを変更できます。", ""},

		{"a table whose verb stands in the header", "| 深刻度 | 初回の通知 | 続報 |\n|---|---|---|\n| 緊急 | 30分以内 | 2時間ごと |\n", "incident - 30m firm\nincident - {every: 2h} firm"},
		{"a table whose verb stands in the label", "| 項目 | 内容 |\n|---|---|\n| 障害通知時間 | 1時間以内 |\n| 解約後のデータ消去 | 60日以内 |\n| 稼働率 | 99.9% |\n", "incident - 1h firm\ncontract_end ended {days: 60} firm"},
		{"a table of severities of a support desk", "# Support\n\n| Priority | First response |\n|---|---|\n| High | 4 business hours |\n", "- requested {business_hours: 4h} firm"},

		{"the start in the next sentence", "重大な障害は4時間以内にお客様へ通知します。起算点は当社が検知した時刻とします。", "incident detected 4h firm"},
		{"the start in the next sentence, English", "We will inform customers of a breach within 48 hours. The period starts when we confirm the breach.", "incident confirmed 48h firm"},
		{"the length in the next sentence", "インシデントが判明した場合は、速やかにお客様へ通知します。遅くとも48時間以内です。", "incident detected 48h firm"},
		{"the length in the next sentence, English", "We notify customers of a breach promptly. No later than 36 hours.", "incident - 36h firm"},
		{"what the start binds to", "障害の発生を当社が確認してから2時間以内に通知します。", "incident confirmed 2h firm"},

		{"strength said once for a page", "本ページの数値は目標であり、保証するものではありません。\n\n障害は、検知から1時間以内に通知します。", "incident detected 1h target"},
		{"strength in the sentence", "We aim to notify customers within 24 hours of detecting an incident.", "incident detected 24h target"},
		{"best effort", "お客様には検知から2時間以内に通知するよう努めます。障害の場合に限ります。", "incident detected 2h best_effort"},

		{"a list below 下記の通り", "事故が発生した場合、下記の通り契約者へ連絡します。\n・営業時間内の場合:検知から2時間以内\n・営業時間外の場合:翌営業日の開始時間まで\n", "incident detected {inside_hours: 2h, outside_hours: next_opening} firm"},
		{"a list below a colon", "If a breach affects your data, we will:\n- notify you within 24 hours of becoming aware of it\n- publish a report within 10 days\n", "incident detected 24h firm\nincident - {days: 10} firm"},
		{"a list of what the customer does", "Customer shall:\n- notify us of any misuse within 24 hours\n", ""},
		{"a list of conditions", "Customer may terminate if:\n- we notify it of a breach within 30 days\n", ""},

		{"vague words", "脆弱性が見つかった場合、遅滞なくお客様へお知らせします。", "vulnerability detected as_needed firm"},
		{"words that promise nothing", "インシデントは、必要に応じてお客様へ通知します。", "incident - as_needed as_needed"},
		{"before, without a lead", "We will announce planned maintenance in advance.", "maintenance scheduled {before: 0m} firm"},

		{"calendar dates", "2026年4月1日から30日までの障害は、5月10日に公表しました。", ""},
		{"a day of the month", "障害の報告書は毎月10日までに掲載します。", ""},
		{"a range", "Incident reports are provided within 3 to 5 business days of resolution.", "incident - {business_days: 5} firm"},
		{"a range before", "メンテナンスは2~4週間前にお客様へ告知します。", "maintenance scheduled {before: {weeks: 2}} firm"},
		{"two lengths, the later", "通知は、発生から6時間以内または翌営業日の開始時間の遅い方までに行います。障害が対象です。", "incident occurred {later_of: [next_opening, 6h]} firm"},
		{"hours of service", "24時間365日、障害を監視しています。", ""},

		{"full width", "障害は検知から２４時間以内にお客様へ通知します。", "incident detected 24h firm"},
		{"radicals", "⻑時間の障害は、検知から２時間以内にお客様へ通知します。", "incident detected 2h firm"},
		{"spaces", "障 害 は 検 知 か ら 24 時 間 以 内 に お 客 様 へ 通 知 し ま す。", "incident detected 24h firm"},
		{"broken lines", "障害については、検知から24時間以内に、ご登録いただいた連絡先のメールアドレスへ通\n\n- 3 -\n\n知します。", "incident detected 24h firm"},
		{"a divided word", "We will notify customers of a security inci-\ndent within twenty-\nfour hours of detection.", "incident detected 24h firm"},
		{"contents", "12.1 障害は24時間以内に通知します..... 8\n", ""},
	} {
		if got := reading(test.text); got != test.want {
			t.Errorf("%s: %s\ngot  %q\nwant %q", test.name, test.text, got, test.want)
		}
	}
}

// TestSections: the numbers of sections as papers write them.
func TestSections(t *testing.T) {
	const promise = "障害は、検知から24時間以内にお客様へ通知します。"
	for _, test := range []struct{ text, want string }{
		{"23.1. " + promise, "23.1"},
		{"#### **8. 事故**\n\n- 8.2. " + promise, "8.2"},
		{"第2章 管理策\n7. 事故(16.1.1)\n  1. 目的を定めます。\n  2. " + promise, "第2章 7.2"},
		{"第5条(事故)\n1 目的を定めます。\n2 " + promise, "第5条 2"},
		{"CLD.8.1.5 事故\n\n" + promise, "CLD.8.1.5"},
		{"30技術的対策\n\n" + promise, "30"},
		{"III. 事故\n\n" + promise, "III"},
		{"12 事故\n12.1 対応\n" + promise, "12.1"},
		{promise, ""},
		{"7日前の障害\n\n" + promise, ""},
	} {
		paper := clause.Read(clause.Lines(test.text))
		if len(paper.Promises) != 1 || paper.Promises[0].Section != test.want {
			t.Errorf("%q: %+v, want section %q", test.text, paper.Promises, test.want)
		}
	}
}

// TestQuestions: where reading is unsure, the proposal asks.
func TestQuestions(t *testing.T) {
	for text, want := range map[string][]string{
		"障害は24時間以内に通知します。":            {"whose_duty", "which_start"},
		"当社は、障害を検知してから3営業日を目標に通知します。": {"business_days", "target"},
		"当社は、契約終了後30日以内にデータを消去します。ただし、法令に定めがある場合はこの限りではありません。": {"first_day", "exception"},
		"当社は、メンテナンスを事前に通知します。":                                 {"no_lead"},
		"We will notify you of a breach promptly.":             {"no_length"},
		"We will respond to a request within 1 to 2 days.":     {"first_day", "range", "no_kind"},
	} {
		paper := clause.Read(clause.Lines(text))
		if len(paper.Promises) != 1 {
			t.Errorf("%s: %+v", text, paper.Promises)
			continue
		}
		var got []string
		for _, q := range paper.Promises[0].Questions {
			got = append(got, q.Key)
			for _, lang := range []string{"ja", "en"} {
				if said := q.In(lang); strings.Contains(said, "⟦") || said == "" {
					t.Errorf("%s in %s: %q", q.Key, lang, said)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: asks %v, want %v", text, got, want)
		}
	}
}

// TestUnread lists sentences that hold a time and were not proposed.
func TestUnread(t *testing.T) {
	paper := clause.Read(clause.Lines("パスワードは90日ごとに変更してください。\n\n通信は暗号化しています。\n\n研修を年1回実施しています。\n"))
	var got []string
	for _, u := range paper.Unread {
		got = append(got, fmt.Sprint(u.Line, u.Text))
	}
	if want := []string{"1パスワードは90日ごとに変更してください。", "5研修を年1回実施しています。"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestDocument reads the title, the edition and the business hours of a paper.
func TestDocument(t *testing.T) {
	paper := clause.Read(clause.Lines("株式会社例\n\nクラウドサービス ホワイトペーパー\n\n第2.1版 2026年4月1日 改定\n\n受付時間:平日 9:00~12:00 13:00~17:30(祝日及び当社指定の休日を除く)\n\n障害は、検知から2営業日以内にお客様へ通知します。"))
	if d := paper.Document; d.Title != "クラウドサービス ホワイトペーパー" || d.Edition != "第2.1版, 2026-04-01" {
		t.Errorf("%+v", d)
	}
	c := paper.Promises[0].Calendar
	if c == nil || !slices.Equal(c.Hours["mon-fri"], []string{"09:00-12:00", "13:00-17:30"}) || c.Holidays != "jp" || c.Closures != "当社指定の休日" || c.Zone != "Asia/Tokyo" {
		t.Errorf("%+v", c)
	}
	if due := clause.Flow(paper.Promises[0].Due); due != "{business_days: 2, ends: close}" {
		t.Error(due)
	}
}

// TestAgainst compares a new edition with the promises that are held.
func TestAgainst(t *testing.T) {
	paper := clause.Read(clause.Lines("ホワイトペーパー\n\n2027年1月1日 改定\n\n7. 事故\n\n障害は、検知から12時間以内にお客様へメールで通知します。\n\n8. 停止\n\n計画停止は、7日前までにお客様へ告知します。\n\n9. 診断\n\n脆弱性診断を年1回実施しています。\n"))
	got := paper.Against("acme", []clause.Known{
		{ID: "incident-notice", About: "incident", Section: "7", Quote: "障害は、検知から24時間以内にお客様へメールで通知します。"},
		{ID: "maintenance-notice", About: "maintenance", Quote: "計画停止は、\n7 日前までにお客様へ告知します。"},
		{ID: "deletion", About: "contract_end", Quote: "契約終了後30日以内にデータを消去します。"},
	})
	if len(got.Changed) != 1 || got.Changed[0].Promise != "incident-notice" || !strings.Contains(got.Changed[0].Now, "12時間") {
		t.Errorf("changed: %+v", got.Changed)
	}
	if len(got.Gone) != 1 || got.Gone[0].Promise != "deletion" {
		t.Errorf("gone: %+v", got.Gone)
	}
	if !slices.Equal(got.Same, []string{"maintenance-notice"}) || len(got.Added) != 1 || got.Effective != "2027-01-01" {
		t.Errorf("%+v", got)
	}
}

// FuzzRead: any text is read in order, and every quotation stands in it.
func FuzzRead(f *testing.F) {
	f.Add("障害は検知から24時間以内にお客様へ通知します。\n| a | 30分以内 |\n")
	f.Add("We will:\n- notify you within two (2) days\n1. delete data\n12 345\n\x00\xff⻑")
	f.Add("第1条\n1 当社は\n\n- 2 -\n\n7日前までに通知します。")
	f.Fuzz(func(t *testing.T, text string) {
		lines := clause.Lines(text)
		paper := clause.Read(lines)
		whole := strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), "")
		for _, p := range paper.Promises {
			if p.Line < 1 || p.Line > len(lines) || p.Quote == "" {
				t.Errorf("line %d of %d: %q", p.Line, len(lines), p.Quote)
			}
			for line := range strings.Lines(p.Quote) {
				if part := strings.Join(strings.Fields(line), ""); !strings.Contains(whole, part) {
					t.Errorf("%q does not stand in the text", part)
				}
			}
		}
	})
}

// FuzzNormalise: normalising twice changes nothing more, and no space stands beside Japanese.
func FuzzNormalise(f *testing.F) {
	f.Add("⼀⽤ ２４ 時間 ( A )")
	f.Add("か\u3099 **x** ﾊﾞ")
	f.Add("か**ﾞ")
	f.Add("か゛ e\u200b\u0301 a\u0301\u200b\u0323")
	f.Add("ᄀ**ᅡ\u200bᆨ")
	f.Add("a" + strings.Repeat("\u0301", 40))
	f.Add("e" + strings.Repeat("\u0301\u200b\u0323*\u0344*", 40))
	f.Add(strings.Repeat("\ufdfa", 6000)) // eleven times as long in NFKC
	f.Fuzz(func(t *testing.T, text string) {
		once := clause.Normalise(strings.ToValidUTF8(text, ""))
		if twice := clause.Normalise(once); twice != once {
			t.Errorf("%q becomes %q and %q", text, once, twice)
		}
	})
}

// TestExtent: the language of a sentence is recognised, so that a third one is not passed
// over in silence.
func TestExtent(t *testing.T) {
	for text, want := range map[string][3]int{
		"当社は通信をすべて暗号化しています。":                                                                               {1, 0, 0},
		"情報セキュリティ管理策実施状況報告書第一版":                                                                            {1, 0, 0},
		"If a force majeure event lasts longer than sixty days either party may terminate.":                {0, 1, 0},
		"Provider maintains business continuity plans, which are tested at least annually.":                {0, 1, 0},
		"我们会在发现安全事件后的二十四小时之内通知所有受影响的客户。":                                                                   {0, 0, 1},
		"本公司將於發現資安事件後二十四小時內通知受影響的客戶與主管機關。":                                                                 {0, 0, 1},
		"Der Anbieter benachrichtigt betroffene Kunden unverzüglich nach Bekanntwerden einer Verletzung.":  {0, 0, 1},
		"Le prestataire informe ses clients dans les plus brefs délais après la découverte d'un incident.": {0, 0, 1},
		"저희는 보안 사고를 인지한 후 24시간 이내에 고객에게 통지합니다.":                                                            {0, 0, 1},
	} {
		e := clause.Read(clause.Lines(text)).Text
		if got := [3]int{e.Japanese, e.English, e.Other}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
