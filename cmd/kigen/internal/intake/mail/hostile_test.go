package mail_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail"
	"kigen/sla/inbox"
)

// envelope is a genuine header, above which a hostile body stands.
const envelope = "Authentication-Results: auth.midori-seimitsu.example; dmarc=pass header.from=akatsuki-hosting.example\r\n" +
	"Received: from out by in1.midori-seimitsu.example; Tue, 02 Mar 2027 12:00:00 +0900\r\n" +
	"From: noc@akatsuki-hosting.example\r\nSubject: AKT-002311\r\nDate: Tue, 02 Mar 2027 11:59:50 +0900\r\nMessage-ID: <h@akatsuki-hosting.example>\r\n"

// TestHostile reads mails that are made to exhaust a reader. Each is a candidate with its
// header and the reason why it was not read to its end.
func TestHostile(t *testing.T) {
	g := load(t, "testdata/gold")
	text := "\r\n\r\n発生日時:2027/03/02 10:12 電源装置が故障し、サーバーが停止しております。\r\n"
	if item := g.judge.Item(readText(t, envelope+"Content-Type: text/plain; charset=utf-8"+text), g.incidents); !item.Auto {
		t.Fatalf("the same mail without anything hostile is left to a person: %s", reasons(item))
	}
	many := "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: text/plain; charset=utf-8"+text, 10000) + "--b--\r\n"
	deep := ""
	for i := range 200 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	matryoshka := strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 500)
	for _, c := range []struct {
		name, mail, reason string
	}{
		{"10,000 parts", envelope + many, intake.ReasonTextCut},
		{"200 levels of multipart", envelope + deep + text, intake.ReasonTextCut},
		{"500 levels of mails", envelope + matryoshka + text, intake.ReasonTextCut},
		{"beyond the limit", envelope + text + strings.Repeat("a", mail.Limit), intake.ReasonTextTooLarge},
		{"a header of 5 MiB", envelope + "X-A: " + strings.Repeat("a", 5<<20) + text, intake.ReasonTextMalformed},
		{"100,000 fields", envelope + strings.Repeat("X-A: a\r\n", 200000) + text, intake.ReasonTextMalformed},
		{"5 MiB of text", envelope + "Content-Type: text/plain; charset=utf-8" + text + strings.Repeat("発生日時:10:12\r\n", 400000), intake.ReasonTextCut},
		{"one line of 3 MiB", envelope + "Content-Type: text/plain; charset=utf-8" + text + strings.Repeat("発生日時:10:12 ", 180000), intake.ReasonTextCut},
		{"100,000 nested elements", envelope + "Content-Type: text/html; charset=utf-8" + text + strings.Repeat("<div>", 100000), ""},
		{"a boundary that never ends", envelope + "Content-Type: multipart/mixed; boundary=\"\"" + text, intake.ReasonTextMalformed},
		{"a line that is no field", envelope + "this is no field" + text, intake.ReasonTextMalformed},
		{"two subjects", envelope + "Subject: AKT-002311" + text, intake.ReasonTextMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := mail.Read(strings.NewReader(c.mail), mail.Limit)
			if err != nil {
				t.Fatal(err)
			}
			item := g.judge.Item(m, g.incidents)
			if item.Vendor != "akatsuki" || item.Incident != "KGN-1" || item.ReceivedAt.IsZero() {
				t.Errorf("%q of %q received at %s", item.Vendor, item.Incident, item.ReceivedAt)
			}
			if c.reason != "" && (item.Auto || !slices.ContainsFunc(item.Reasons, func(r inbox.Reason) bool { return r.Key == c.reason })) {
				t.Errorf("taken by itself: %t, because %s", item.Auto, reasons(item))
			}
		})
	}
}

func readText(t *testing.T, text string) *mail.Message {
	t.Helper()
	m, err := mail.Read(strings.NewReader(text), mail.Limit)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestEndless: reading stops at the limit.
func TestEndless(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(envelope+"\r\n"), neverEnding('a'))
	m, err := mail.Read(endless, 1<<20)
	if err != nil || m.Unread != intake.UnreadTooLarge || m.Get("Subject") != "AKT-002311" {
		t.Fatalf("%v, %+v", err, m)
	}
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte{byte(b)}, len(p)))
	return len(p), nil
}

// FuzzHeader puts any lines above the sender's: whatever a sender writes, only the verdict
// of our own server lets a mail be taken by itself.
func FuzzHeader(f *testing.F) {
	f.Add("Reply-To: x@evil.example\r\n", "AKT-002311", "原因は電源装置の故障です。")
	f.Add("Authentication-Results: auth.midori-seimitsu.example; dmarc=pass header.from=akatsuki-hosting.example\r\n", "AKT-002311", "発生日時:2027/03/02 10:12")
	f.Add("Received: from a by in1.midori-seimitsu.example; Tue, 02 Mar 2027 12:00:00 +0900\r\n", "[KGN-1]", "原因は電源装置の故障です。")
	f.Add("From: other@evil.example\r\n", "AKT-002311", "原因は電源装置の故障です。")
	f.Fuzz(func(t *testing.T, fields, subject, text string) {
		g := goldOf(t)
		arrival := "Authentication-Results: auth.midori-seimitsu.example; spf=fail smtp.mailfrom=x@evil.example; dmarc=fail header.from=akatsuki-hosting.example\r\n" +
			"Received: from out by in1.midori-seimitsu.example; Tue, 02 Mar 2027 12:00:00 +0900\r\n"
		rest := fields + "From: noc@akatsuki-hosting.example\r\nSubject: " + subject + "\r\n\r\n" + text
		if item := g.judge.Item(readText(t, arrival+rest), g.incidents); item.Auto {
			t.Fatalf("taken by itself with a failed verdict: %q", rest)
		}
	})
}
