package intake_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kigen/cmd/kigen/internal/intake"
	mailpkg "kigen/cmd/kigen/internal/intake/mail"
	"kigen/sla/inbox"
)

// A sender that uses a Message-ID twice within one look loses no mail, and neither does one
// whose mails come again.
func TestMailsOfOneLook(t *testing.T) {
	w := newWorld(t)
	w.Mails = echo{}
	w.watched("mail")
	w.at(time.Hour)
	arrived := nine.Add(30 * time.Minute)
	mails := []intake.RawMail{
		{Raw: []byte("<1@a>\none"), Arrived: arrived},
		{Raw: []byte("<1@a>\ntwo"), Arrived: arrived},
		{Raw: []byte("<1@a>\none")},
		{Raw: []byte("<2@a>\n"), Unread: intake.UnreadTooLarge},
		{Unread: intake.UnreadBroken, Place: "7/12"},
		{Unread: intake.UnreadBroken, Place: "7/13"},
	}
	take := func() *intake.Taken {
		entries, err := w.ReadMails(t.Context(), mails)
		if err != nil {
			t.Fatal(err)
		}
		return w.take(intake.Batch{Source: "mail", Entries: entries})
	}
	taken := take()
	for i, want := range []string{intake.ResultNew, intake.ResultNew, intake.ResultUnchanged, intake.ResultNew, intake.ResultNew, intake.ResultNew} {
		if taken.Results[i] != want || taken.Items[i].State != inbox.Candidate {
			t.Errorf("mail %d: %s, %+v", i, taken.Results[i], taken.Items[i])
		}
	}
	if it := taken.Items[0]; !it.ReceivedAt.Equal(arrived) {
		t.Errorf("received at %s, want when it arrived in the mailbox", it.ReceivedAt)
	}
	if it := taken.Items[4]; it.Title != "7/12" {
		t.Errorf("a mail without anything is called %q", it.Title)
	}
	f, header, err := w.ItemEvidence(t.Context(), taken.Items[3].ID)
	if err != nil || string(header) != "<2@a>\n" || f.Type != "text/rfc822-headers" {
		t.Errorf("of a large mail %q, %+v, %v is kept", header, f, err)
	}
	for i, result := range take().Results {
		if result != intake.ResultUnchanged {
			t.Errorf("mail %d, once more: %s", i, result)
		}
	}
}

// The content of mails that were there before is not kept.
func TestOldMailsAreNotKept(t *testing.T) {
	w := newWorld(t)
	w.Mails = echo{}
	entries, err := w.ReadMails(t.Context(), []intake.RawMail{{Raw: []byte("<1@a>\n"), Unread: intake.UnreadOld}})
	if err != nil {
		t.Fatal(err)
	}
	taken := w.take(intake.Batch{Source: "mail", Entries: entries, Old: true})
	if taken.Items[0].State != inbox.Seen {
		t.Errorf("an old mail is %s", taken.Items[0].State)
	}
	if _, content, err := w.ItemEvidence(t.Context(), taken.Items[0].ID); err == nil {
		t.Errorf("kept: %q", content)
	}
	w.verify()
}

// A mail with what a database on a server does not take, NUL and what is no UTF-8, is taken
// in: it would hold up all mails behind it.
func TestNulIsTakenIn(t *testing.T) {
	w := newWorld(t)
	w.Mails = mailpkg.Reader{}
	w.watched("mail")
	for _, raw := range []string{
		"Subject: a\x00b\xff\xfe\r\nMessage-ID: <a\x00\xffb@c>\r\n\r\nc\x00d\xff\r\n",
		"Subject: =?utf-8?q?a=00=FFb?=\r\nFrom: =?utf-8?q?=00?= <a\x00@b\xff.example>\r\nContent-Type: text/plain; name=\"\x00\xff\"\r\n" +
			"Content-Transfer-Encoding: quoted-printable\r\n\r\n=00=FF=E3\r\n",
	} {
		for _, want := range []string{intake.ResultNew, intake.ResultUnchanged} {
			entries, err := w.ReadMails(t.Context(), []intake.RawMail{{Raw: []byte(raw)}})
			if err != nil {
				t.Fatal(err)
			}
			taken := w.take(intake.Batch{Source: "mail", Entries: entries})
			if taken.Results[0] != want {
				t.Errorf("%q: %s, want %s", raw, taken.Results[0], want)
			}
			for _, s := range []string{taken.Items[0].Title, taken.Items[0].Text, taken.Items[0].SourceID} {
				if strings.Contains(s, "\x00") || !utf8.ValidString(s) {
					t.Errorf("%q holds %q", raw, s)
				}
			}
		}
	}
}
