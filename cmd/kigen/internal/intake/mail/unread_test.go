package mail_test

import (
	"slices"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail"
	"kigen/sla/inbox"
)

// TestHeaderAlone reads mails of which only the header is known: one from a vendor waits for
// a person, also if its subject names an incident, and none stops a clock by itself.
func TestHeaderAlone(t *testing.T) {
	g := load(t, "testdata/gold")
	known := intake.Known{Own: g.judge.Own, Vendors: g.judge.Vendors, Open: g.incidents, Zone: g.judge.Zone}
	header := envelope + "\r\n\r\n"
	plain := strings.Replace(header, "AKT-002311", "slides", 1)
	stranger := strings.ReplaceAll(plain, "akatsuki", "stranger")
	for _, c := range []struct {
		name, header string
		why          intake.Unread
		kind         inbox.Kind
		reason       string
	}{
		{"ticket", header, intake.UnreadTooLarge, inbox.KindFirst, intake.ReasonTextTooLarge},
		{"a vendor's", plain, intake.UnreadTooLarge, inbox.KindFirst, intake.ReasonTextTooLarge},
		{"gone", plain, intake.UnreadGone, inbox.KindFirst, intake.ReasonTextGone},
		{"broken", plain, intake.UnreadBroken, inbox.KindFirst, intake.ReasonTextBroken},
		{"nothing of it", "", intake.UnreadBroken, inbox.KindFirst, intake.ReasonTextBroken},
		{"old", plain, intake.UnreadOld, inbox.KindUnrelated, intake.ReasonTextOld},
		{"a stranger's", stranger, intake.UnreadTooLarge, inbox.KindUnrelated, intake.ReasonTextTooLarge},
		{"of a program", "Auto-Submitted: auto-replied\r\n" + plain, intake.UnreadTooLarge, inbox.KindUnrelated, intake.ReasonTextTooLarge},
	} {
		item := mail.Reader{}.ReadHeader([]byte(c.header), c.why, known)
		if item.Kind != c.kind || item.Auto || item.Text != "" || !slices.ContainsFunc(item.Reasons, func(r inbox.Reason) bool { return r.Key == c.reason }) {
			t.Errorf("%s: %s, by itself %t, because %s", c.name, item.Kind, item.Auto, reasons(item))
		}
		for _, r := range item.Reasons {
			if r.Key == intake.ReasonTextEmpty {
				t.Errorf("%s: a text that was not read is called empty", c.name)
			}
		}
	}
}

// TestMessageIDUsedTwice: a large mail with the Message-ID of another one is a mail of its
// own; of old ones, nothing hangs on it.
func TestMessageIDUsedTwice(t *testing.T) {
	g := load(t, "testdata/gold")
	header := []byte("Message-ID: <one@akatsuki.example>\r\n" + envelope + "\r\n\r\n")
	earlier := func(string) ([]byte, bool) { return []byte("Subject: other\r\n\r\nanother text\r\n"), true }
	ids := map[string]bool{}
	for _, why := range []intake.Unread{intake.UnreadTooLarge, intake.UnreadOld} {
		ids[mail.Reader{}.ReadHeader(header, why, intake.Known{Own: g.judge.Own, Vendors: g.judge.Vendors, Earlier: earlier}).SourceID] = true
	}
	if len(ids) != 2 || !ids["<one@akatsuki.example>"] {
		t.Errorf("ids %v", ids)
	}
}
