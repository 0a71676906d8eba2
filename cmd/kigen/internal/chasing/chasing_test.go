package chasing_test

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/chasing"
	"kigen/config"
	"kigen/notify/email"
	"kigen/notify/fakemail"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// gone answers a mail server's RCPT to gone@hoshi.example.
var gone = map[string]func() string{"gone@hoshi.example": fakemail.Always("550 5.1.1 no such user")}

// world is the service over a database of its own.
type world struct {
	testing.TB
	*chasing.Service
	server *fakemail.Server
	db     *store.DB
	now    time.Time
}

var start = time.Date(2026, 10, 6, 0, 0, 0, 0, time.UTC)

const house = `destinations: {soc: {console: {}}}
alerts: [{to: [soc]}]
vendors:
  - id: hoshi
    name: {ja: 星クラウド, en: Hoshi Cloud}
    contacts: [{name: Desk, mail: desk@hoshi.example}, {name: CISO, mail: ciso@hoshi.example, phone: "1"}]
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}
  - id: mute
    name: {ja: 無口, en: Mute}
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}
`

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := store.Open(t.Context(), storetest.Path(t), start)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := config.Parse("kigen.yaml", []byte(house), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, db: db, now: start.Add(9 * time.Hour)}
	clock := func() time.Time { return w.now }
	w.Service = &chasing.Service{
		Tracker:  &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: clock},
		Register: c.Register, Offices: map[string]chasing.Office{}, Zone: c.Timezone, Lang: "en", Now: clock,
	}
	return w
}

// connect gives the service a mail server.
func (w *world) connect(t *testing.T) {
	t.Helper()
	w.server = new(fakemail.Server)
	w.server.AnswerRecipients(gone)
	host, port, _ := net.SplitHostPort(w.server.Listen(t))
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	office, err := email.New(email.Options{Server: email.Server{Host: host, Port: n}, From: "SOC <kigen@aoba.example>", To: []string{"lead@aoba.example"}})
	if err != nil {
		t.Fatal(err)
	}
	w.Offices["lead"] = office
}

func (w *world) log(vendor string) {
	w.Helper()
	e := tracker.Entry{Vendor: vendor, Title: "uploads fail"}
	e.Times[sla.Occurred].At = start
	if _, err := w.Tracker.Log(w.Context(), sato, e); err != nil {
		w.Fatal(err)
	}
}

func (w *world) read() (inc *sla.Incident, events []sla.Event) {
	w.Helper()
	err := w.db.View(w.Context(), func(r tracker.Reader) (err error) {
		if inc, err = r.Incident(w.Context(), 1); err == nil {
			events, err = r.Events(w.Context(), 1)
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return inc, events
}

var sato = tracker.Request{Actor: "user:sato"}

// A chaser goes to the vendor's contacts with the incident's name in its subject, is on
// record with its Message-ID before the mail server has it, and with the answer after.
func TestSend(t *testing.T) {
	w := newWorld(t)
	w.connect(t)
	w.log("hoshi")
	w.server.SetAnswer(func(line string) string {
		if line != "DATA" {
			return ""
		}
		inc, _ := w.read()
		if len(inc.Chasers) != 1 || len(inc.Notes) != 1 || !strings.Contains(inc.Notes[0].Text, "it is not known whether it arrived") {
			t.Errorf("when the mail server asks for the content, %+v and %+v are on record", inc.Chasers, inc.Notes)
		}
		return ""
	})
	sent, err := w.Send(t.Context(), sato, 1, chasing.Request{Lang: "ja"})
	if err != nil || sent.Outcome != chasing.Accepted || strings.Join(sent.To, " ") != "desk@hoshi.example ciso@hoshi.example" {
		t.Fatalf("%+v, %v", sent, err)
	}
	w.server.AnswerRecipients(gone)
	letters := w.server.Accepted()
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	h := letters[0].Message(t).Header
	subject, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil || subject != sent.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	if h.Get("Message-ID") != sent.MessageID || !strings.HasSuffix(sent.MessageID, "@aoba.example>") || !strings.Contains(sent.Subject, "[KGN-1]") || h.Get("Auto-Submitted") != "" {
		t.Errorf("%v", h)
	}
	inc, events := w.read()
	c := inc.Chasers[0]
	if c.MessageID != sent.MessageID || c.Channel != "email" || c.RecordedBy != "user:sato" || !c.SentAt.Equal(w.now) || c.To != "desk@hoshi.example, ciso@hoshi.example" {
		t.Errorf("%+v", c)
	}
	if n := inc.Notes; len(n) != 2 || !strings.Contains(n[0].Text, "星クラウド") || !strings.Contains(n[0].Text, "sato") || !strings.Contains(n[1].Text, "accepted") {
		t.Errorf("%+v", n)
	}
	if !inc.Clocks[0].State.Open() || events[len(events)-3].Kind != sla.EventChaser || events[len(events)-3].Actor != "user:sato" {
		t.Errorf("%s, %+v", inc.Clocks[0].State, events)
	}

	// Not again by mistake; again where it is meant, as an answer to the first one.
	w.now = w.now.Add(9 * time.Minute)
	var recent *chasing.Recent
	if _, err := w.Send(t.Context(), sato, 1, chasing.Request{Lang: "en"}); !errors.As(err, &recent) || !errors.Is(err, tracker.ErrConflict) || recent.Last.MessageID != sent.MessageID {
		t.Errorf("%v", err)
	}
	again, err := w.Send(t.Context(), sato, 1, chasing.Request{Lang: "en", Again: true, To: []string{"Gone <gone@hoshi.example>", "boss@hoshi.example"}, Subject: "Please answer [KGN-1]", Text: "Now."})
	if err != nil || again.Outcome != chasing.Accepted || len(again.Left) != 1 || again.Left[0].Recipient != "gone@hoshi.example" || again.Subject != "Please answer [KGN-1]" {
		t.Fatalf("%+v, %v", again, err)
	}
	letters = w.server.Accepted()
	if len(letters) != 2 || letters[1].Message(t).Header.Get("In-Reply-To") != sent.MessageID || letters[1].Message(t).Header.Get("Subject") != "Please answer [KGN-1]" {
		t.Errorf("%d letters, %v", len(letters), letters[len(letters)-1])
	}
	if inc, _ = w.read(); len(inc.Chasers) != 2 || inc.Chasers[1].To != "boss@hoshi.example" || !strings.Contains(inc.Notes[3].Text, "Not sent to gone@hoshi.example") {
		t.Errorf("%+v", inc)
	}
	if err := w.db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// A letter ends with the name of the person who sent it. Where no name is known it has no
// signature: "board", "api" and the number of a Slack account are no names.
func TestSignature(t *testing.T) {
	w := newWorld(t)
	w.connect(t)
	w.log("hoshi")
	for actor, name := range map[string]string{
		"user:sato": "sato", "oidc:mori@aoba.example": "mori@aoba.example", "token:bridge (佐藤)": "佐藤", "佐藤": "佐藤", "mori (slack:U0MORI)": "mori",
		"board": "", "api": "", "slack:U0MORI": "",
	} {
		if _, err := w.Send(t.Context(), tracker.Request{Actor: actor}, 1, chasing.Request{Lang: "ja", Again: true}); err != nil {
			t.Fatal(err)
		}
		inc, _ := w.read()
		letter := inc.Notes[len(inc.Notes)-2].Text
		end := "\nお手数をおかけしますが、どうぞよろしくお願いいたします。"
		if name != "" {
			end += "\n\n" + name
		}
		if !strings.HasSuffix(strings.TrimSpace(letter), end) {
			t.Errorf("%s signs %q", actor, letter[max(0, len(letter)-200):])
		}
	}
}

// A request that is repeated, such as by a double click, sends one letter.
func TestRepeatedRequest(t *testing.T) {
	w := newWorld(t)
	w.connect(t)
	w.log("hoshi")
	by := tracker.Request{Actor: "user:sato", Key: "k1"}
	var all sync.WaitGroup
	results := make(chan string, 4)
	for range cap(results) {
		all.Go(func() {
			sent, err := w.Send(t.Context(), by, 1, chasing.Request{Lang: "en"})
			if err != nil {
				results <- err.Error()
				return
			}
			results <- fmt.Sprint(sent.Outcome, sent.Repeated)
		})
	}
	all.Wait()
	close(results)
	count := map[string]int{}
	for r := range results {
		count[r]++
	}
	if count["acceptedfalse"] != 1 || count["true"] != cap(results)-1 || len(w.server.Accepted()) != 1 {
		t.Errorf("%v, %d letters", count, len(w.server.Accepted()))
	}
}

// What the mail server does not take leaves nothing on record; what it refuses as a whole
// is noted as not sent, and what it leaves without an answer as unknown.
func TestFailures(t *testing.T) {
	for mode, want := range map[string]struct {
		outcome chasing.Outcome
		note    string
	}{
		"closed": {}, "gone": {},
		"content": {chasing.Refused, "so it was not sent: "},
		"hang up": {chasing.Unknown, "it may have arrived"},
	} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t)
			w.connect(t)
			w.log("hoshi")
			switch mode {
			case "closed":
				w.server.SetAnswer(func(string) string { return "421 come back later" })
			case "content":
				w.server.Dot = func(fakemail.Letter) string { return "554 5.7.1 looks like spam" }
			case "hang up":
				w.server.Dot = func(fakemail.Letter) string { return fakemail.HangUp }
			}
			r := chasing.Request{Lang: "en"}
			if mode == "gone" {
				r.To = []string{"gone@hoshi.example"}
			}
			sent, err := w.Send(t.Context(), sato, 1, r)
			inc, _ := w.read()
			if want.outcome == "" {
				var unsent *chasing.Unsent
				if !errors.As(err, &unsent) || len(inc.Chasers)+len(inc.Notes) > 0 {
					t.Errorf("%v, %+v", err, inc.Chasers)
				}
				return
			}
			if err != nil || sent.Outcome != want.outcome || sent.Reason == "" || len(inc.Chasers) != 1 || len(inc.Notes) != 2 || !strings.Contains(inc.Notes[1].Text, want.note) {
				t.Errorf("%+v, %v, %+v", sent, err, inc.Notes)
			}
			if len(w.server.Accepted()) != 0 {
				t.Error("a letter was taken")
			}
		})
	}
}

// A letter that can't be put on record is not sent.
func TestUnrecordedIsUnsent(t *testing.T) {
	w := newWorld(t)
	w.connect(t)
	w.log("hoshi")
	w.now = start.Add(-time.Hour) // before the incident began
	if sent, err := w.Send(t.Context(), sato, 1, chasing.Request{Lang: "en", Subject: "x", Text: "y"}); err == nil {
		t.Errorf("%+v", sent)
	}
	if inc, _ := w.read(); len(inc.Chasers)+len(inc.Notes)+len(w.server.Accepted()) > 0 {
		t.Errorf("%+v", inc)
	}
}

// Mistakes are named before anything is asked of a mail server.
func TestMistakes(t *testing.T) {
	w := newWorld(t)
	w.log("mute")
	ctx := context.Background()
	check := func(want string, r chasing.Request) {
		t.Helper()
		if _, err := w.Send(ctx, sato, 1, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if w.Ready() {
		t.Error("ready without a mail server")
	}
	check("no destination of kind email is configured", chasing.Request{Lang: "en"})
	w.connect(t)
	check("use one of lead", chasing.Request{Lang: "en", Via: "soc"})
	check("names no mail address", chasing.Request{Lang: "en"})
	check("is no mail address", chasing.Request{Lang: "en", To: []string{"desk"}})
	check("to", chasing.Request{Lang: "en", To: []string{"a@b.example\r\nBcc: c@d.example"}})
	check("subject", chasing.Request{Lang: "en", To: []string{"a@b.example"}, Subject: "a\nb"})
	if _, err := w.Tracker.Notice(ctx, sato, 1, tracker.NoticeEntry{ReceivedAt: start.Add(time.Hour), Channel: "email"}); err != nil {
		t.Fatal(err)
	}
	check(chasing.ErrNothingToAsk.Error(), chasing.Request{Lang: "en", To: []string{"a@b.example"}})
	if len(w.server.Accepted()) > 0 {
		t.Error("a letter was sent")
	}
}
