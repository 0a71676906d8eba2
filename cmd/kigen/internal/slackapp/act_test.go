package slackapp_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// buttonValue finds the value of a button in an answer's blocks; empty: there
// is none.
func buttonValue(t *testing.T, raw json.RawMessage, action string) string {
	t.Helper()
	var blocks []struct {
		Elements []struct {
			Action string `json:"action_id"`
			Value  string `json:"value"`
		} `json:"elements"`
	}
	if err := json.Unmarshal(raw, &blocks); err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e.Action == action {
				return e.Value
			}
		}
	}
	return ""
}

// fieldErrors reads what an acknowledgement says at which field.
func fieldErrors(t *testing.T, payload string) map[string]string {
	t.Helper()
	var answer struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
	}
	if payload == "" || payload == "null" {
		return nil
	}
	if err := json.Unmarshal([]byte(payload), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Action != "errors" {
		t.Fatalf("the form was answered with %s", payload)
	}
	return answer.Errors
}

func TestLogForm(t *testing.T) {
	w := newWorld(t, "ja")
	view := w.opened(w.socket.Command(w.mori(), "log sotas"))
	wantWords(t, string(view.Raw), "インシデントを登録", "2026-05-07 12:00", "Asia/Tokyo")
	payload := w.send(w.submission(view, map[string]string{
		"title": "ログイン不可 <b>", "when": "2026-05-02 22:10", "moment": "occurred", "impact": "serious", "severity": "high", "reference": "INC-7",
	}))
	if payload != "" {
		t.Fatalf("the form was answered with %s", payload)
	}
	answer := w.answer()
	wantWords(t, answer.Shown(), "KGN-1", "ログイン不可 &lt;b&gt;", "発生: 5月2日(土) 22:10 (Asia/Tokyo)", "5月7日(木) 09:00 (Asia/Tokyo)", "休業日5日を挟む")
	inc := w.incident(1)
	if inc.Impact != sla.ImpactSerious || inc.Severity != sla.SeverityHigh || inc.Reference != "INC-7" || inc.Title != "ログイン不可 <b>" {
		t.Errorf("logged %+v", inc)
	}
	if s := inc.Times[sla.Occurred]; s.Basis != sla.Stated || s.At.UTC().Format("15:04") != "13:10" {
		t.Errorf("occurred %+v", s)
	}
	if inc.Times[sla.Aware].Known() {
		t.Error("a moment was recorded that nobody gave")
	}
	if got := w.done(1, sla.EventLogged); len(got) != 1 || got[0] != "logged by mori (slack:U0MORI)" {
		t.Errorf("the history says %q", got)
	}
}

// Outside the vendor's hours a snooze until it opens is offered.
func TestSnoozeUntilOpening(t *testing.T) {
	w := newWorld(t, "ja")
	w.set(time.Date(2026, 5, 2, 22, 10, 0, 0, tokyo(t)))
	inc := w.logs("sotas", "outage")
	view := w.opened(w.socket.Click(w.mori(), "kigen_snooze", inc.ID.String()))
	wantWords(t, string(view.Raw), "ベンダーの次の営業開始 5月7日(木) 09:00")
	w.send(w.submission(view, map[string]string{"length": "2026-05-07T00:00:00Z"}))
	answer := w.answer()
	wantWords(t, answer.Shown(), "5月7日(木) 09:00 (Asia/Tokyo) まで再通知を止めます")
}

// What is wrong stands at its field, in the language of the app; mended, the
// same form is taken.
func TestLogFormErrors(t *testing.T) {
	tests := []struct {
		lang   string
		values map[string]string
		field  string
		word   string
	}{
		{"ja", map[string]string{"when": "きのう"}, "when", "時刻がありません"},
		{"en", map[string]string{"when": "yesterday"}, "when", "the time of day is missing"},
		{"ja", map[string]string{"when": "5/7/2026 10:00"}, "when", "あいまいです"},
		{"en", map[string]string{"when": "soon"}, "when", "not a time"},
		{"ja", map[string]string{"when": "2026-05-08 12:00"}, "when", "未来の時刻です"},
		{"en", map[string]string{"when": "2026-05-08 12:00"}, "when", "lies in the future"},
		{"ja", map[string]string{"title": " "}, "title", "件名がありません"},
		{"en", map[string]string{"title": " "}, "title", "is required"},
		{"ja", map[string]string{"vendor": "superstream", "service": "なし"}, "service", "スーパーストリーム株式会社のサービスではありません"},
		{"en", map[string]string{"when": "2026-13-01 10:00"}, "when", "no month 13"},
		{"ja", map[string]string{"title": "a\x1bb"}, "title", "U+001B"},
		{"en", map[string]string{"title": "a\u2028b"}, "title", "U+2028"},
		{"en", map[string]string{"title": "a\nb"}, "title", "U+000A"},
	}
	worlds := map[string]*world{"ja": newWorld(t, "ja"), "en": newWorld(t, "en")}
	for _, test := range tests {
		w := worlds[test.lang]
		view := w.opened(w.socket.Command(w.mori(), "log sotas"))
		values := map[string]string{"title": "outage"}
		for field, value := range test.values {
			values[field] = value
		}
		errors := fieldErrors(t, w.send(w.submission(view, values)))
		if len(errors) != 1 || !strings.Contains(errors[test.field], test.word) {
			t.Errorf("%v: errors %q, want %q at %s", test.values, errors, test.word, test.field)
		}
		if errors := fieldErrors(t, w.send(w.submission(view, map[string]string{"title": "outage"}))); errors != nil {
			t.Fatalf("%v: the mended form was refused: %v", test.values, errors)
		}
		answer := w.answer()
		wantWords(t, answer.Shown(), "outage")
	}
}

func TestButtons(t *testing.T) {
	w := newWorld(t, "en")
	inc := w.logs("sotas", "outage")
	w.broken = func(inc *sla.Incident) bool { return inc.Title == "breaks" }
	w.send(w.socket.Click(w.mori(), "kigen_ack", inc.ID.String()))
	answer := w.answer()
	wantWords(t, answer.Shown(), "is assigned to you", "KGN-1", "outage")
	if by := w.incident(inc.ID).Acknowledged.By; by != "mori (slack:U0MORI)" {
		t.Errorf("acknowledged by %q", by)
	}
	if got := w.done(inc.ID, sla.EventAcknowledged); len(got) != 1 || got[0] != "acknowledged by mori (slack:U0MORI)" {
		t.Errorf("the history says %q", got)
	}

	w.send(w.socket.Click(w.mori(), "kigen_chaser", inc.ID.String()))
	answer = w.answer()
	wantWords(t, answer.Shown(), "chaser of KGN-1 in en '''&lt;!channel&gt;")

	w.send(w.socket.Click(w.mori(), "kigen_open", ""))
	w.send(w.socket.Click(w.mori(), "somebody_elses", "x"))
	w.send(w.socket.Click(w.mori(), "kigen_ack", "KGN-77"))
	answer = w.answer() // the first answer since: the two clicks before had none
	wantWords(t, answer.Shown(), "Incident not found")
	w.send(w.socket.Click(w.mori(), "kigen_chaser", w.logs("sotas", "answered").ID.String()))
	answer = w.answer()
	wantWords(t, answer.Shown(), "No vendor notice is outstanding")
	w.send(w.socket.Click(w.mori(), "kigen_chaser", w.logs("sotas", "breaks").ID.String()))
	answer = w.answer()
	wantWords(t, answer.Shown(), "internal error")
	wantWords(t, w.log.String(), "no chaser for this one")
}

// A click on an incident that another person owns takes it over.
func TestAcknowledgeOfAnothersIncident(t *testing.T) {
	w := newWorld(t, "ja")
	inc := w.logs("sotas", "outage")
	if _, err := w.track.Own(t.Context(), tracker.Request{Actor: "user:sato"}, inc.ID, "佐藤 <b>"); err != nil {
		t.Fatal(err)
	}
	w.send(w.socket.Click(w.mori(), "kigen_ack", inc.ID.String()))
	answer := w.answer()
	wantWords(t, answer.Shown(), "担当者として記録しました", "再通知を止めます")
	w.send(w.socket.Command(w.mori(), "show 1"))
	answer = w.answer()
	wantWords(t, answer.Shown(), "担当者 mori")
}

// A time is echoed with its zone and with what the text left open.
func TestFormsReadTimesAsPeopleWriteThem(t *testing.T) {
	w := newWorld(t, "en")
	view := w.opened(w.socket.Command(w.mori(), "log sotas"))
	if payload := w.send(w.submission(view, map[string]string{"title": "x", "when": "昨日　１８時半", "moment": "occurred"})); payload != "" {
		t.Fatalf("the form was answered with %s", payload)
	}
	answer := w.answer()
	wantWords(t, answer.Shown(), "Occurred: Wed 6 May 18:30 (Asia/Tokyo)", "Occurred: “昨日　１８時半” read as Wed 6 May 2026 18:30 +09:00 (Asia/Tokyo)")
	view = w.opened(w.socket.Click(w.mori(), "kigen_notice", "KGN-1"))
	if payload := w.send(w.submission(view, map[string]string{"received_at": "11:30", "sent_at": "2026/5/7 11:25"})); payload != "" {
		t.Fatalf("the form was answered with %s", payload)
	}
	answer = w.answer()
	wantWords(t, answer.Shown(), "Thu 7 May 11:30 (Asia/Tokyo)", "Received: “11:30” read as Thu 7 May 2026 11:30 +09:00 (Asia/Tokyo); the date is missing, today is meant")
	if n := w.incident(1).Notices[0]; n.SentAt.UTC().Format("15:04") != "02:25" {
		t.Errorf("sent %s", n.SentAt)
	}
}

func TestNoticeForm(t *testing.T) {
	w := newWorld(t, "en")
	inc := w.logs("sotas", "outage")
	view := w.opened(w.socket.Click(w.mori(), "kigen_notice", inc.ID.String()))
	wantWords(t, string(view.Raw), "Record a notice", "2026-05-07 12:00", "KGN-1")
	errors := fieldErrors(t, w.send(w.submission(view, map[string]string{"received_at": "2026-05-07 10:00"})))
	wantWords(t, errors["received_at"], "lies before occurred_at")
	errors = fieldErrors(t, w.send(w.submission(view, map[string]string{"received_at": "soon", "sent_at": "later"})))
	if len(errors) != 2 || !strings.Contains(errors["sent_at"], "not a time") {
		t.Errorf("errors %q", errors)
	}
	if payload := w.send(w.submission(view, map[string]string{
		"received_at": "2026-05-07 11:30", "sent_at": "2026-05-07 11:25", "channel": "email", "reference": "V-1", "text": "We are sorry.",
	})); payload != "" {
		t.Fatalf("the form was answered with %s", payload)
	}
	answer := w.answer()
	wantWords(t, answer.Shown(), "notice recorded", "Thu 7 May 11:30 (Asia/Tokyo)", "5 h 30 min before the deadline")
	got := w.incident(inc.ID)
	if len(got.Notices) != 1 || got.Clocks[0].State != sla.Met {
		t.Fatalf("recorded %+v, clock %s", got.Notices, got.Clocks[0].State)
	}
	if n := got.Notices[0]; n.Channel != "email" || n.Reference != "V-1" || n.Text != "We are sorry." || n.RecordedBy != "mori (slack:U0MORI)" {
		t.Errorf("recorded %+v", n)
	}
}

func TestSnoozeForm(t *testing.T) {
	w := newWorld(t, "ja")
	inc := w.logs("sotas", "outage")
	view := w.opened(w.socket.Click(w.mori(), "kigen_snooze", inc.ID.String()))
	errors := fieldErrors(t, w.send(w.submission(view, map[string]string{"until": "2026-05-07 11:00"})))
	wantWords(t, errors["until"], "過去の時刻です")
	for _, test := range []struct{ length, until, want string }{
		{"1h", "", "2026-05-07 13:00"},
		{"4h", "", "2026-05-07 16:00"},
		{"4h", "2026-05-08 09:00", "2026-05-08 09:00"},
	} {
		view := w.opened(w.socket.Click(w.mori(), "kigen_snooze", inc.ID.String()))
		if payload := w.send(w.submission(view, map[string]string{"length": test.length, "until": test.until})); payload != "" {
			t.Fatalf("the form was answered with %s", payload)
		}
		answer := w.answer()
		wantWords(t, answer.Shown(), "再通知を止めます", "(Asia/Tokyo)")
		if got := w.incident(inc.ID).Acknowledged.Until.In(tokyo(t)).Format("2006-01-02 15:04"); got != test.want {
			t.Errorf("%s %s: silent until %s, want %s", test.length, test.until, got, test.want)
		}
	}
}
