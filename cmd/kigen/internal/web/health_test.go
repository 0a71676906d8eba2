package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/outbox"
)

// well is a kigen that works at the given instant.
func well(now time.Time) web.Health {
	return web.Health{
		At: now, LastStep: now.Add(-3 * time.Second), NextPlanned: now.Add(time.Hour), NextDue: now.Add(2 * time.Hour),
		AuditedAt: now.Add(-20 * time.Second),
		Destinations: []web.DestinationHealth{
			{Name: "lead"}, {Name: "soc", LastSent: now.Add(-5 * time.Minute)},
		},
		Backup:    &web.BackupHealth{Last: now.Add(-9 * time.Hour)},
		Heartbeat: &web.HeartbeatHealth{Last: now.Add(-40 * time.Second)},
		Leader:    &web.LeaderHealth{Name: "soc-2", Address: "http://192.0.2.2:8080", Term: 7, Here: true},
	}
}

// unwell is one whose channel broke half an hour ago.
func unwell(now time.Time) web.Health {
	h := well(now)
	h.OldestUnsent, h.Untold = now.Add(-26*time.Minute), 2
	h.Destinations[1].FailingSince, h.Destinations[1].Reason = now.Add(-30*time.Minute), "broken: the channel is archived"
	h.Fault(true, calendar.Text{Ja: "送れない通知が26分残っています。", En: "An alert has been waiting for its destination for 26 min."})
	h.Fault(true, calendar.Text{Ja: "期限超過2件が誰にも通知されていません。", En: "Passed deadlines that nobody was told of: 2."})
	h.Fault(false, calendar.Text{Ja: "通知先 soc に送れません(12:04から)。", En: "Nothing gets through to soc since 12:04."})
	return h
}

// withHealth is a site whose kigen fares as given.
func withHealth(t *testing.T, h func(time.Time) web.Health, change ...func(*web.Options)) *site {
	t.Helper()
	var s *site
	s = newSite(t, append(change, func(o *web.Options) {
		o.Health = func(context.Context) web.Health { return h(s.now()) }
	})...)
	s.seed()
	return s
}

func TestHealthOnTheBoardAndOnItsPage(t *testing.T) {
	for name, tc := range map[string]struct {
		health func(time.Time) web.Health
		lang   string
		board  []string
		page   []string
		red    bool
	}{
		"well, en": {well, "en",
			[]string{"last tick 3 s ago", "next deadline in 2 h", "oldest unsent: none", "destinations ok"},
			[]string{"All is well.", "last sent 5 min ago", "Nothing sent since the start", "All passed deadlines were alerted", "9 h ago", "40 s ago", "soc-2 (this replica)", "192.0.2.2:8080, term 7"}, false},
		"well, ja": {well, "ja",
			[]string{"最終確認 3秒前", "次の期限まで2時間", "未送信なし", "通知先 正常"},
			[]string{"正常に稼働しています", "漏れなし", "最終送信 5分前", "soc-2(このレプリカ)", "任期 7"}, false},
		"unwell, en": {unwell, "en",
			[]string{"oldest unsent: 26 min", "soc broken since Thu 7 May 12:04", "Passed deadlines that nobody was told of: 2."},
			[]string{"Deadlines without an alert: 2", "the channel is archived", "No delivery since Thu 7 May 12:04"}, true},
		"unwell, ja": {unwell, "ja",
			[]string{"未送信の通知あり(最長26分)", "通知先 soc 不通", "期限超過2件が誰にも通知されていません"},
			[]string{"2件が誰にも通知されていません", "5月7日(木) 12:04から送れません"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := withHealth(t, tc.health)
			for path, want := range map[string][]string{"/": tc.board, "/board": tc.board, "/health": tc.page, "/health/part": tc.page} {
				page := s.get(path, "Cookie: kigen_lang="+tc.lang)
				for _, part := range want {
					if !strings.Contains(page, part) {
						t.Errorf("%s does not say %q", path, part)
					}
				}
				if red := strings.Contains(page, `class="problems`); red != tc.red {
					t.Errorf("%s is red: %t, want %t", path, red, tc.red)
				}
			}
		})
	}
}

func TestReadyzForMachines(t *testing.T) {
	ready := withHealth(t, well).send(http.MethodGet, "/readyz", "", "Accept: application/json")
	if v := object(t, ready); ready.StatusCode != http.StatusOK || v["untold"] != 0.0 || v["next_due"] == nil || v["oldest_unsent"] != nil {
		t.Errorf("%d %v", ready.StatusCode, v)
	}
	red := withHealth(t, unwell)
	answer := red.send(http.MethodGet, "/readyz", "", "Accept: application/json")
	if v := object(t, answer); answer.StatusCode != http.StatusServiceUnavailable || v["untold"] != 2.0 || len(v["faults"].([]any)) != 3 {
		t.Errorf("%d %v", answer.StatusCode, v)
	}
	plain := red.send(http.MethodGet, "/readyz", "")
	if got := text(t, plain); plain.StatusCode != http.StatusServiceUnavailable || strings.Count(got, "not ready: ") != 3 {
		t.Errorf("%d %s", plain.StatusCode, got)
	}
	// A destination that fails alone keeps nothing from being watched.
	lame := withHealth(t, func(now time.Time) web.Health {
		h := well(now)
		h.Fault(false, calendar.Text{En: "Nothing gets through to siem."})
		return h
	})
	if res := lame.send(http.MethodGet, "/readyz", ""); res.StatusCode != http.StatusOK {
		t.Errorf("a fault that keeps no alert gave %d", res.StatusCode)
	}
}

// The health of kigen keeps itself up to date, and the board names its faults.
func TestHealthInABrowser(t *testing.T) {
	all := newTab(t)
	for state, health := range map[string]func(time.Time) web.Health{"well": well, "unwell": unwell} {
		b := all.at(t, withHealth(t, health))
		for _, lang := range []string{"ja", "en"} {
			b.open("/health?lang=" + lang)
			b.refreshed()
			b.open("/?lang=" + lang)
			if got := b.text(`String(document.querySelectorAll(".problems.health-strip li").length)`); (got != "0") != (state == "unwell") {
				t.Errorf("the board of a kigen that is %s names %s faults", state, got)
			}
		}
	}
}

// A refused message is shown with what came of it, in both languages.
func TestRefusedMessagesOnThePages(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {"Overdue alert to soc, refused ", "refused: a_word", "Ask the administrator.", "Sent to lead instead", "Change of an earlier message to siem", "Passed to lead", "Not sent to another destination", "Next try"},
		"ja": {"soc への期限超過の通知", "refused: a_word", "管理者に確認", "代わりに lead へ", "siem への送信済みメッセージの更新", "代わりに lead へ送信中", "ほかの通知先には送られていません", "次の再送"},
	} {
		refused := func(now time.Time) []web.Refusal {
			one := web.Refusal{
				Incident: 1, Destination: "soc", Kind: outbox.Post, Alert: outbox.ReasonOverdue, At: now.Add(-10 * time.Minute), Next: now.Add(time.Hour),
				Why: "refused: a_word", Remedy: calendar.Text{Ja: "管理者に確認してください。", En: "Ask the administrator."}, Fallback: "lead",
			}
			told, update, alone := one, one, one
			told.ToldAt = now.Add(-9 * time.Minute)
			update.Kind, update.Destination = outbox.Update, "siem"
			alone.Fallback, alone.Alert, alone.Incident = "", outbox.ReasonReport, 0
			return []web.Refusal{one, told, update, alone}
		}
		var s *site
		s = withHealth(t, func(now time.Time) web.Health {
			h := well(now)
			h.Refused = refused(now)
			return h
		}, func(o *web.Options) {
			o.Refused = func(context.Context, sla.IncidentID) ([]web.Refusal, error) { return refused(s.now()), nil }
		})
		for _, path := range []string{"/health", "/incidents/KGN-1"} {
			page := s.get(path, "Cookie: kigen_lang="+lang)
			for _, part := range want {
				if !strings.Contains(page, part) {
					t.Errorf("%s in %s does not say %q", path, lang, part)
				}
			}
		}
		if api := s.get("/api/v1/incidents/KGN-1"); !strings.Contains(api, `"why":"refused: a_word"`) {
			t.Errorf("the API does not give the refused messages: %s", api)
		}
	}
}
