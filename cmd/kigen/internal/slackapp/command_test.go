package slackapp_test

import (
	"strings"
	"testing"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Each command in both languages, as people type it.
func TestCommands(t *testing.T) {
	tests := []struct {
		typed  string
		ja, en []string
	}{
		{"", []string{"kigen の使い方", "/kigen log"}, []string{"How to use kigen", "/kigen log"}},
		{"help", []string{"kigen の使い方", "Asia/Tokyo"}, []string{"How to use kigen", "Asia/Tokyo"}},
		{"HELP", []string{"kigen の使い方"}, []string{"How to use kigen"}},
		{"frobnicate now", []string{"`frobnicate` というコマンドはありません", "/kigen list"}, []string{"Unknown command `frobnicate`", "/kigen list"}},
		{"&lt;!channel&gt;", []string{"&lt;!channel&gt;"}, []string{"&lt;!channel&gt;"}},
		{"deadline sotas 2026-05-02 22:10", []string{"Sotas", "5月7日(木) 09:00 (Asia/Tokyo)", "4日10時間", "憲法記念日", "確約"}, []string{"Sotas", "Thu 7 May 09:00 (Asia/Tokyo)", "4 d 10 h", "Constitution Memorial Day", "firm"}},
		{"deadline sotas “2026-05-02 22:10”", []string{"5月7日(木) 09:00"}, []string{"Thu 7 May 09:00"}},
		{"deadline SOTAS --start=2026-05-02T22:10+09:00", []string{"5月7日(木) 09:00"}, []string{"Thu 7 May 09:00"}},
		{"deadline\u3000ｓｏｔａｓ\u3000２０２６－０５－０２\u3000２２：１０", []string{"5月7日(木) 09:00"}, []string{"Thu 7 May 09:00"}},
		{"deadline cybertrust 2026-05-02 22:10", []string{"期限: *通知期限の定めなし*"}, []string{"Due: *no commitment*"}},
		{"deadline sotas yesterday", []string{"時刻「yesterday」: 時刻がありません"}, []string{"Time “yesterday”: the time of day is missing: write it as"}},
		{"deadline sotas 5/1 18:00", []string{"5/1 は国により月・日・年の順が異なる"}, []string{"5/1 is ambiguous"}},
		{"deadline sotas ２０２６年５月２日　２２時１０分", []string{"5月7日(木) 09:00"}, []string{"Thu 7 May 09:00"}},
		{"deadline sotas R8.5.2 午後10時10分 JST", []string{"5月7日(木) 09:00"}, []string{"Thu 7 May 09:00"}},
		{"deadline sotas 今日 0:00", []string{"時刻: 「今日 0:00」を", "(Asia/Tokyo)と解釈しました"}, []string{"Time: “今日 0:00” read as ", "(Asia/Tokyo)"}},
		{"deadline sotas", []string{"時刻がありません", "/kigen deadline sotas 2026-05-02 22:10"}, []string{"time is missing", "/kigen deadline sotas 2026-05-02 22:10"}},
		{"deadline", []string{"ベンダーと時刻がありません"}, []string{"Vendor and time are missing"}},
		{"deadline nobody 2026-05-02 22:10", []string{"登録されていないベンダー", "sotas"}, []string{"Vendor “nobody”: is not known", "sotas"}},
		{"deadline sotas 2199-12-31 22:10", []string{"カレンダーの範囲外"}, []string{"outside the years"}},
		{"show", []string{"番号がありません"}, []string{"number is missing"}},
		{"show x", []string{"`x` はインシデントの番号ではありません"}, []string{"`x` is not an incident number"}},
		{"show KGN-9999", []string{"そのインシデントはありません"}, []string{"Incident not found"}},
		{"list nobody", []string{"`nobody` は登録されていないベンダー"}, []string{"`nobody` is not a known vendor"}},
		{"list cybertrust", []string{"通知待ちのインシデントはありません"}, []string{"No open incidents"}},
		{"log nobody", []string{"`nobody` は登録されていないベンダー"}, []string{"`nobody` is not a known vendor"}},
		{"log nobody 何か起きた", []string{"ベンダー「nobody」: 登録されていないベンダー"}, []string{"Vendor “nobody”: is not known"}},
		{"log sotas " + strings.Repeat("長", 301), []string{"300文字を超えています"}, []string{"longer than 300 characters"}},
		{"log sotas 画面 &amp; API が &lt;遅い&gt;", []string{"KGN-1|KGN-1>* を登録しました", "画面 &amp; API が &lt;遅い&gt;", "起算点は推定"}, []string{"KGN-1|KGN-1>* logged", "画面 &amp; API が &lt;遅い&gt;", "the start is assumed"}},
		{"list", []string{"期限前 1件", "KGN-1", "画面 &amp; API", "残り6時間", "担当者なし"}, []string{"1 running", "KGN-1", "画面 &amp; API", "6 h left", "unassigned"}},
		{"list sotas", []string{"KGN-1"}, []string{"KGN-1"}},
		{"show kgn-1", []string{"KGN-1", "Sotas", "期限前", "担当者なし", "根拠", "担当する"}, []string{"KGN-1", "Sotas", "running", "unassigned", "Promised", "Acknowledge"}},
		{"show 1", []string{"KGN-1"}, []string{"KGN-1"}},
		{"withdraw", []string{"番号がありません"}, []string{"number is missing"}},
		{"withdraw KGN-1 別件", []string{"通知の番号がありません", "/kigen withdraw KGN-3 1"}, []string{"number of the notice is missing"}},
		{"withdraw KGN-1 1", []string{"理由がありません", "/kigen withdraw"}, []string{"reason is missing"}},
		{"withdraw KGN-1 1 別件", []string{"KGN-1には記録された通知がありません"}, []string{"KGN-1: it has none"}},
		{"reopen KGN-1 誤り", []string{"KGN-1は取り消されていません"}, []string{"is not cancelled"}},
		{"waive KGN-1", []string{"約束のIDがありません"}, []string{"promise is missing"}},
		{"waive KGN-1 other 合意", []string{"incident-notice から選んで"}, []string{"use one of incident-notice"}},
		{"waive KGN-1 incident-notice 合意済み", []string{"incident-notice を免除しました", "*免除*"}, []string{"incident-notice is waived", "waived"}},
		{"unwaive KGN-1 ｉｎｃｉｄｅｎｔ－ｎｏｔｉｃｅ 誤り", []string{"免除を解除しました", "期限前"}, []string{"counts again", "running"}},
		{"unwaive KGN-1 incident-notice 誤り", []string{"免除されていません"}, []string{"not waived"}},
	}
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, lang)
			for _, test := range tests {
				want := test.en
				if lang == "ja" {
					want = test.ja
				}
				t.Run(test.typed, func(t *testing.T) { wantWords(t, w.command(test.typed), want...) })
			}
			if strings.Contains(w.log.String(), "secret") {
				t.Errorf("the log holds a secret:\n%s", w.log)
			}
		})
	}
}

// The short form records who typed it, and the form's origin.
func TestLoggedFromACommand(t *testing.T) {
	w := newWorld(t, "en")
	wantWords(t, w.command("log sotas Sign-in fails"), "KGN-1", "Sotas", "Sign-in fails")
	inc := w.incident(1)
	if inc.Title != "Sign-in fails" || inc.Vendor != "sotas" {
		t.Errorf("logged %q at %q", inc.Title, inc.Vendor)
	}
	if got := w.done(1, sla.EventLogged); len(got) != 1 || got[0] != "logged by mori (slack:U0MORI)" {
		t.Errorf("the history says %q", got)
	}
}

// A person takes back a notice and a cancellation; the history names them.
func TestUndoneFromCommands(t *testing.T) {
	w := newWorld(t, "en")
	w.command("log sotas Sign-in fails")
	if _, err := w.track.Notice(t.Context(), tracker.Request{Actor: "ueda"}, 1, tracker.NoticeEntry{Channel: "email"}); err != nil {
		t.Fatal(err)
	}
	wantWords(t, w.command("show 1"), "no. 1")
	wantWords(t, w.command("withdraw KGN-1 No.1 “another matter”"), "no. 1", "withdrawn", "Sign-in fails", "running")
	wantWords(t, w.command("show 1"), "no. 1", "(withdrawn)")
	if n := w.incident(1).Notices[0]; n.Withdrawal.Reason != "another matter" || n.Withdrawal.By != "mori (slack:U0MORI)" {
		t.Errorf("withdrawn: %+v", n.Withdrawal)
	}
	if _, err := w.track.Cancel(t.Context(), tracker.Request{Actor: "ueda"}, 1, "a drill"); err != nil {
		t.Fatal(err)
	}
	wantWords(t, w.command("reopen KGN-1 it was none"), "open again", "Sign-in fails", "running")
	if got := w.done(1, sla.EventReopened); len(got) != 1 || got[0] != "reopened by mori (slack:U0MORI)" {
		t.Errorf("the history says %q", got)
	}
}

// From a channel that is not configured only help is to be had.
func TestElsewhere(t *testing.T) {
	w := newWorld(t, "en")
	inc := w.logs("sotas", "a secret of ours")
	outside := w.mori()
	outside.Channel = "C0ELSEWHERE"
	for _, text := range []string{"list", "show KGN-1", "deadline sotas 2026-05-02 22:10", "log sotas x", "log", "nonsense"} {
		w.send(w.socket.Command(outside, text))
		answer := w.answer()
		wantWords(t, answer.Shown(), "in these channels only: <#"+channel+">")
	}
	w.send(w.socket.Command(outside, "help"))
	answer := w.answer()
	wantWords(t, answer.Shown(), "How to use kigen")
	for _, action := range []string{"kigen_ack", "kigen_notice", "kigen_snooze", "kigen_chaser", "kigen_list"} {
		w.send(w.socket.Click(outside, action, inc.ID.String()))
		answer := w.answer()
		wantWords(t, answer.Shown(), "in these channels only")
	}
	if got := w.done(inc.ID, sla.EventAcknowledged); got != nil {
		t.Errorf("somebody outside did %q", got)
	}
}

// A long list comes in pages, and every open incident is on one of them.
func TestListPages(t *testing.T) {
	w := newWorld(t, "en")
	for range 23 {
		w.logs("sotas", strings.Repeat("期&", 150))
	}
	w.send(w.socket.Command(w.mori(), "list"))
	seen := map[string]bool{}
	for page := 1; ; page++ {
		answer := w.answer()
		for _, line := range strings.Split(answer.Shown(), "\n") {
			if id, _, ok := strings.Cut(strings.TrimPrefix(line, "*<https://kigen.example.jp/incidents/"), "|"); ok && strings.HasPrefix(id, "KGN-") {
				if seen[id] {
					t.Errorf("%s is listed twice", id)
				}
				seen[id] = true
			}
		}
		value := buttonValue(t, answer.Blocks, "kigen_list")
		if (value == "") != (page == 3) {
			t.Fatalf("page %d has a button for more: %v", page, value != "")
		}
		if answer.Replace != (page > 1) {
			t.Errorf("page %d takes the place of the one before: %v", page, answer.Replace)
		}
		if value == "" {
			break
		}
		w.send(w.socket.Click(w.mori(), "kigen_list", value))
	}
	if len(seen) != 23 {
		t.Errorf("%d of 23 incidents are listed", len(seen))
	}
}
