package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kigen/notify"
	"kigen/notify/destinations"
	"kigen/notify/fakechat"
	"kigen/notify/fakeslack"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

const (
	teamsSig  = "sig-9f8e7d6c5b4a"
	chatKey   = "AIza-key-123456"
	chatToken = "chat-token-654321"
	pagerKey  = "0123456789abcdef0123456789ABCDEF"
)

// kindOf is a kind in the table of destinations.
func kindOf(name string) destinations.Kind {
	kind, known := destinations.Named(name)
	if !known {
		panic(name)
	}
	return kind
}

// classOf is the class of a kind in the table of destinations.
func classOf(name string) wire.Class {
	kind := kindOf(name)
	return kind.Class(nil)
}

// spoken makes a destination of the table at an address.
func spoken(kind, base string, transport http.RoundTripper, more ...string) *notify.Spoken {
	row := kindOf(kind)
	values := map[string]destinations.Values{
		"teams":      {"url": base + "/workflows/1/triggers/manual/paths/invoke?api-version=1&sig=" + teamsSig},
		"googlechat": {"url": base + "/v1/spaces/S/messages?key=" + chatKey + "&token=" + chatToken},
		"pagerduty":  {"routing_key": pagerKey, "api_url": base},
	}[kind]
	for i := 0; i+1 < len(more); i += 2 {
		values[more[i]] = more[i+1]
	}
	return notify.NewSpoken(&row, values, destinations.Surroundings{BaseURL: "https://kigen.example/"}, transport)
}

// chats are all three fakes, behind real HTTP.
type chats struct {
	teams  *fakechat.Teams
	google *fakechat.GoogleChat
	pager  *fakechat.PagerDuty
	at     map[string]*notify.Spoken
}

func newChats(t *testing.T) *chats {
	t.Helper()
	c := &chats{
		teams: fakechat.NewTeams(fakechat.EachAttachment, teamsSig), google: fakechat.NewGoogleChat(chatKey, chatToken),
		pager: fakechat.NewPagerDuty(pagerKey), at: map[string]*notify.Spoken{},
	}
	for kind, fake := range c.fakes() {
		server := httptest.NewServer(fake)
		t.Cleanup(server.Close)
		c.at[kind] = spoken(kind, server.URL, nil)
	}
	return c
}

func (c *chats) fakes() map[string]http.Handler {
	return map[string]http.Handler{"teams": c.teams, "googlechat": c.google, "pagerduty": c.pager}
}

// shown is everything that the newest message of each chat shows.
func (c *chats) shown(t *testing.T) map[string]string {
	t.Helper()
	if failures := c.teams.RunHistory(); len(failures) > 0 {
		t.Fatalf("Teams answered 202 and failed: %v", failures)
	}
	cards, messages, alerts := c.teams.Shown(), c.google.Messages(), c.pager.Alerts()
	shown := map[string]string{}
	if n := len(cards); n > 0 {
		shown["teams"] = cards[n-1].Text()
	}
	if n := len(messages); n > 0 {
		shown["googlechat"] = messages[n-1].Shown()
	}
	if n := len(alerts); n > 0 {
		shown["pagerduty"] = alerts[n-1].Summary + "\n" + alerts[n-1].Text
	}
	return shown
}

// Every kind of message stands in every chat in both languages: due soon, overdue, a
// repeat, an escalation, logged, a digest with its page, a report, a test.
func TestEveryAlertInEveryChat(t *testing.T) {
	reason := func(r outbox.Reason, state sla.State) *outbox.Delivery {
		d := overdue()
		d.Alert.Reason, d.Clock.State = r, state
		d.Key = string(r) + "/" + string(state) + "/42@soc"
		if state == sla.AtRisk {
			d.Clock.Due, d.Clock.BreachedAt = may7(10, 0), may7(0, 0).AddDate(-2026, 0, 0)
		}
		return d
	}
	digest := func(reason outbox.Reason, part, pages int) *outbox.Delivery {
		return &outbox.Delivery{
			Key: fmt.Sprintf("digest/7/%d@soc", part), Destination: "soc", Kind: outbox.Post, Attempts: 1,
			Alert:  outbox.Alert{Key: "digest/7", Reason: reason, At: may7(8, 59)},
			Digest: &outbox.Digest{Part: part, Pages: pages, Lines: manyLines()},
		}
	}
	deliveries := map[string]*outbox.Delivery{
		"warning": reason(outbox.ReasonWarning, sla.AtRisk), "overdue": reason(outbox.ReasonOverdue, sla.Overdue),
		"repeat": reason(outbox.ReasonRepeat, sla.Overdue), "escalation": reason(outbox.ReasonEscalation, sla.Overdue),
		"logged": logged()(), "report": report(), "met": answered(reason(outbox.ReasonOverdue, sla.Met), sla.Met, may7(8, 30)),
		"late": answered(reason(outbox.ReasonOverdue, sla.Late), sla.Late, may7(9, 30)), "cancelled": reason(outbox.ReasonOverdue, sla.Cancelled),
		"summary": digest(outbox.ReasonDigest, 0, 2), "page": digest(outbox.ReasonDigest, 1, 2), "whole": digest(outbox.ReasonDigest, 0, 0),
		"changes": digest(outbox.ReasonChanges, 0, 0), "imported": digest(outbox.ReasonImported, 0, 0),
		"unreadable": {Key: "x", Kind: outbox.Post, Alert: outbox.Alert{Reason: outbox.ReasonOverdue, Incident: 42}, Unreadable: "the row is damaged"},
	}
	moved := reason(outbox.ReasonOverdue, sla.Running) // announced, and then corrected: it will be announced again
	moved.Clock.Due, moved.Clock.BreachedAt = may7(18, 0), may7(0, 0).AddDate(-2026, 0, 0)
	deliveries["moved"] = moved
	for name, d := range deliveries {
		for _, lang := range []string{"ja", "en"} {
			c := newChats(t)
			m := writer(lang).Write(d, may7(9, 0))
			for kind, destination := range c.at {
				if _, err := destination.Post(t.Context(), m); err != nil {
					t.Errorf("%s: %s in %s: %v", kind, name, lang, err)
				}
			}
			for kind, text := range c.shown(t) {
				wants := []string{m.Title}
				for _, f := range m.Fields {
					wants = append(wants, f.Name)
				}
				if kind != "pagerduty" {
					for _, item := range m.Items {
						wants = append(wants, item.Label)
					}
				}
				for _, want := range wants {
					if !strings.Contains(html.UnescapeString(text), want) {
						t.Errorf("%s: %s in %s does not show %q:\n%s", kind, name, lang, want, text)
					}
				}
			}
		}
	}
}

// A test message says in each chat which destination it tests.
func TestTestMessageInEveryChat(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		c := newChats(t)
		for kind, destination := range c.at {
			m, err := writer(lang).TestMessage("soc-"+kind, may7(9, 0))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := destination.Post(t.Context(), m); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
		for kind, text := range c.shown(t) {
			if !strings.Contains(text, "soc-"+kind) {
				t.Errorf("%s in %s: %s", kind, lang, text)
			}
		}
		if a := c.pager.Alerts(); len(a) != 1 || a[0].Severity != "info" {
			t.Errorf("PagerDuty has %+v", a)
		}
	}
}

// A notice closes the matter: a card after the card, an answer in the thread, a resolved
// alert.
func TestNoticeClosesInEveryChat(t *testing.T) {
	c := newChats(t)
	d := overdue()
	receipts := map[string]outbox.Receipt{}
	for kind, destination := range c.at {
		receipt, err := destination.Post(t.Context(), writer("ja").Write(d, may7(9, 0)))
		if err != nil {
			t.Fatal(err)
		}
		receipts[kind] = receipt
	}
	if a := c.pager.Alerts()[0]; a.State != "triggered" || a.Severity != "critical" || a.Source != "sotas" {
		t.Errorf("PagerDuty has %+v", a)
	}
	answered(d, sla.Late, may7(11, 10))
	d.Kind, d.Key = outbox.Update, d.Key+"/2"
	for kind, destination := range c.at {
		if err := destination.Update(t.Context(), receipts[kind], writer("ja").Write(d, may7(11, 11))); err != nil {
			t.Fatal(err)
		}
	}
	const want = "11:10 通知あり(期限の2時間10分後)"
	shown := c.shown(t)
	if cards := c.teams.Shown(); len(cards) != 2 || !strings.Contains(shown["teams"], want) || len(cards[1].Raw) >= len(cards[0].Raw) {
		t.Errorf("the closing card is %s", shown["teams"])
	}
	messages := c.google.Messages()
	if len(messages) != 2 || messages[0].Thread != messages[1].Thread || messages[0].Thread == "" || !strings.Contains(shown["googlechat"], want) {
		t.Errorf("Google Chat has %+v", messages)
	}
	if alerts := c.pager.Alerts(); len(alerts) != 1 || alerts[0].State != "resolved" {
		t.Errorf("PagerDuty has %+v", alerts)
	}
}

// PagerDuty calls a person for a passed deadline also where the warning was acknowledged
// there, and has one open alert for a clock at any time.
func TestPagerDutyFollowsTheClock(t *testing.T) {
	c := newChats(t)
	pager := c.at["pagerduty"]
	post := func(d *outbox.Delivery, hour, minute int) outbox.Receipt {
		t.Helper()
		receipt, err := pager.Post(t.Context(), writer("en").Write(d, may7(hour, minute)))
		if err != nil {
			t.Fatal(err)
		}
		return receipt
	}
	states := func() (states []string) {
		for _, a := range c.pager.Alerts() {
			states = append(states, a.Severity+" "+a.State)
		}
		return states
	}
	check := func(when string, want ...string) {
		t.Helper()
		if got := states(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	d := overdue()
	d.Clock.State, d.Clock.BreachedAt, d.Alert.Reason = sla.AtRisk, outbox.Delivery{}.SentAt, outbox.ReasonWarning
	warning := post(d, 8, 0)
	check("after the warning", "warning triggered")
	c.pager.Acknowledge(warning.TS)

	d.Clock.State, d.Alert.Reason, d.Key = sla.Overdue, outbox.ReasonOverdue, "overdue/42"
	passed := post(d, 9, 0)
	check("after the deadline", "warning resolved", "critical triggered")
	d.Alert.Reason, d.Key = outbox.ReasonRepeat, "repeat/42"
	post(d, 13, 0)
	if a := c.pager.Alerts()[1]; a.Calls != 1 || a.Events != 2 {
		t.Errorf("a repeat made another alert: %+v", a)
	}

	update := func(r outbox.Receipt, hour int) {
		t.Helper()
		u := *d
		u.Kind = outbox.Update
		if err := pager.Update(t.Context(), r, writer("en").Write(&u, may7(hour, 0))); err != nil {
			t.Fatal(err)
		}
	}
	d.Incident.Acknowledged = sla.Acknowledgement{By: "tanaka", At: may7(13, 30), Until: may7(20, 0)}
	update(passed, 14)
	update(warning, 14)
	check("after a person took it", "warning resolved", "critical acknowledged")

	d.Incident.Acknowledged = sla.Acknowledgement{}
	d.Clock.State, d.Clock.Due = sla.Running, may7(18, 0) // the deadline was corrected
	update(passed, 15)
	check("after the deadline moved ahead", "warning resolved", "critical resolved")

	d.Clock.State, d.Alert.Reason, d.Key = sla.Overdue, outbox.ReasonOverdue, "overdue/42/2"
	d.Incident.Acknowledged = sla.Acknowledgement{By: "tanaka", At: may7(17, 30), Until: may7(20, 0)}
	post(d, 19, 0)
	check("after it passed again, with an owner", "warning resolved", "critical resolved", "error acknowledged")
	answered(d, sla.Late, may7(19, 30))
	d.Incident.Acknowledged = sla.Acknowledgement{}
	update(passed, 20)
	check("after the notice", "warning resolved", "critical resolved", "error resolved")

	post(d, 21, 0) // an alert that waited during an outage
	check("a late alert of a closed clock", "warning resolved", "critical resolved", "error resolved")
}

// Two installations that write to one place don't take each other's messages for theirs.
func TestInstallationsAreToldApart(t *testing.T) {
	row, _ := destinations.Named("pagerduty")
	fake := fakechat.NewPagerDuty(pagerKey)
	for _, base := range []string{"https://a.example", "https://b.example"} {
		d := notify.NewSpoken(&row, destinations.Values{"routing_key": pagerKey}, destinations.Surroundings{BaseURL: base}, fakeslack.InProcess(fake))
		if _, err := d.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(fake.Alerts()); n != 2 {
		t.Errorf("%d alerts, want 2", n)
	}
}

// Text from outside mentions no person and makes no link.
func TestHostileTextInEveryChat(t *testing.T) {
	c := newChats(t)
	d := overdue()
	const hostile = "<at>everyone</at> <users/all> <!channel> [click](https://evil.example) <a href=\"https://evil.example\">x</a> **b** www.evil.example"
	d.Incident.Title, d.Incident.Service = hostile, hostile
	d.Incident.Acknowledged = sla.Acknowledgement{By: hostile, At: may7(9, 0)}
	d.Clock.Explanation.Source.Quote = hostile
	d.Clock.Explanation.Source.Document = hostile
	d.Clock.Explanation.Source.URL = "javascript:alert(1)"
	for _, plain := range []bool{false, true} {
		m := writer("en").Write(d, may7(9, 1))
		m.Plain = plain
		m.Key += fmt.Sprint(plain)
		for kind, destination := range c.at {
			if _, err := destination.Post(t.Context(), m); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
		for kind, text := range c.shown(t) {
			for _, bad := range []string{"<at", "<users", "<!", "<a href=\"https://evil", "https://evil", "www.evil"} {
				if strings.Contains(text, bad) {
					t.Errorf("%s (plain %v) shows %q:\n%s", kind, plain, bad, text)
				}
			}
		}
	}
	var links []string
	for _, card := range c.teams.Shown() {
		links = append(links, card.Links...)
	}
	for _, m := range c.google.Messages() {
		links = append(links, m.Links...)
	}
	for _, a := range c.pager.Alerts() {
		links = append(links, a.Links...)
	}
	if len(links) == 0 {
		t.Error("nothing leads to the incident")
	}
	for _, link := range links {
		if !strings.HasPrefix(link, "https://kigen.example/incidents/") {
			t.Errorf("a link leads to %s", link)
		}
	}
}

// No text, however long or odd, makes a message that a chat refuses, then or afterwards.
func TestChatLimits(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		piece := rapid.StringOfN(rapid.RuneFrom([]rune("a&<>\"期\U0001F600\n|*`:/")), 1, 40, -1).Draw(t, "piece")
		return strings.Repeat(piece, rapid.IntRange(0, 400).Draw(t, "times"))
	})
	rapid.Check(t, func(t *rapid.T) {
		teams, google, pager := fakechat.NewTeams(fakechat.EachAttachment, teamsSig), fakechat.NewGoogleChat(chatKey, chatToken), fakechat.NewPagerDuty(pagerKey)
		d := overdue()
		d.Incident.Title, d.Incident.Service = text.Draw(t, "title"), text.Draw(t, "service")
		d.Incident.Vendor = text.Draw(t, "vendor")
		d.Incident.Acknowledged = sla.Acknowledgement{By: text.Draw(t, "by"), At: may7(9, 0)}
		source := &d.Clock.Explanation.Source
		source.Quote, source.Document = text.Draw(t, "quote"), text.Draw(t, "document")
		source.URL = "https://sotas.example/" + text.Draw(t, "url")
		for range rapid.IntRange(0, 100).Draw(t, "steps") {
			d.Clock.Explanation.Steps = append(d.Clock.Explanation.Steps, d.Clock.Explanation.Steps[0])
		}
		m := writer("ja").Write(d, may7(13, 0))
		m.Plain = rapid.Bool().Draw(t, "plain")
		for kind, fake := range map[string]http.Handler{"teams": teams, "googlechat": google, "pagerduty": pager} {
			if _, err := spoken(kind, "https://chat.example", fakeslack.InProcess(fake)).Post(context.Background(), m); err != nil {
				t.Fatalf("%s refused: %v", kind, err)
			}
		}
		if failures := teams.RunHistory(); len(failures) > 0 {
			t.Fatalf("Teams failed afterwards: %v", failures)
		}
	})
}

// The longest pages of digests fit, with a link on each line.
func TestLongestPagesOfChats(t *testing.T) {
	c := newChats(t)
	for kind, destination := range c.at {
		lines := min(max(destination.Digest().Page, 50), 5000)
		d := &outbox.Delivery{
			Key: "digest/7/1@soc", Destination: "soc", Kind: outbox.Page, Attempts: 1, PossibleRepeat: true,
			Alert: outbox.Alert{Key: "digest/7", Reason: outbox.ReasonDigest, At: may7(9, 0)}, Digest: &outbox.Digest{Part: 1, Pages: 300},
		}
		for i := range lines {
			d.Digest.Lines = append(d.Digest.Lines, outbox.Line{
				Incident: sla.IncidentID(1_000_000 + i), Vendor: strings.Repeat("期", 60), Service: strings.Repeat("工", 60), Title: strings.Repeat("障", 300),
				Promise: "incident-notice", State: sla.Overdue, Due: may7(9, 0), At: may7(9, 0), Reason: outbox.ReasonOverdue,
			})
		}
		w := writer("ja")
		w.BaseURL = "https://" + strings.Repeat("kigen.", 12) + "example/"
		m := w.Write(d, may7(10, 0))
		m.Items = m.Items[:min(destination.Digest().Page, len(m.Items))]
		if _, err := destination.Post(t.Context(), m); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for kind, text := range c.shown(t) {
		for _, want := range []string{"KGN-1000000", "KGN-1000019"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s has lost %s", kind, want)
			}
		}
	}
}

// Whatever goes wrong, and whatever a server echoes, no secret is in the error, and the error
// says what to do.
func TestChatErrors(t *testing.T) {
	secrets := []string{teamsSig, chatKey, chatToken, pagerKey}
	echo := func(status int, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // the client may be gone
		})
	}
	off, gone := fakechat.NewTeams(fakechat.EachAttachment, teamsSig), fakechat.NewGoogleChat(chatKey, chatToken)
	off.SwitchOff()
	gone.Delete()
	own := map[string]string{"teams": teamsSig, "googlechat": chatKey + " " + chatToken, "pagerduty": pagerKey}
	tests := []struct {
		name, kind string
		fake       http.Handler
		want       wire.Kind
		says       string
	}{
		{"wrong signature", "teams", fakechat.NewTeams(fakechat.EachAttachment, "other"), wire.Broken, "sig="},
		{"switched off", "teams", off, wire.Broken, "switch the workflow on"},
		{"wrong key", "googlechat", fakechat.NewGoogleChat("other", chatToken), wire.Broken, "key= and token="},
		{"wrong token", "googlechat", fakechat.NewGoogleChat(chatKey, "other"), wire.Broken, "key= and token="},
		{"webhook deleted", "googlechat", gone, wire.Broken, "no longer exists"},
		{"not Google", "googlechat", echo(200, own["googlechat"]), wire.Unknown, "without the name"},
		{"wrong routing key", "pagerduty", fakechat.NewPagerDuty(strings.Repeat("x", 32)), wire.Broken, "routing_key"},
		{"wrong api_url", "pagerduty", echo(404, own["pagerduty"]), wire.Broken, "api_url"},
		{"not PagerDuty", "pagerduty", echo(200, "<html>"), wire.Unknown, "without status success"},
		{"too many", "pagerduty", echo(429, own["pagerduty"]), wire.Limited, "asked to wait"},
		{"gateway", "teams", echo(502, own["teams"]), wire.Unknown, "502"},
		{"refused", "teams", echo(400, own["teams"]), wire.Refused, "400"},
		{"refused", "googlechat", echo(400, `{"error":{"status":"INVALID_ARGUMENT","message":"`+own["googlechat"]+`"}}`), wire.Refused, "INVALID_ARGUMENT"},
		{"refused", "pagerduty", echo(400, `{"errors":["`+own["pagerduty"]+`"]}`), wire.Refused, "400"},
		{"redirected", "teams", echo(302, ""), wire.Broken, "302"},
	}
	for _, test := range tests {
		t.Run(test.kind+" "+test.name, func(t *testing.T) {
			server := httptest.NewServer(test.fake)
			t.Cleanup(server.Close)
			_, err := spoken(test.kind, server.URL, nil).Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
			var f *wire.Failure
			if !errors.As(err, &f) {
				t.Fatalf("%v is no Failure", err)
			}
			if f.Kind != test.want || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v; want %s saying %q", f.Kind, err, test.want, test.says)
			}
			for _, secret := range secrets {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("a secret is in: %v", err)
				}
			}
			if f.Kind == wire.Broken && test.name != "redirected" {
				if remedy := destinations.Remedy(err.Error()); remedy.En == "" || remedy.Ja == remedy.En || remedy.Ja == "" {
					t.Errorf("the remedy is %+v", remedy)
				}
			}
		})
	}
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // nobody listens there any more
	for kind := range newChats(t).fakes() {
		_, err := spoken(kind, server.URL, nil).Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
		if f := wire.AsFailure(err); f.Kind != wire.Unreached {
			t.Errorf("%s: %s for a server that is not there", kind, f.Kind)
		}
		for _, secret := range secrets {
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
				t.Errorf("%s: a secret is in: %v", kind, err)
			}
		}
	}
}

// A workflow that wants the other form answers 202 all the same, and its run history says
// which of the two it wants.
func TestTeamsTemplates(t *testing.T) {
	for format, template := range map[string]fakechat.Template{"message": fakechat.EachAttachment, "card": fakechat.WholeBody} {
		for _, sent := range []string{"message", "card"} {
			fake := fakechat.NewTeams(template, teamsSig)
			_, err := spoken("teams", "https://teams.example", fakeslack.InProcess(fake), "format", sent).Post(t.Context(), writer("ja").Write(overdue(), may7(9, 0)))
			if err != nil {
				t.Fatal(err)
			}
			switch failures := fake.RunHistory(); {
			case sent == format && (len(fake.Shown()) != 1 || len(failures) > 0):
				t.Errorf("format %s is not shown: %v", format, failures)
			case sent != format && (len(fake.Shown()) != 0 || len(failures) != 1):
				t.Errorf("format %s is shown by a workflow that wants %s", sent, format)
			case sent != format:
				row, _ := destinations.Named("teams")
				wants := map[string]string{"card": "Property 'type' must be 'AdaptiveCard'", "message": "of type 'Null'"}[format]
				for _, lang := range []string{"ja", "en"} {
					if hint := row.HintIn(lang); !strings.Contains(failures[0], wants) || !strings.Contains(hint, wants) || !strings.Contains(hint, "format: "+format) {
						t.Errorf("%q does not explain %q", hint, failures[0])
					}
				}
			}
		}
	}
}

// The fakes refuse what their originals refuse.
func TestFakeChatsRefuse(t *testing.T) {
	teams := fakechat.NewTeams(fakechat.WholeBody, "")
	post := func(h http.Handler, url string, body any) int {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, url, strings.NewReader(string(raw))))
		return w.Code
	}
	run := map[string]any{"type": "TextRun", "text": "x", "color": "#ff0000"}
	for _, body := range []any{
		map[string]any{"type": "AdaptiveCard", "body": []any{run}},
		map[string]any{"type": "AdaptiveCard", "body": []any{map[string]any{"type": "TextRun", "text": strings.Repeat("x", 28<<10)}}},
	} {
		if code := post(teams, "/", body); code != http.StatusAccepted {
			t.Errorf("answered %d", code)
		}
	}
	if len(teams.RunHistory()) != 2 || len(teams.Shown()) != 0 {
		t.Errorf("Teams showed a colour in hex, or a card over 28 KB: %v", teams.RunHistory())
	}
	google := fakechat.NewGoogleChat("k", "t")
	for i, url := range []string{"/messages?key=k&token=t&requestId=a&messageId=client-a", "/messages?key=k&token=t&requestId=a", "/messages?key=k&token=t&messageId=client-a"} {
		want := []int{200, 200, 409}[i]
		if code := post(google, url, map[string]any{"text": "x"}); code != want {
			t.Errorf("%s: %d, want %d", url, code, want)
		}
	}
	if n := len(google.Messages()); n != 1 {
		t.Errorf("one requestId made %d messages", n)
	}
	if code := post(google, "/messages?key=k&token=t", map[string]any{"text": strings.Repeat("x", 32_000)}); code != 400 {
		t.Errorf("a message over 32,000 bytes: %d", code)
	}
}

// What kigen's auditor has found calls a person, and a report does not.
func TestSeverityWithoutAClock(t *testing.T) {
	for key, want := range map[string]string{"audit/1/2/0s": "critical", "report/2026-10@duty": "info", "test/duty/1": "info"} {
		c := newChats(t)
		d := report()
		d.Key = key
		if _, err := c.at["pagerduty"].Post(t.Context(), writer("en").Write(d, may7(9, 0))); err != nil {
			t.Fatal(err)
		}
		if a := c.pager.Alerts(); len(a) != 1 || a[0].Severity != want {
			t.Errorf("%s: %+v, want %s", key, a, want)
		}
	}
}

// Two webhooks of one space share its limit of one message a second.
func TestWebhooksOfASpaceShareItsPace(t *testing.T) {
	row, _ := destinations.Named("googlechat")
	pace := func(query string) wire.Pace {
		return row.New(destinations.Values{"url": "https://chat.example/v1/spaces/S/messages?" + query}, destinations.Surroundings{}).Pace()
	}
	if a, b := pace("key=a&token=b"), pace("key=a&token=c"); a != b || a.Post == 0 || strings.Contains(a.Channel, "token") {
		t.Errorf("%+v and %+v", a, b)
	}
}
