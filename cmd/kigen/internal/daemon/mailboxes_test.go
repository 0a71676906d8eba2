package daemon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/mailbox/imaptest"
	"kigen/notify/fakeslack"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
	"kigen/store/pgtest"
)

const mailsConfig = `destinations: {soc: SLACK}
alerts: [{to: [soc]}]
intake:
  own: {domains: [midori-seimitsu.example], mx: [in1.midori-seimitsu.example], authserv_id: auth.midori-seimitsu.example}
  mail: {imap: "imap://kigen@127.0.0.1:PORT/INBOX", password: "PASSWORD", every: 24h, auto: on}
  spool: {maildir: "MAILDIR", every: 24h}
vendors:
  - id: borealis
    name: {ja: "Borealis Storage", en: "Borealis Storage"}
    mail: {domains: [borealis.example], ticket: 'BO-\d+'}
    promises:
      - {id: incident-notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}
`

// notice is a mail of a vendor as our own server delivers it, with a proved sender.
func notice(subject string) string {
	at := time.Now().Format(time.RFC1123Z)
	return "Authentication-Results: auth.midori-seimitsu.example; dmarc=pass header.from=borealis.example\r\n" +
		"Received: from out.borealis.example by in1.midori-seimitsu.example; " + at + "\r\n" +
		"From: <security@borealis.example>\r\nTo: notice@midori-seimitsu.example\r\nSubject: " + subject + "\r\nDate: " + at + "\r\n" +
		fmt.Sprintf("Message-ID: <%x@out.borealis.example>\r\n\r\n", subject) +
		"We have confirmed that some files of tenants were shown to other tenants. The cause is a fault in the cache.\r\n"
}

// A running daemon reads the mailboxes of its configuration. Mails that were there before
// are marked as seen; a new one becomes a candidate at once or stops the clock of its
// incident. A mailbox that refuses the login is reported, without the password.
func TestMailboxesAreRead(t *testing.T) {
	t.Parallel()
	d := imaptest.Start(t, imaptest.Passwords)
	d.Deliver(t, notice("BO-1 old incident"))
	spool := t.TempDir()
	for _, folder := range []string{"new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(spool, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config := strings.NewReplacer("PORT", d.Plain, "PASSWORD", imaptest.Password, "MAILDIR", spool).Replace(mailsConfig)
	s := newShifting(t, config)
	for _, source := range []string{"mail", "spool"} {
		s.remembered(source, "the first look at "+source, func(src inbox.Source) bool { return !src.LastSuccess.IsZero() })
	}
	if items := s.items(inbox.Query{}); len(items) != 1 || items[0].State != inbox.Seen || items[0].Title != "BO-1 old incident" {
		t.Fatalf("%+v", items)
	}

	d.Deliver(t, notice("BO-90213 incident"))
	s.until("a message about the candidate", func() bool { return s.posted("BO-90213 incident") == 1 })
	if items := s.items(inbox.Query{State: inbox.Candidate}); len(items) != 1 || items[0].Source != "mail" || items[0].Vendor != "borealis" {
		t.Fatalf("%+v", items)
	}
	e := tracker.Entry{Vendor: "borealis", Title: "tenants mixed up", Reference: "BO-90214"}
	e.Times[sla.Occurred].At = time.Now().Add(-time.Hour)
	if _, err := s.Tracker().Log(t.Context(), tracker.Request{Actor: "test"}, e); err != nil {
		t.Fatal(err)
	}
	d.Deliver(t, notice("BO-90214 incident"))
	s.until("the clock stops", func() bool { return strings.Contains(s.incident(1), `"state":"met"`) })
	if items := s.items(inbox.Query{State: inbox.Recorded}); len(items) != 1 || items[0].Incident != "KGN-1" {
		t.Errorf("%+v", items)
	}
	if err := os.WriteFile(filepath.Join(spool, "new", "1.host"), []byte(notice("BO-90215 incident")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.until("the mail of the Maildir", func() bool { return len(s.items(inbox.Query{Source: "spool", State: inbox.Candidate})) == 1 })

	wrong := "not-the-password-at-all"
	s.becomes(strings.Replace(config, imaptest.Password, wrong, 1))
	s.until("a message about the login", func() bool { return s.posted("The source mail can't be read") == 1 })
	if h := s.health(t.Context()); len(h.Faults) != 1 || !strings.Contains(h.Faults[0].Text.En, "refuses the login") {
		t.Errorf("faults %+v", h.Faults)
	}
	d.Deliver(t, notice("BO-90216 incident"))
	s.becomes(config)
	s.until("what came meanwhile", func() bool { return s.posted("BO-90216 incident") == 1 })
	s.until("a message that it is read again", func() bool { return s.posted("mail is read again") == 1 })
	_, metrics := answer(t, s.Daemon, http.MethodGet, "/metrics", "")
	for _, line := range []string{
		`kigen_intake_items_total{result="seen",source="mail"} 1`, `kigen_intake_items_total{result="candidate",source="mail"} 2`,
		`kigen_intake_items_total{result="recorded",source="mail"} 1`, `kigen_intake_items_total{result="candidate",source="spool"} 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	if err := s.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	log := s.end()
	if !strings.Contains(log, "a mailbox can't be read") {
		t.Error(log)
	}
	for _, secret := range []string{wrong, imaptest.Password} {
		if strings.Contains(log, secret) {
			t.Errorf("a password is logged:\n%s", log)
		}
	}
}

// Only the replica that leads reads the mailbox. The next leader goes on where it ended.
func TestOnlyTheLeaderReadsMails(t *testing.T) {
	d := imaptest.Start(t, imaptest.Passwords)
	d.Deliver(t, notice("BO-1 old incident"))
	fake := fakeslack.New(fakeslack.Options{Token: "xoxb-test", Channels: []string{"C0123456789"}})
	server := httptest.NewServer(fake)
	defer server.Close()
	place := pgtest.URL(t)
	_, sources, _ := strings.Cut(mailsConfig, "\nintake:\n")
	more := "intake:\n" + strings.NewReplacer("PORT", d.Plain, "PASSWORD", imaptest.Password, `  spool: {maildir: "MAILDIR", every: 24h}`+"\n", "").Replace(sources)
	a := startReplica(t, place, server.URL, more)
	until(t, "the first replica leads", a.lease.Valid)
	until(t, "the mailbox is read", func() bool { return len(itemsOf(t, a.Daemon)) == 1 })
	b := startReplica(t, place, server.URL, more)
	until(t, "the second one knows", func() bool { _, ok := b.lease.Leader(); return ok })
	d.Deliver(t, notice("BO-90213 incident"))
	until(t, "a candidate", func() bool { return len(itemsOf(t, b.Daemon)) == 2 })
	logins := func() int { return strings.Count(d.Log(), "Login: user=<"+imaptest.User+">") }
	if n := logins(); n != 1 {
		t.Errorf("%d logins at the mailbox", n)
	}
	a.stop()
	until(t, "the other one leads", b.lease.Valid)
	d.Deliver(t, notice("BO-90214 incident"))
	until(t, "the next candidate", func() bool { return len(itemsOf(t, b.Daemon)) == 3 })
	for i, want := range []inbox.State{inbox.Candidate, inbox.Candidate, inbox.Seen} {
		if it := itemsOf(t, b.Daemon)[i]; it.State != want {
			t.Errorf("%s is %s, want %s", it.Title, it.State, want)
		}
	}
	if n := logins(); n != 2 {
		t.Errorf("%d logins at the mailbox", n)
	}
}
