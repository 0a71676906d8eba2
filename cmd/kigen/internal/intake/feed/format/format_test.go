package format_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/japanese"

	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

func TestTime(t *testing.T) {
	for s, want := range map[string]string{
		"Thu, 15 Oct 2026 01:20:00 PDT": "2026-10-15T08:20:00Z", "Tue, 1 Dec 2026 01:20:00 PST": "2026-12-01T09:20:00Z", "Mon, 19 Oct 2026 06:18:00 Z": "2026-10-19T06:18:00Z",
		"Thu, 22 Oct 2026 09:50:00 +0900": "2026-10-22T00:50:00Z", "2026-10-07T20:30:00.000-04:00": "2026-10-08T00:30:00Z", "2026-10-07T20:30Z": "2026-10-07T20:30:00Z",
		"2026-10-22 09:50:00 JST": "2026-10-22T00:50:00Z", "2026/10/22 09:50 +09:00": "2026-10-22T00:50:00Z", "22 Oct 2026 09:50 GMT": "2026-10-22T09:50:00Z", "2026-10-22T09:50:00+09": "2026-10-22T00:50:00Z",
		"": "", "2026-10-22 09:50:00": "", "Thu, 22 Oct 2026 09:50:00 XYZ": "", "Thu, 22 Oct 2026 09:50:00 IST": "", "0001-01-01T00:00:00Z": "", "1970-01-01T00:00:00Z": "", "2026-02-30T00:00:00Z": "", "tomorrow": "", "2026-10-22T09:50:00+99:00": "",
	} {
		got := ""
		if at := format.Time(s); !at.IsZero() {
			got = at.UTC().Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q is %s, want %s", s, got, want)
		}
	}
}

func TestKindsOfFeedItems(t *testing.T) {
	for title, want := range map[string]inbox.Kind{
		"【障害】検索が利用できない件": inbox.KindIncident, "【重要】サービスの不具合について": inbox.KindIncident, "ログインしづらい状況について": inbox.KindIncident, "【復旧】外部連携のエラーについて": inbox.KindIncident,
		"【障害】検索が表示されない件": inbox.KindIncident, "【障害】メンテナンス後に利用できない不具合": inbox.KindIncident, "API errors in Tokyo": inbox.KindIncident, "[Resolved] Degraded performance": inbox.KindIncident,
		"【計画メンテナンス】１１月１４日": inbox.KindMaintenance, "定期メンテナンスのお知らせ": inbox.KindMaintenance, "Scheduled maintenance on Sunday": inbox.KindMaintenance, "【メンテナンス完了】１２月１日": inbox.KindMaintenance,
		"不正アクセスによるお客様情報の漏えいについて": inbox.KindSecurity, "Unauthorized access to customer data": inbox.KindSecurity, "【お詫び】メール誤送信について": inbox.KindSecurity, "Some invoices were public": inbox.KindSecurity,
		"秋の新機能のご紹介": inbox.KindNone, "価格改定のお知らせ": inbox.KindNone, "年末年始休業のお知らせ": inbox.KindNone, "Introducing our new dashboard": inbox.KindNone, "現在、障害は発生しておりません": inbox.KindNone,
	} {
		doc, err := format.Parse(format.Feed, []byte(`<rss version="2.0"><channel><title>お知らせ</title><item><title>`+title+`</title><guid>1</guid></item></channel></rss>`), format.Options{})
		if err != nil || doc.Entries[0].Kind != want {
			t.Errorf("%s: %+v, %v, want %s", title, doc.Entries, err, want)
		}
	}
}

// TestDeniedBreaches: a text that denies a breach tells of none.
func TestDeniedBreaches(t *testing.T) {
	for text, want := range map[string]bool{
		"There is no evidence of unauthorized access.": false, "No customer data was exposed.": false, "情報漏えいは確認されておりません。": false, "不正アクセスによるものではありません。": false, "情報漏えい対策を強化しました。": false,
		"Login is slow. An attacker read tokens.": true, "Delivery logs were read without authority": true, "The cause is not known yet. Customer data was leaked.": true, "お客様情報が流出しました。原因は判明していません。": true,
		"A misconfigured bucket made invoices of some customers public.": true, "": false, "Search is slow.": false,
	} {
		if got := format.Breached(text); got != want {
			t.Errorf("%q tells of a breach: %t, want %t", text, got, want)
		}
	}
}

func TestTopics(t *testing.T) {
	for _, same := range [][]string{
		{"【障害】スケジュールが表示されない障害について（初報）", "【障害】スケジュールが表示されない障害について（第２報）", "【復旧】スケジュールが表示されない障害の復旧について（最終報）", "スケジュールが表示されない障害について"},
		{"[Investigating] API errors", "[Resolved] API errors", "Resolved: API errors", "API errors (Update #3)"},
	} {
		for _, title := range same[1:] {
			if a, b := format.Topic(same[0]), format.Topic(title); a != b {
				t.Errorf("%q is about %q, and %q about %q", same[0], a, title, b)
			}
		}
	}
	if format.Topic("【障害】検索が利用できない件") == format.Topic("【障害】検索が遅延している件") {
		t.Error("two troubles have one topic")
	}
}

// TestCharsets: by its mark, its header, its declaration; a header that lies gives way.
func TestCharsets(t *testing.T) {
	const title = "【障害】①受信（㈱風）～調査中－"
	feed := func(declared string) string {
		return declared + `<rss version="2.0"><channel><title>風</title><item><title>` + title + `</title><guid>1</guid></item></channel></rss>`
	}
	sjis, err := japanese.ShiftJIS.NewEncoder().String(feed(`<?xml version="1.0" encoding="Shift_JIS"?>`))
	if err != nil {
		t.Fatal(err)
	}
	bare, err := japanese.ShiftJIS.NewEncoder().String(feed(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ body, header string }{
		{sjis, "text/xml"}, {sjis, "text/xml; charset=utf-8"}, {sjis, "text/xml; charset=ISO-8859-1"}, {sjis, "text/xml; charset=us-ascii"}, {sjis, "text/xml; charset=nonsense"}, {sjis, ""},
		{bare, "text/xml; charset=Windows-31J"}, {bare, "text/xml; charset=cp932"}, {bare, "text/xml; charset=\"x-sjis\""},
		{feed(`<?xml version="1.0" encoding="UTF-8"?>`), "text/xml; charset=ISO-8859-1"}, {"\xef\xbb\xbf" + feed(`<?xml version="1.0" encoding="Shift_JIS"?>`), "text/xml; charset=Shift_JIS"}, {feed(""), ""},
	} {
		doc, err := format.Parse(format.Feed, []byte(c.body), format.Options{ContentType: c.header})
		if err != nil || doc.Entries[0].Title != title {
			t.Errorf("%q: %+v, %v", c.header, doc.Entries, err)
		}
	}
	var e *format.Error
	if _, err := format.Parse(format.Feed, []byte(bare), format.Options{ContentType: "text/xml"}); !errors.As(err, &e) || e.Reason != format.Charset {
		t.Errorf("an encoding that nothing names: %v", err)
	}
}

// TestHostileDocuments: what is built to take room or time is refused, and takes little.
func TestHostileDocuments(t *testing.T) {
	const size = 8 << 20
	fill := func(head, part, tail string) string {
		return head + strings.Repeat(part, (size-len(head)-len(tail))/len(part)) + tail
	}
	for name, c := range map[string]struct {
		format format.Format
		body   string
	}{
		"incidents":      {format.StatuspageIncidents, fill(`{"page":{"id":"k"},"incidents":[`, `{},`, `{}]}`)},
		"updates":        {format.StatuspageIncidents, fill(`{"page":{"id":"k"},"incidents":[{"id":"a","name":"b","incident_updates":[`, `{},`, `{}]}]}`)},
		"list":           {format.GoogleCloud, fill(`[`, `{},`, `{}]`)},
		"nested json":    {format.GoogleCloud, fill(`[`, `[`, ``)},
		"issues":         {format.Microsoft365, fill(`{"value":[`, `{},`, `{}]}`)},
		"items":          {format.Feed, fill(`<rss><channel><title>k</title>`, `<item/>`, `</channel></rss>`)},
		"nested xml":     {format.Feed, fill(`<rss><channel><title>k</title>`, `<a>`, ``)},
		"no root":        {format.Feed, fill(`<html>`, `<p>a</p>`, `</html>`)},
		"entities":       {format.Feed, `<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel><title>&a;</title></channel></rss>`},
		"page":           {format.WatchedPage, fill(`<html><title>k</title><body>`, `<p>`, `</body></html>`)},
		"nested page":    {format.WatchedPage, `<html><title>k</title><body>` + strings.Repeat(`<div>`, 50_000) + `a`},
		"statusio parts": {format.StatusIO, fill(`{"result":{"status_overall":{"status_code":1},"status":[`, `0,`, `0],"incidents":[]}}`)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := format.Parse(c.format, []byte(c.body), format.Options{})
		runtime.ReadMemStats(&after)
		var e *format.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
		if taken := (after.TotalAlloc - before.TotalAlloc) >> 20; taken > 400 {
			t.Errorf("%s: takes %d MiB", name, taken)
		}
	}
}
