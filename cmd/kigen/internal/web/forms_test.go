package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
)

// form sends a form as a browser without scripts does, and returns the page
// that it answers with or leads to.
func (s *site) form(path string, values url.Values, status int) string {
	s.t.Helper()
	res := s.send(http.MethodPost, path, values.Encode(),
		"Content-Type: application/x-www-form-urlencoded", "Origin: http://127.0.0.1:8080", "Sec-Fetch-Site: same-origin")
	page := text(s.t, res)
	if res.StatusCode != status {
		s.t.Fatalf("POST %s %v: %d, want %d\n%s", path, values, res.StatusCode, status, page)
	}
	if status == http.StatusSeeOther {
		return s.get(res.Header.Get("Location"))
	}
	return page
}

func holds(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q:\n%s", want, page)
		}
	}
}

// The whole life of an incident by forms alone.
func TestFormsWithoutScripts(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-01 18:30")
	key := regexp.MustCompile(`name="key" value="(\w+)"`).FindStringSubmatch(s.get("/incidents/new"))[1]
	entry := url.Values{
		"key": {key}, "vendor": {"sotas"}, "title": {"Sign-in fails"}, "impact": {"serious"}, "scope": {"unknown"},
		"severity": {""}, "occurred_at": {"2026-05-01T18:00"}, "aware_at": {"2026-05-01T18:22"}, "tags": {"auth、 prod"},
	}
	page := s.form("/incidents", entry, http.StatusSeeOther)
	holds(t, page, "Logged.", "KGN-1", "Thu 7 May 09:00", "Running", `<span class="tag">prod</span>`, "<svg viewBox")
	// The form sent twice logs one incident.
	holds(t, s.form("/incidents", entry, http.StatusSeeOther), "KGN-1")

	s.setClock("2026-05-07 09:12")
	holds(t, s.get("/incidents/KGN-1", "Cookie: kigen_name=%E4%BD%90%E8%97%A4"), `name="by" maxlength="100" value="佐藤"`)
	page = s.form("/incidents/KGN-1/ack", url.Values{"by": {"佐藤"}, "snooze": {"4h"}}, http.StatusSeeOther)
	holds(t, page, "Overdue", "assigned to 佐藤", "no repeats until Thu 7 May 13:12")

	// What was not changed in the form stays as it is, whatever the browser makes of its seconds.
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(page)[1]
	amended := url.Values{
		"version": {version}, "title": {"Sign-in fails"}, "occurred_at": {"2026-05-01T17:59:00"}, "aware_at": {"2026-05-01T18:22:00"},
		"impact": {"serious"}, "severity": {"high"}, "tags": {"auth, prod"}, "description": {"First line\r\nsecond line"},
	}
	page = s.form("/incidents/KGN-1/amend", amended, http.StatusSeeOther)
	holds(t, page, "Corrected.", "Deadline moved from Thu 7 May 09:00 to Fri 1 May 23:59",
		"Occurred: Fri 1 May 18:00 → Fri 1 May 17:59", "Severity: none → high", "First line\nsecond line")
	if strings.Contains(page, "We became aware: Fri") || strings.Contains(page, "Tags (separated by commas): ") {
		t.Error("something that was not changed was amended")
	}
	amended.Set("occurred_at", "2026-05-01T17:00")
	page = s.form("/incidents/KGN-1/amend", amended, http.StatusUnprocessableEntity)
	holds(t, page, "Someone else changed the incident", `value="2026-05-01T17:00"`)

	page = s.form("/incidents/KGN-1/notices", url.Values{
		"received_at": {"2026-05-07T09:10"}, "channel": {"email"}, "text": {"We are sorry."},
	}, http.StatusSeeOther)
	holds(t, page, "Notice recorded.", "Late", "notice 5 d 9 h after due", "We are sorry.", "by e-mail")

	page = s.form("/incidents/KGN-1/cancel", url.Values{"reason": {"A drill"}}, http.StatusSeeOther)
	holds(t, page, "The incident is cancelled.", "Reason: A drill")
	if forms := regexp.MustCompile(`<form method="post" action="[^"]*/incidents/[^"]*"`).FindAllString(page, -1); len(forms) != 2 || !strings.HasSuffix(forms[0], `/reopen"`) || !strings.HasSuffix(forms[1], `/erase"`) {
		t.Errorf("a cancelled incident has the forms %q", forms)
	}
}

// The form offers a cadence once, however many rounds it has had: a notice
// answers the open one.
// A browser without a picker for times leaves a field to type in.
func TestFormsReadTimesAsPeopleWriteThem(t *testing.T) {
	s := newSite(t)
	s.setClock("2026-05-07 12:00")
	s.form("/incidents", url.Values{"vendor": {"sotas"}, "title": {"x"}, "occurred_at": {"２０２６年５月７日　１０時"}}, http.StatusSeeOther)
	s.form("/incidents/1/amend", url.Values{"occurred_at": {"2026/5/7 10:00"}, "detected_at": {"10:30"}}, http.StatusSeeOther)
	s.form("/incidents/1/notices", url.Values{"received_at": {"今"}, "sent_at": {"R8.5.7 11:58 JST"}}, http.StatusSeeOther)
	got := s.get("/api/v1/incidents/1")
	holds(t, got, `"occurred_at":"2026-05-07T10:00:00+09:00","detected_at":"2026-05-07T10:30:00+09:00"`, `"received_at":"2026-05-07T12:00:00+09:00","sent_at":"2026-05-07T11:58:00+09:00"`)
	if events := s.get("/api/v1/incidents/1/events"); strings.Contains(events, `"occurred_at":{`) {
		t.Errorf("the same time in another form was taken for a change: %s", events)
	}
}

func TestFormOffersACadenceOnce(t *testing.T) {
	s := newSite(t)
	hour := sla.Rule{Op: sla.OpElapsed, Length: time.Hour}
	promise := *s.tracker.Catalogue[0].Promises[0]
	promise.Stages = []sla.Stage{{ID: "first", Due: hour}, {ID: "update", After: "first", Due: hour, Every: true}}
	vendor := *s.tracker.Catalogue[0]
	vendor.Promises = []*sla.Promise{&promise}
	s.tracker.Catalogue[0] = &vendor
	s.log(`{"vendor": "` + vendor.ID + `", "title": "outage"}`)
	for range 3 {
		s.form("/incidents/KGN-1/notices", url.Values{"channel": {"email"}}, http.StatusSeeOther)
	}
	page := s.get("/incidents/KGN-1")
	holds(t, page, "update, round 3", `<option value="first"`, `<option value="update"`)
	if strings.Contains(page, `<option value="update#`) {
		t.Error("the form offers rounds")
	}
}

// In Japanese a person reads Japanese, whatever was refused.
func TestRefusalsInJapanese(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Lang = "ja" })
	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-07 10:00"}`)
	for _, c := range []struct {
		path, form, says string
	}{
		{"/incidents", "vendor=sotas&title=x&occurred_at=2026-02-30T10:00", "2026年2月に30日はありません。28日までの日付を入力してください。"},
		{"/incidents", "vendor=sotas&title=x&occurred_at=yesterday", "時刻がありません。"},
		{"/incidents", "vendor=sotas&title=x&occurred_at=soon", "日時として読めません。"},
		{"/incidents", "vendor=sotas&title=x&occurred_at=5/7+10:00", "あいまいです。"},
		{"/incidents", "vendor=sotas&title=x&occurred_at=2026-05-08T10:00", "未来の時刻です。"},
		{"/incidents", "vendor=sotas&title=x&occurred_at=2026-05-07T10:00&aware_at=2026-05-07T09:00", "発生した時刻(2026年5月7日(木) 10:00)より前です。"},
		{"/incidents", "vendor=sotas&title=x&service=SuperStream", "Sotas株式会社のサービスではありません。"},
		{"/incidents", "vendor=&title=", "件名がありません。"},
		{"/incidents", "vendor=sotos&title=x", "登録されていないベンダーです。"},
		{"/incidents", "vendor=sotas&title=x&impact=huge", "この値は使えません。serious, limited, none, unknown から選んでください。"},
		{"/incidents/1/notices", "received_at=2026-05-07T09:00", "発生の時刻(2026年5月7日(木) 10:00)より前です。"},
		{"/incidents/1/notices", "received_at=2026-05-08T09:00", "通知が実際に届いた時刻を入力してください。"},
		{"/incidents/1/notices", "sent_at=2026-05-07T23:00", "より後です。"},
		{"/incidents/1/notices", "stage=final", "通知は1回だけなので、空欄にしてください。"},
		{"/incidents/1/notices", "received_at=&channel=", "何も入力されていません。"},
		{"/incidents/1/withdraw", "n=1&reason=", "理由を入力してください。"},
		{"/incidents/1/withdraw", "n=&reason=x", "取り下げる通知を選んでください。"},
		{"/incidents/1/withdraw", "n=1&reason=x", "KGN-1には記録された通知がありません。"},
		{"/incidents/1/reopen", "reason=x", "KGN-1は取り消されていません。"},
		{"/incidents/1/waive", "clock=incident-notice&reason=", "理由を入力してください。"},
		{"/incidents/1/waive", "clock=other&reason=x", "incident-notice から選んでください。"},
		{"/incidents/1/unwaive", "clock=incident-notice&reason=x", "免除されていません。"},
		{"/incidents/1/cancel", "reason=", "取り消す理由を入力してください。"},
	} {
		values, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		page := s.form(c.path, values, http.StatusUnprocessableEntity)
		problems := regexp.MustCompile(`(?s)<section class="problems".*?</section>`).FindString(page)
		holds(t, problems, c.says)
		if strings.Contains(problems, "⟦") || regexp.MustCompile(`: [a-z]+ [a-z]+ `).MatchString(problems) {
			t.Errorf("%s: not Japanese: %s", c.form, problems)
		}
	}
}

// A refused form comes back as it was filled in, with what is wrong.
func TestRefusedForms(t *testing.T) {
	s := newSite(t)
	page := s.form("/incidents", url.Values{
		"vendor": {"sotas"}, "title": {"Kept title"}, "occurred_at": {"2026-02-30T10:00"}, "severity": {"low"},
	}, http.StatusUnprocessableEntity)
	holds(t, page, `href="#f-occurred_at"`, "<q>2026-02-30T10:00</q>", "its days go from 01 to 28",
		`value="Kept title"`, `name="vendor" list="vendors" required autocomplete="off" maxlength="200" value="sotas"`, `<option value="low" selected>`)
	holds(t, s.form("/incidents", url.Values{"vendor": {""}, "title": {""}}, http.StatusUnprocessableEntity), `href="#f-vendor"`, `href="#f-title"`)
	if strings.Contains(s.get("/"), "KGN-") {
		t.Error("a refused form logged an incident")
	}

	s.log(`{"vendor":"sotas","title":"x","occurred_at":"2026-05-07 10:00"}`)
	page = s.form("/incidents/1/notices", url.Values{"received_at": {"2026-05-07T09:00"}, "text": {"Kept text"}}, http.StatusUnprocessableEntity)
	holds(t, page, `href="#f-received_at"`, "lies before occurred_at", "Kept text")
	page = s.form("/incidents/1/cancel", url.Values{"reason": {" "}}, http.StatusUnprocessableEntity)
	holds(t, page, "Enter the reason for the cancellation.")
	s.form("/incidents/9/cancel", url.Values{"reason": {"x"}}, http.StatusNotFound)
}
