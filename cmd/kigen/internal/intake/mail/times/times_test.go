package times_test

import (
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/mail/times"
	"kigen/sla/inbox"
)

var tokyo = time.FixedZone("JST", 9*3600)

// written is a Thursday.
var written = time.Date(2027, 3, 4, 18, 0, 0, 0, tokyo)

func at(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t
	}
	t, err := time.ParseInLocation("01-02 15:04", s, tokyo)
	if err != nil {
		panic(err)
	}
	return t.AddDate(2027, 0, 0)
}

// TestStated reads the times of an incident: occurred, detected, confirmed, recovered.
func TestStated(t *testing.T) {
	for _, c := range []struct {
		text string
		want [4]string
	}{
		{"発生日時：2027年3月4日(木) 9:15", [4]string{"03-04 09:15"}},
		{"【発生日時】2027年3月4日　9時15分頃", [4]string{"03-04 09:15"}},
		{"・障害発生時刻 3/4 9:15 (JST)", [4]string{"03-04 09:15"}},
		{"事象発生日時=2027-03-04T09:15:00+09:00", [4]string{"03-04 09:15"}},
		{"障害検知：本日 9:15", [4]string{"", "03-04 09:15"}},
		{"検知時刻 令和9年3月4日午前9時15分", [4]string{"", "03-04 09:15"}},
		{"発覚日時　３月４日　９時１５分", [4]string{"", "03-04 09:15"}},
		{"弊社確認日時: 2027/3/4 09:15", [4]string{"", "", "03-04 09:15"}},
		{"事実確認: 2027/3/4 09:15", [4]string{"", "", "03-04 09:15"}},
		{"復旧完了日時：2027/3/4 9:15", [4]string{"", "", "", "03-04 09:15"}},
		{"解消時刻：9時15分", [4]string{"", "", "", "03-04 09:15"}},
		{"発生 9:15 / 検知 9:20 / 復旧 11:02(いずれも3月4日)", [4]string{"03-04 09:15", "03-04 09:20", "", "03-04 11:02"}},
		{"障害発生期間:3月4日 9:15~11:02", [4]string{"03-04 09:15", "", "", "03-04 11:02"}},
		{"停止時間帯：2027年3月3日 23時50分から2027年3月4日 0時40分まで", [4]string{"03-03 23:50", "", "", "03-04 00:40"}},
		{"昨日23時50分に不正アクセスを検知し、本日9時15分に漏えいの事実を確認いたしました。", [4]string{"", "03-03 23:50", "03-04 09:15"}},
		{"本日未明2時10分頃から通信ができない状態となっておりましたが、5時30分に復旧しました。", [4]string{"03-04 02:10", "", "", "03-04 05:30"}},
		{"3月3日の午後11時50分ごろ、データベースの障害が発生しました。", [4]string{"03-03 23:50"}},
		{"昨夜11時50分頃に障害が発生いたしました。", [4]string{"03-03 23:50"}},
		{"昨夜1時50分頃に障害が発生いたしました。", [4]string{"03-04 01:50"}},
		{"3月3日の夜9時半に障害が発生いたしました。", [4]string{"03-03 21:30"}},
		{"発生日時\n（誤）9:15\n（正）9:51", [4]string{}}, // a heading is not read over a mistake
		{"昨夜23時50分頃に障害が発生いたしました。", [4]string{"03-03 23:50"}},
		{"一昨日の正午より、ログインできない事象が続いております。", [4]string{"03-02 12:00"}},
		{"3月3日25時10分に発生しました。", [4]string{"03-04 01:10"}},
		{"発生日時：3月3日(火) 9:15", [4]string{"03-03 09:15"}},
		{"発生日時: 12/31 23:50", [4]string{"2026-12-31T23:50:00+09:00"}},
		{"発生日時：調査中", [4]string{}},
		{"復旧予定日時：2027年3月4日 17:00", [4]string{}},
		{"復旧見込み 本日17時頃", [4]string{}},
		{"次回報告:3月4日 17:00", [4]string{}},
		{"本日16時にあらためてご連絡いたします。", [4]string{}},
		{"17時現在、復旧作業を行っております。", [4]string{}},
		{"再起動を10時に実施しましたが、復旧しておりません。", [4]string{}},
		{"サポート窓口の受付時間:9:00~17:00", [4]string{}},
		{"（誤）発生日時 9:15\n（正）発生日時 9:51", [4]string{"03-04 09:51"}},
		{"発生日時：9:15 → 9:51", [4]string{"03-04 09:51"}},
		{"10時02分に動作が正常であることを確認しました。", [4]string{}},
		{"10時02分に影響がないことを確認しました。", [4]string{}},
		{"10:02に該当のアカウントを停止しました。", [4]string{}},
		{"発生日時: 2027年3月4日 9:15 (UTC)", [4]string{"2027-03-04T09:15:00Z"}},
		{"日時はすべてUTCです。\n発生: 2027-03-04 01:15", [4]string{"2027-03-04T01:15:00Z"}},
		{"Occurred: 2027-03-04 01:15 UTC\nDetected: 2027-03-04 01:20 UTC\nConfirmed: 2027-03-04 02:00 UTC\nResolved: 2027-03-04 03:10 UTC", [4]string{"2027-03-04T01:15:00Z", "2027-03-04T01:20:00Z", "2027-03-04T02:00:00Z", "2027-03-04T03:10:00Z"}},
		{"The outage began at 1:15 AM UTC on March 4 and was resolved at 3:10 AM UTC.", [4]string{"2027-03-04T01:15:00Z", "", "", "2027-03-04T03:10:00Z"}},
		{"On March 3 at 22:15 PST our monitoring detected unusual logins.", [4]string{"", "2027-03-03T22:15:00-08:00"}},
		{"At 06:15 UTC today, the team confirmed that data was exposed.", [4]string{"", "", "2027-03-04T06:15:00Z"}},
		{"Since 10:15 JST, users have been unable to log in.", [4]string{"03-04 10:15"}},
		{"Service was restored at 3:10 p.m. JST.", [4]string{"", "", "", "03-04 15:10"}},
		{"Start: 4 March 2027 01:15 GMT\nEnd: 4 March 2027 03:10 GMT", [4]string{"2027-03-04T01:15:00Z"}},
		{"Next update: March 4, 2027 8:00 UTC", [4]string{}},
		{"Expected resolution: 2027-03-04 08:00 UTC", [4]string{}},
		{"We will publish a report by 5 PM JST.", [4]string{}},
		{"We disabled the key at 02:00 UTC.", [4]string{}},
		{"Detected: 2027-03-04 07:35 IST", [4]string{}},
		{"Detected: 03/04/2027 01:35 UTC", [4]string{}},
		{"一時的に停止しております。24時間365日対応いたします。3時間ほどかかります。", [4]string{}},
		{"バージョン3.9.2を10:20:30にリリースしました。192.168.10.20:8080", [4]string{}},
		{"|発生|検知|復旧|\n|3/4 9:15|3/4 9:20|3/4 11:02|", [4]string{"03-04 09:15", "03-04 09:20", "", "03-04 11:02"}},
		{"発生日時\t2027/03/04 9:15\n復旧日時\t2027/03/04 11:02\n", [4]string{"03-04 09:15", "", "", "03-04 11:02"}},
		{"■発生日時\n　2027年3月4日 9時15分\n■対応\n　9時30分 再起動を実施", [4]string{"03-04 09:15"}},
		{"3月4日 9時15分 障害発生\n3月4日 9時20分 監視にて検知\n3月4日 11時02分 復旧", [4]string{"03-04 09:15", "03-04 09:20", "", "03-04 11:02"}},
		{"9:15　アラートを検知\n9:40　原因を特定\n11:02　復旧を確認", [4]string{"", "03-04 09:15", "", "03-04 11:02"}},
	} {
		got := times.Stated(times.Passage{Words: c.text, Written: written, Zone: tokyo})
		for i, is := range []time.Time{got.Occurred, got.Detected, got.Confirmed, got.Recovered} {
			if want := at(c.want[i]); !is.Equal(want) {
				t.Errorf("%s: %s is %s, want %s", c.text, []string{"occurred", "detected", "confirmed", "recovered"}[i], is, want)
			}
		}
	}
}

// TestWindows reads the windows of planned work.
func TestWindows(t *testing.T) {
	for _, c := range []struct {
		text string
		want [][2]string
	}{
		{"日時：2027年3月20日(土) 22:00～24:00", [][2]string{{"03-20 22:00", "03-21 00:00"}}},
		{"日時：3月20日 22時 ～ 翌2時", [][2]string{{"03-20 22:00", "03-21 02:00"}}},
		{"日程：3月20日（土）\n時間：22:00～26:00", [][2]string{{"03-20 22:00", "03-21 02:00"}}},
		{"開始：2027/3/20 22:00\n終了：2027/3/21 02:00", [][2]string{{"03-20 22:00", "03-21 02:00"}}},
		{"3月20日22時より約3時間を予定しております。", [][2]string{{"03-20 22:00", "03-21 01:00"}}},
		{"第1回 3/20 22:00-23:00\n第2回 3/21 22:00-23:00", [][2]string{{"03-20 22:00", "03-20 23:00"}, {"03-21 22:00", "03-21 23:00"}}},
		{"from 10:00 PM to 1:30 AM (PST) on Saturday, March 20, 2027", [][2]string{{"2027-03-20T22:00:00-08:00", "2027-03-21T01:30:00-08:00"}}},
		{"Saturday, March 20, 2027, from\n10:00 PM to 1:30 AM (PST)", [][2]string{{"2027-03-20T22:00:00-08:00", "2027-03-21T01:30:00-08:00"}}},
		{"Start: 2027-03-20 01:00 UTC\nEnd: 2027-03-20 03:00 UTC", [][2]string{{"2027-03-20T01:00:00Z", "2027-03-20T03:00:00Z"}}},
		{"2027-03-20 01:00 UTC until 2027-03-20 03:00 UTC", [][2]string{{"2027-03-20T01:00:00Z", "2027-03-20T03:00:00Z"}}},
		{"変更前：3月20日 22:00～24:00\n変更後：3月21日 22:00～24:00", [][2]string{{"03-21 22:00", "03-22 00:00"}}},
		{"作業日時：1月9日 1:00～3:00", [][2]string{{"2027-01-09T01:00:00+09:00", "2027-01-09T03:00:00+09:00"}}},
		{"お問い合わせ窓口 受付時間 9:00～17:00", nil},
		{"日時は追ってお知らせします。", nil},
	} {
		got := times.Windows(times.Passage{Words: c.text, Written: written, Zone: tokyo})
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
			continue
		}
		for i, w := range c.want {
			if want := (inbox.Window{Start: at(w[0]), End: at(w[1])}); !got[i].Start.Equal(want.Start) || !got[i].End.Equal(want.End) {
				t.Errorf("%s: %v, want %v", c.text, got[i], want)
			}
		}
	}
}
