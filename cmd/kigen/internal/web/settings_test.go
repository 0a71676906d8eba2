package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/policy"
)

func TestSettings(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Tracker.Policies = policy.Policies{
			{To: []string{"soc"}, Logged: true, Warn: []policy.Lead{{Share: .5}, {Before: time.Hour}}, Repeat: 4 * time.Hour},
			{To: []string{"lead"}, After: 2 * time.Hour, When: policy.Match{Vendor: []string{"sotas"}, Severity: []sla.Severity{sla.SeverityCritical}}},
			{To: []string{"legal"}, When: policy.Match{OwedBy: []policy.Debtor{policy.OwedByUs}, Duty: []string{"us-sec"}}},
			{To: []string{"pager"}, Except: policy.Match{About: []sla.IncidentKind{sla.KindMaintenance, sla.KindContractEnd}}},
		}
		o.Settings = &web.Settings{
			Destinations: []web.DestinationSetting{{Name: "soc", Kind: "slack", Where: "C0123456789", Fallback: "lead"}}, Backups: "0 3 * * * → /backup",
		}
	})
	holds(t, s.get("/settings"), "C0123456789", "0 3 * * * → /backup", "1.2.3", "Asia/Tokyo",
		"when logged, when 50% of the time have passed, 1 h before the deadline, when the deadline passes, again every 4 h until acknowledged",
		"Vendor: Sotas · Severity: critical", "2 h after the deadline", "everything", "1955–2099")
	holds(t, s.get("/settings"), "Owed by: us · Duty: us-sec", "(except Kind: Maintenance or End of contract)")
	holds(t, s.get("/settings?lang=ja"), "義務を負う者: 当社", "種別: メンテナンス", "期限の1時間前", "担当者がいない間は4時間ごとに再通知")
}

// A reader's zone is for showing and entering times; deadlines stay what they are.
func TestAReadersZone(t *testing.T) {
	s := newSite(t)
	s.log(`{"vendor":"sotas","title":"One","occurred_at":"2026-05-07 11:00"}`)
	const utc = "Cookie: kigen_zone=UTC"
	holds(t, s.get("/"), "Thu 7 May 17:00", "times in Asia/Tokyo")
	holds(t, s.get("/", utc), "Thu 7 May 08:00", "times in UTC", "as of 03:00")
	holds(t, s.get("/board", utc), "Thu 7 May 08:00")
	res := s.send(http.MethodGet, "/settings?zone=Europe/London", "")
	if got := res.Header.Get("Set-Cookie"); !strings.HasPrefix(got, "kigen_zone=Europe%2FLondon;") {
		t.Errorf("remembered %q", got)
	}
	holds(t, s.get("/incidents/KGN-1", "Cookie: kigen_zone=Europe%2FLondon"), "Thu 7 May 09:00", `value="2026-05-07T03:00"`)
	for _, bad := range []string{"Nowhere/Atall", "Local", "../../etc/passwd", ""} {
		holds(t, s.get("/?zone="+url.QueryEscape(bad)), "times in Asia/Tokyo")
	}
	// What is entered is read in the zone that it was shown in.
	r := s.send(http.MethodPost, "/incidents", url.Values{"vendor": {"sotas"}, "title": {"Two"}, "occurred_at": {"2026-05-07T01:00"}}.Encode(),
		"Content-Type: application/x-www-form-urlencoded", utc)
	if r.StatusCode != http.StatusSeeOther {
		t.Fatal(r.StatusCode)
	}
	if got := s.get("/api/v1/incidents/KGN-2"); !strings.Contains(got, `"occurred_at":"2026-05-07T01:00:00Z"`) {
		t.Errorf("entered as %s", got)
	}
}

// Everybody has settings of the reader, also who is not signed in: a cookie holds them.
func TestDisplaySettings(t *testing.T) {
	g := newGuarded(t)
	res := g.send(http.MethodGet, "/display?lang=ja&zone=Europe/London&done=display", "")
	page := text(t, res)
	holds(t, page, `<html lang="ja">`, "表示設定を保存しました。", `value="Europe/London"`, `<option value="ja" selected>`, "Europe/London)")
	cookies := strings.Join(res.Header["Set-Cookie"], " ")
	if !strings.Contains(cookies, "kigen_lang=ja;") || !strings.Contains(cookies, "kigen_zone=Europe%2FLondon;") {
		t.Errorf("remembered %s", cookies)
	}
	if strings.Contains(page, `href="/vendors"`) {
		t.Error("who is not signed in sees the navigation")
	}
	holds(t, g.get("/login", "Cookie: kigen_zone=Europe%2FLondon"), `>Europe/London</a>`)
}

// Without a choice of the reader the browser's language counts, then the configured one.
func TestLanguageOfThePages(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	for _, test := range []struct{ accept, cookie, query, want string }{
		{"", "", "", "ja"},
		{"en-US,en;q=0.9,ja;q=0.8", "", "", "en"},
		{"ja,en;q=0.5", "", "", "ja"},
		{"de-DE,de;q=0.9,en;q=0.7", "", "", "en"},
		{"de,fr", "", "", "ja"},
		{"*", "", "", "ja"},
		{"en;q=0", "", "", "ja"},
		{"%%%", "", "", "ja"},
		{"en", "ja", "", "ja"},
		{"en", "xx", "", "en"},
		{"en", "", "?lang=ja", "ja"},
		{"en", "ja", "?lang=", "en"},
	} {
		page := s.get("/display"+test.query, "Accept-Language: "+test.accept, "Cookie: kigen_lang="+test.cookie)
		if !strings.Contains(page, `<html lang="`+test.want+`">`) {
			t.Errorf("%+v: another language", test)
		}
	}
}
