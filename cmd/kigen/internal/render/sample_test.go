package render_test

import (
	"testing"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/report"
)

func tokyo(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// promises is what a sample clock is explained by, for each vendor.
var promises = map[string]sla.Explanation{
	"sustaina": {Strength: sla.Target, Source: sla.Source{
		Document: "情報セキュリティホワイトペーパー", Section: "35.1 (16.1.1)",
		Quote: "確認したセキュリティインシデントがお客様に重大な影響を及ぼす場合、確認より24時間以内を目標に代表のお客様へメールにて通知を行います。"}},
	"sotas": {Strength: sla.Firm, Source: sla.Source{
		Document: "SECURITY WHITE PAPER", Edition: "2024-09-01", Section: "第2章 34.2 (16.1.1)", Quote: "標準営業時間内の場合:発生から6時間以内"}},
	"tatsujin": {Strength: sla.Target, Source: sla.Source{
		Document: "クラウドセキュリティホワイトペーパー", Edition: "第1.1版", Section: "16.1.1",
		Quote: "影響範囲に応じてインシデントの発生を検知してから 3 営業日を目標に通知いたします。"}},
	"superstream": {Strength: sla.Target, Source: sla.Source{
		Document: "クラウドサービスセキュリティ ホワイトペーパー", Edition: "第1.0版", Section: "37",
		Quote: "インシデントの検知から1営業日を目標にクラウドサービス利用者にお客様サポート窓口から通知します。"}},
	"cybertrust": {Strength: sla.AsNeeded},
}

func catalogue() sla.Catalogue {
	vendor := func(id, ja, en string) *sla.Vendor {
		return &sla.Vendor{ID: id, Name: calendar.Text{Ja: ja, En: en}}
	}
	return sla.Catalogue{
		vendor("sustaina", "CCJ株式会社", "CCJ Inc."),
		vendor("sotas", "Sotas株式会社", "Sotas, Inc."),
		vendor("tatsujin", "株式会社NTTデータ 税務サービスグループ", "NTT DATA, Tax Services Group"),
		vendor("superstream", "スーパーストリーム株式会社", "SuperStream Inc."),
		vendor("cybertrust", "サイバートラスト株式会社", "Cybertrust Japan Co., Ltd."),
	}
}

// sample is an October that a SOC might have had.
func sample(t testing.TB) report.Report {
	t.Helper()
	zone := tokyo(t)
	period, err := report.Month("2026-10", zone, time.Date(2026, 11, 1, 9, 0, 0, 0, zone))
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 10, day, hour, minute, 0, 0, zone) }
	var never time.Time
	b := report.NewBuilder(catalogue(), period)
	add := func(id sla.IncidentID, vendor, service, title, reference string, state sla.State, from sla.Moment, basis sla.Basis, start, due, notice time.Time) {
		b.Add(&sla.Incident{
			ID: id, Vendor: vendor, Service: service, Title: title, Reference: reference,
			Clocks: []sla.Clock{{
				ID: sla.ClockID(id), Incident: id, Promise: "incident-notice", State: state,
				Start: sla.Start{At: start, From: from, Basis: basis}, Due: due, NoticeAt: notice, Explanation: promises[vendor],
			}},
		})
	}
	add(31, "sotas", "Sotas工程管理", "工程一覧が表示されない", "SOC-2210", sla.Met, sla.Occurred, sla.Stated, at(2, 10, 12), at(2, 16, 12), at(2, 13, 40))
	add(32, "sotas", "Sotasデータベース", "検索結果に他社データが混在", "SOC-2216", sla.Late, sla.Occurred, sla.Stated, at(9, 17, 30), at(9, 23, 30), at(10, 11, 5))
	add(33, "sotas", "Sotas化学調査", "ファイル添付に失敗する", "", sla.Met, sla.Occurred, sla.Observed, at(16, 20, 3), at(19, 9, 0), at(17, 9, 30))
	add(34, "sustaina", "Sustaina Cloud", "管理画面への不正ログインの疑い", "SOC-2219", sla.Met, sla.Confirmed, sla.Stated, at(5, 14, 0), at(6, 14, 0), at(5, 18, 25))
	add(35, "sustaina", "Sustaina Cloud", "メール配信の遅延 <script>alert(1)</script> & \"引用\"", "", sla.NotApplicable, sla.Confirmed, sla.Assumed, at(12, 9, 0), never, never)
	add(36, "tatsujin", "達人Cube「データ収集・配信」", "申告データの取込が停止", "SOC-2224", sla.Overdue, sla.Noticed, sla.Assumed, at(20, 8, 45), at(23, 17, 0), never)
	add(37, "tatsujin", "達人Cube「データ収集・配信」", "配信ファイルの破損", "SOC-2201", sla.Met, sla.Detected, sla.Stated, at(6, 11, 0), at(9, 17, 0), at(8, 15, 10))
	add(38, "superstream", "SuperStream-NX Cloud", "仕訳データの一部欠落", "SOC-2230", sla.Overdue, sla.Detected, sla.Stated, at(27, 16, 0), at(29, 0, 0), never)
	add(39, "superstream", "SuperStream-NX Cloud", "夜間バッチの長時間停止", "", sla.Late, sla.Noticed, sla.Assumed, at(13, 7, 30), at(15, 0, 0), at(15, 10, 20))
	add(40, "cybertrust", "マネージドPKI", "証明書発行の遅延", "", sla.NoCommitment, sla.Noticed, sla.Observed, at(21, 9, 0), never, at(23, 19, 0))
	add(41, "sotas", "Sotas工程管理", "誤検知: 監視側の設定不備", "", sla.Cancelled, sla.Occurred, sla.Observed, at(22, 9, 0), at(22, 15, 0), never)
	return b.Report()
}

// unfinished is the same October seen in its middle, with nothing in it yet.
func empty(t testing.TB) report.Report {
	t.Helper()
	zone := tokyo(t)
	period, err := report.Month("2026-11", zone, time.Date(2026, 11, 3, 9, 0, 0, 0, zone))
	if err != nil {
		t.Fatal(err)
	}
	return report.NewBuilder(catalogue(), period).Report()
}
