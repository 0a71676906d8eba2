package daemon

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kigen/notify/fakemail"
	"kigen/sla"
	"kigen/sla/tracker"
)

// The loop of a chaser: kigen sends it because a person says so, the vendor's reply is
// handed in and found to be about the incident by it alone, a person accepts it as the
// notice, and the clock stops by the channel by which it came.
func TestAChaserClosesTheLoop(t *testing.T) {
	t.Parallel()
	box := new(fakemail.Server)
	box.AnswerRecipients(map[string]func() string{"gone@borealis.example": fakemail.Always("550 5.1.1 no such user")})
	s := newShifting(t, `destinations:
  soc: SLACK
  lead: {email: {smtp: "smtp://`+box.Listen(t)+`?tls=none", from: "SOC <kigen@midori-seimitsu.example>", to: [lead@midori-seimitsu.example]}}
alerts: [{to: [soc]}]
intake: {own: {domains: [midori-seimitsu.example], mx: [in1.midori-seimitsu.example], authserv_id: auth.midori-seimitsu.example}}
vendors:
  - id: borealis
    name: {ja: "Borealis Storage", en: "Borealis Storage"}
    mail: {domains: [borealis.example], ticket: 'BO-\d+'}
    contacts: [{name: Security, mail: security@borealis.example}]
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}
`)
	for _, title := range []string{"tenants mixed up", "another one"} { // so that nothing but the reply tells which
		e := tracker.Entry{Vendor: "borealis", Title: title}
		e.Times[sla.Occurred].At = time.Now().Add(-9 * time.Hour)
		if _, err := s.Tracker().Log(t.Context(), tracker.Request{Actor: "test"}, e); err != nil {
			t.Fatal(err)
		}
	}
	if _, page := answer(t, s.Daemon, http.MethodGet, "/incidents/KGN-1?lang=en", ""); !strings.Contains(page, `id="send-chaser"`) || !strings.Contains(page, `value="security@borealis.example"`) {
		t.Error("the page of the incident does not offer to send the letter")
	}
	status, text := answer(t, s.Daemon, http.MethodPost, "/api/v1/incidents/KGN-1/chaser", `{"by":"sato"}`)
	var sent struct {
		Outcome   string
		MessageID string `json:"message_id"`
	}
	if err := json.Unmarshal([]byte(text), &sent); err != nil || status != http.StatusCreated || sent.Outcome != "accepted" {
		t.Fatalf("%d %s, %v", status, text, err)
	}
	letters := box.AcceptedFor("security@borealis.example")
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	if h := letters[0].Message(t).Header; h.Get("Message-ID") != sent.MessageID || !strings.Contains(h.Get("From"), "kigen@midori-seimitsu.example") {
		t.Errorf("%v", h)
	}
	if status, text := answer(t, s.Daemon, http.MethodPost, "/api/v1/incidents/KGN-1/chaser", `{"by":"ueda"}`); status != http.StatusConflict || !strings.Contains(text, "was chased at") {
		t.Errorf("a second one: %d %s", status, text)
	}

	status, text = s.push("mail", "093-update-en-minimal.eml", "Subject: BO-90213", "Subject: RE: your mail\nIn-Reply-To: "+sent.MessageID)
	var taken struct {
		Items []struct {
			ID                       int64
			State, Incident, Channel string
			Reasons                  []string
		}
	}
	if err := json.Unmarshal([]byte(text), &taken); err != nil || status != http.StatusCreated || len(taken.Items) != 1 {
		t.Fatalf("%d %s, %v", status, text, err)
	}
	if it := taken.Items[0]; it.State != "candidate" || it.Incident != "KGN-1" || it.Channel != "email" {
		t.Fatalf("the reply is %s", text)
	}
	if shown := s.incident(1); !strings.Contains(shown, `"state":"overdue"`) {
		t.Errorf("the reply stopped the clock by itself: %s", shown)
	}
	status, text = answer(t, s.Daemon, http.MethodPost, "/api/v1/intake/1/accept", `{"incident":"KGN-1","by":"sato"}`)
	if status != http.StatusOK || !strings.Contains(text, `"state":"recorded"`) {
		t.Fatalf("%d %s", status, text)
	}
	for _, want := range []string{`"state":"late"`, `"channel":"email"`, `"message_id":"` + sent.MessageID} {
		if shown := s.incident(1); !strings.Contains(shown, want) {
			t.Errorf("the incident lacks %s: %s", want, shown)
		}
	}
	if shown := s.incident(2); !strings.Contains(shown, `"state":"overdue"`) {
		t.Errorf("the other incident: %s", shown)
	}
	// The letter that kigen sent, delivered to its own mailbox by a mailing list, is not a
	// notice of the vendor.
	own := "Message-ID: " + sent.MessageID + "\nFrom: security@borealis.example\nTo: kigen@midori-seimitsu.example\nSubject: [KGN-2] loop\nDate: " + time.Now().Format(time.RFC1123Z) + "\n\nWe are aware of the incident.\n"
	if status, text := s.pushed("mail", own); status != http.StatusCreated || strings.Contains(text, `"auto":true`) || strings.Contains(text, `"state":"recorded"`) {
		t.Errorf("%d %s", status, text)
	}
	s.sendByForm(box)
	if err := s.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	s.end()
}

// sendByForm sends the letter of the second incident as a browser does.
func (s *shifting) sendByForm(box *fakemail.Server) {
	s.t.Helper()
	post := func(form url.Values) (int, string) {
		r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL()+"/incidents/KGN-2/chaser?lang=en", strings.NewReader(form.Encode()))
		if err != nil {
			s.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			s.t.Fatal(err)
		}
		defer response.Body.Close()
		var text strings.Builder
		if err := response.Write(&text); err != nil {
			s.t.Fatal(err)
		}
		return response.StatusCode, text.String()
	}
	if status, page := post(url.Values{"send_to": {"gone@borealis.example"}, "send_by": {"sato"}, "send_key": {"k0"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "nothing was sent") {
		s.t.Errorf("%d %s", status, page)
	}
	form := url.Values{"send_to": {"security@borealis.example, desk@borealis.example"}, "send_key": {"k1"}}
	if status, page := post(form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Enter your name") {
		s.t.Errorf("without a name: %d %s", status, page)
	}
	form.Set("send_by", "sato")
	for range 2 { // a double click
		if status, page := post(form); status != http.StatusOK || !strings.Contains(page, "The mail server accepted the letter") {
			s.t.Errorf("%d %s", status, page)
		}
	}
	if letters := box.AcceptedFor("desk@borealis.example"); len(letters) != 1 {
		s.t.Errorf("%d letters", len(letters))
	}
	form.Set("send_key", "k2")
	if status, page := post(form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "send_again") {
		s.t.Errorf("%d %s", status, page)
	}
	form.Set("send_again", "1")
	if status, page := post(form); status != http.StatusOK {
		s.t.Errorf("%d %s", status, page)
	}
	if letters := box.AcceptedFor("desk@borealis.example"); len(letters) != 2 {
		s.t.Errorf("%d letters", len(letters))
	}
}
