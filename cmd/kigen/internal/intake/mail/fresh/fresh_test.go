package fresh_test

import (
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/intake/mail/fresh"
)

// TestSplit: what is new, in the styles of quoting that mailers and people use.
func TestSplit(t *testing.T) {
	const news = "原因は電源装置の故障です。"
	for name, text := range map[string]string{
		"top posting":        news + "\n\n2027年3月2日(火) 11:20 SOC <soc@ours.example>:\n> 旧い文\n> KGN-1\n",
		"English":            news + "\n\nOn Tue, Mar 2, 2027 at 11:20 AM SOC <soc@ours.example> wrote:\n> 旧い文\n",
		"English, wrapped":   news + "\n\nOn Tue, Mar 2, 2027 at 11:20 AM SOC\n<soc@ours.example> wrote:\n\n> 旧い文\n",
		"no marks":           news + "\n\nOn Tue, Mar 2, 2027 at 11:20 AM SOC <soc@ours.example> wrote:\n旧い文\n",
		"Outlook":            news + "\n\n-----Original Message-----\nFrom: SOC\nSent: Tuesday\nTo: a\nSubject: b\n\n旧い文\n",
		"Outlook, Japanese":  news + "\n\n________________________________\n差出人: SOC <soc@ours.example>\n送信日時: 2027年3月2日\n宛先: a\n件名: b\n\n旧い文\n",
		"Outlook, bare":      news + "\n\nFrom: SOC <soc@ours.example>\nSent: Tuesday\nTo: a\nSubject: b\n\n旧い文\n",
		"original, Japanese": news + "\n----- 元のメッセージ -----\n旧い文\n",
		"full-width marks":   news + "\n＞旧い文\n＞KGN-1\n",
		"さん":                 news + "\n2027/03/02 11:20、SOC <soc@ours.example> さんは書きました:\n> 旧い文\n",
		"bottom posting":     "On Tue, Mar 2, 2027 at 11:20 AM SOC <soc@ours.example> wrote:\n> 旧い文\n\n" + news + "\n",
		"signature":          news + "\n-- \n旧い文\n",
		"list footer":        news + "\n_______________________________________________\n旧い文 mailing list\n",
		"help desk":          "##- この行より上に返信を入力してください -##\n\n" + news + "\n\n--------------------------------\n旧い文\n",
		"help desk, English": "-- Please type your reply above this line --\n\n" + news + "\n\n----------------------------------------\n旧い文\n",
	} {
		got := fresh.Split(text)
		if !strings.Contains(got.New, news) || strings.Contains(got.New, "旧い文") || strings.Contains(got.New, "KGN") {
			t.Errorf("%s: %q", name, got.New)
		}
	}
}

// TestKept: what looks like a quotation and is none.
func TestKept(t *testing.T) {
	for _, text := range []string{
		"|発生|2027/03/04|\n|検知|2027/03/04|\n",
		"日時: 2027/03/04 10:00\n件名: 通信断\n影響: あり\n",
		"発生日時:\n2027年3月4日 10:00\n",
		"--------------------\n障害番号: 1\n--------------------\n発生: 10:00\n",
		"連絡先: desk@vendor.example\n発生: 10:00\n",
		"On March 4 we detected a problem.\nIt has been fixed.\n",
	} {
		if got := fresh.Split(text).New; got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestInner: the mail inside a forwarded one.
func TestInner(t *testing.T) {
	got := fresh.Split("共有します。\n\n---------- Forwarded message ---------\nFrom: ベンダー <noc@vendor.example>\nDate: 2027年3月2日(火) 11:20\nSubject: 障害\nTo: a\n\n発生: 10:00\n")
	if !got.Marked || got.Inner == nil || got.Inner.From != "ベンダー <noc@vendor.example>" || got.Inner.Subject != "障害" || !strings.Contains(got.Inner.Text, "発生: 10:00") {
		t.Errorf("%+v %+v", got, got.Inner)
	}
}

// TestOurs: our own enquiry without a mark of quotation.
func TestOurs(t *testing.T) {
	if !fresh.Split("確認します。\n事象: 接続断\n弊社管理番号: KGN-1\n").Ours || fresh.Split("KGN-1 の件、復旧しました。\n").Ours {
		t.Error("our own lines are not told apart")
	}
}
