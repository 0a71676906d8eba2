package web_test

import (
	"context"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// seed fills the database as a SOC would have over some weeks, up to a
// Thursday after the holidays, 2026-05-07 12:34.
func (s *site) seed() {
	s.t.Helper()
	ctx := context.Background()
	at := func(text string) time.Time {
		t, err := when.ISO(text, s.options.Zone)
		if err != nil {
			s.t.Fatal(err)
		}
		return t
	}
	log := func(now string, e tracker.Entry) sla.IncidentID {
		s.setClock(now)
		inc, err := s.tracker.Log(ctx, tracker.Request{Actor: "api"}, e)
		if err != nil {
			s.t.Fatal(now, err)
		}
		return inc.ID
	}
	must := func(_ *sla.Incident, err error) {
		if err != nil {
			s.t.Fatal(err)
		}
	}
	times := func(m sla.Moment, vendor, noticed string) (f sla.Facts) {
		if vendor != "" {
			f.Times[m] = sla.Stamp{At: at(vendor)}
		}
		f.Times[sla.Aware] = sla.Stamp{At: at(noticed)}
		f.Impact = sla.ImpactSerious
		return f
	}
	of := func(service string, f sla.Facts) sla.Facts {
		f.Service = service
		return f
	}
	graded := func(f sla.Facts, scope sla.Scope, severity sla.Severity) sla.Facts {
		f.Scope, f.Severity = scope, severity
		return f
	}

	first := log("2026-04-20 10:12", tracker.Entry{Vendor: "sustaina", Title: "管理画面で他社の帳票名が表示された", Facts: of("Sustaina Cloud", graded(times(sla.Confirmed, "2026-04-20 09:30", "2026-04-20 10:05"), sla.ScopeSpecific, sla.SeverityHigh)), Reference: "SOC-1180", Tags: []string{"情報漏えい"}})
	s.setClock("2026-04-20 16:41")
	must(s.tracker.Notice(ctx, tracker.Request{Actor: "board"}, first, tracker.NoticeEntry{Channel: "email", SentAt: at("2026-04-20 16:38"), Reference: "CCJ-0420", Text: "本日9時30分に確認いたしました事象について、第一報をお知らせいたします。"}))

	late := log("2026-04-22 08:50", tracker.Entry{Vendor: "tatsujin", Title: "データ収集のジョブが夜間に停止", Facts: times(sla.Detected, "2026-04-22 02:15", "2026-04-22 08:40"), Reference: "SOC-1183"})
	s.setClock("2026-04-27 17:00:00.001")
	s.setClock("2026-04-28 09:20")
	must(s.tracker.Notice(ctx, tracker.Request{Actor: "board"}, late, tracker.NoticeEntry{Channel: "email", Text: "ご連絡が遅くなり申し訳ございません。"}))

	log("2026-04-28 11:00", tracker.Entry{Vendor: "cybertrust", Title: "OCSPレスポンダの応答遅延", Facts: of("マネージドPKI", times(sla.Detected, "", "2026-04-28 10:40")), Reference: "SOC-1190"})
	drill := log("2026-04-28 14:00", tracker.Entry{Vendor: "superstream", Title: "ログイン障害(訓練)", Facts: times(sla.Detected, "", "2026-04-28 13:55")})
	must(s.tracker.Cancel(ctx, tracker.Request{Actor: "board"}, drill, "訓練のための登録"))

	overdue := log("2026-05-01 18:30", tracker.Entry{Vendor: "sotas", Title: "認証基盤の障害により全ユーザーがログインできない", Facts: of("Sotas工程管理", graded(times(sla.Occurred, "2026-05-01 18:00", "2026-05-01 18:22"), sla.ScopeAll, sla.SeverityCritical)), Reference: "SOC-1201", Tags: []string{"認証", "全社"}, Description: "18時過ぎから全拠点でログインエラー(HTTP 503)。\nステータスページは「調査中」のまま更新なし。"})
	log("2026-05-06 09:10", tracker.Entry{Vendor: "sustaina", Title: "外部からの不審なAPI呼び出しを検出", Facts: of("Sustaina Cloud", graded(times(sla.Confirmed, "", "2026-05-06 08:58"), sla.ScopeUnknown, sla.SeverityHigh)), Reference: "SOC-1204"})
	s.setClock("2026-05-07 09:00:00.001")
	s.setClock("2026-05-07 09:12")
	must(s.tracker.Acknowledge(ctx, tracker.Request{Actor: "佐藤 美咲"}, overdue, at("2026-05-07 15:00")))
	log("2026-05-07 09:32", tracker.Entry{Vendor: "sotas", Title: "検索結果に削除済みデータが混入", Facts: of("Sotasデータベース", times(sla.Occurred, "2026-05-07 08:10", "2026-05-07 09:15")), Reference: "SOC-1207"})
	log("2026-05-07 09:40", tracker.Entry{Vendor: "superstream", Title: "仕訳データの一部が参照できない", Facts: of("SuperStream-NX Cloud", times(sla.Detected, "2026-05-06 15:20", "2026-05-07 09:30")), Reference: "SOC-1208"})
	log("2026-05-07 10:05", tracker.Entry{Vendor: "tatsujin", Title: "配信サーバーの証明書エラー", Facts: of("達人Cube「データ収集・配信」", graded(times(sla.Detected, "2026-05-07 09:48", "2026-05-07 09:55"), sla.ScopeAll, sla.SeverityMedium)), Reference: "SOC-1209"})
	log("2026-05-07 10:20", tracker.Entry{Vendor: "sustaina", Title: "帳票の表示崩れ", Facts: sla.Facts{Impact: sla.ImpactLimited}})

	s.setClock("2026-05-07 12:34:56")
}
