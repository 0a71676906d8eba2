package mailbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail"
	"kigen/cmd/kigen/internal/intake/mailbox/imaptest"
	"kigen/config"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// childVariable holds the database, the port of the mail server and where to die.
const childVariable = "KIGEN_TEST_MAILBOX_CHILD"

const house = `
intake:
  own: {domains: [example.jp], mx: [mx1.example.jp], authserv_id: mx.example.jp}
  mail: {imap: "imaps://kigen@imap.example.jp/INBOX", password: x}
vendors:
  - {id: acme, name: {ja: アクメ, en: Acme}, services: [API], mail: {domains: [acme.example]}, promises: [{id: notice, source: {document: Invented, quote: "Within 6 h."}, start: occurred, due: 6h, channels: {any: [email]}}]}
`

// inboxAt is an inbox over a database.
func inboxAt(ctx context.Context, path string) (*intake.Service, *store.DB, error) {
	c, err := config.Parse("kigen.yaml", []byte(house), nil)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, path, time.Now())
	if err != nil {
		return nil, nil, err
	}
	t := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: time.Now}
	return &intake.Service{
		Store: db, Tracker: t, Config: c.Intake, Register: c.Register, Mails: mail.Reader{}, Zone: c.Timezone, Lang: "en", Now: time.Now,
	}, db, nil
}

// mortal dies at its first commit of new mails, at one of three points.
type mortal struct {
	Inbox
	when string
}

func (m mortal) Commit(ctx context.Context, source string, s Step) error {
	fetched := len(s.Mails) > 0 && !s.Old
	if fetched && m.when == "before" {
		die()
	}
	if fetched && m.when != "" {
		doomed := *m.Service
		doomed.Store = dying{doomed.Store, m.when == "after"}
		m.Service = &doomed
	}
	return m.Inbox.Commit(ctx, source, s)
}

// dying dies at the end of its first transaction, before or after it is committed.
type dying struct {
	intake.Store
	committed bool
}

func (d dying) UpdateInboxLeading(ctx context.Context, f func(tracker.Tx, inbox.Tx) error) error {
	err := d.Store.UpdateInboxLeading(ctx, func(tx tracker.Tx, in inbox.Tx) error {
		err := f(tx, in)
		if !d.committed {
			die()
		}
		return err
	})
	if d.committed {
		die()
	}
	return err
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// child looks at the mailbox once.
func child(setting string) int {
	ctx := context.Background()
	path, rest, _ := strings.Cut(setting, "\n")
	port, when, _ := strings.Cut(rest, "\n")
	service, db, err := inboxAt(ctx, path)
	if err == nil {
		a := Account{Host: "127.0.0.1", Port: port, User: imaptest.User, Mailbox: "INBOX", Security: Plain, Password: imaptest.Password}
		w := NewServer(a, Net{}, Options{Source: "mail", Keep: mortal{Inbox{service}, when}, Every: time.Hour, Now: time.Now})
		err = errors.Join(w.once(ctx), db.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestKilled kills the process that reads a mailbox with kill -9: between the fetch and the
// transaction, in it, and after it. No mail is lost, and none comes twice.
func TestKilled(t *testing.T) {
	d := imaptest.Start(t, imaptest.Passwords)
	path := storetest.Path(t)
	look := func(when string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+path+"\n"+d.Plain+"\n"+when)
		out, err := cmd.CombinedOutput()
		if when == "" && err != nil {
			t.Fatalf("%v\n%s\n%s", err, out, d.Log())
		}
		if status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus); when != "" && status.Signal() != syscall.SIGKILL {
			t.Fatalf("%s: the process was not killed: %v\n%s", when, err, out)
		}
	}
	d.Deliver(t, mailText("old"))
	look("")
	var want []string
	large := strings.Repeat("A line of a log.\r\n", mostBytes*2/3/len("A line of a log.\r\n"))
	for _, when := range []string{"before", "within", "after"} {
		for _, name := range []string{"first", "second", "third"} { // in two steps
			subject := fmt.Sprintf("【障害】%s %s", when, name)
			want = append(want, subject)
			text := mailText(subject)
			if name != "third" {
				text += large
			}
			d.Deliver(t, text)
		}
		look(when)
		look("")
	}
	look("")
	service, db, err := inboxAt(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var got []string
	page, err := service.Items(t.Context(), inbox.Query{State: inbox.Candidate, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range page.Items {
		got = append(got, it.Title)
		if it.Revision != 1 {
			t.Errorf("%s has %d wordings", it.Title, it.Revision)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("candidates\n%q, want\n%q", got, want)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
