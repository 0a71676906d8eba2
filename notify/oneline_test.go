package notify_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"kigen/calendar"
	"kigen/notify"
	"kigen/notify/fakemail"
	"kigen/sla"
	"kigen/sla/outbox"
)

const forged = "down\nDue: Fri 1 Jan 00:00\r\n\u202eReference\u2028Contact: evil@example.com\x1b[2J"

// forge puts the text into everything that somebody else may have typed.
func forge(d *outbox.Delivery) {
	inc := d.Incident
	inc.Title, inc.Service, inc.Reference = forged, forged, forged
	inc.Acknowledged = sla.Acknowledgement{By: forged, At: may7(9, 0)}
	inc.CancelReason = forged
	inc.Notices = []sla.Notice{{ReceivedAt: may7(11, 10), Channel: forged, Reference: forged}}
}

// No field of an incident can pass for a line of its own, in whichever message
// and whatever it was logged with before such characters were refused.
func TestOneLineFieldsStayOnTheirLine(t *testing.T) {
	state := func(s sla.State) func() *outbox.Delivery {
		return func() *outbox.Delivery { return answered(overdue(), s, may7(11, 10)) }
	}
	cases := map[string]func() *outbox.Delivery{
		"overdue": overdue, "late": state(sla.Late), "cancelled": state(sla.Cancelled),
		"logged": logged(finalReport), "without a clock": func() *outbox.Delivery { d := overdue(); d.Clock = nil; return d },
	}
	for name, write := range cases {
		d := write()
		forge(d)
		for _, lang := range []string{"ja", "en"} {
			m := writer(lang).Write(d, may7(11, 11))
			var printed bytes.Buffer
			if _, err := notify.NewConsole(&printed, false).Post(context.Background(), m); err != nil {
				t.Fatal(err)
			}
			server := &fakemail.Server{}
			if _, err := listFor(t, server, "soc@example.jp").Post(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			for face, text := range map[string]string{"text": m.Text, "title": m.Title, "console": printed.String(), "subject": decoded(t, server.Letters()[0].Message(t).Header.Get("Subject"))} {
				for line := range strings.Lines(text) {
					if strings.HasPrefix(strings.TrimSpace(line), "Due: Fri") || strings.HasPrefix(strings.TrimSpace(line), "Contact: evil") {
						t.Errorf("%s, %s, %s: a forged line in\n%s", name, lang, face, text)
					}
				}
				if strings.ContainsAny(text, "\u202e\u2028\x1b\r") {
					t.Errorf("%s, %s, %s: a control character in\n%q", name, lang, face, text)
				}
			}
			if name != "without a clock" && !strings.Contains(m.Text, `down\nDue: Fri 1 Jan 00:00\r\n\u202eReference`) {
				t.Errorf("%s, %s: what was typed is not shown:\n%s", name, lang, m.Text)
			}
		}
	}
}

// The lines and the CSV of a digest hold one line an alert.
func TestOneLineFieldsOfADigest(t *testing.T) {
	d := &outbox.Delivery{
		ID: 1, Key: "digest/1@soc", Destination: "soc", Kind: outbox.Post, Attempts: 1,
		Alert: outbox.Alert{Key: "digest/1", Reason: outbox.ReasonDigest, At: may7(9, 0)},
		Digest: &outbox.Digest{Lines: []outbox.Line{{
			Key: "a", Reason: outbox.ReasonOverdue, Incident: 42, Vendor: forged, Service: forged, Title: forged, Reference: forged,
			Promise: "p", State: sla.Overdue, Due: may7(9, 0), Acknowledged: sla.Acknowledgement{By: forged, At: may7(9, 0)},
		}}},
	}
	m := writer("en").Write(d, may7(10, 0))
	texts := m.Text + string(m.Attachments[0].Data)
	if strings.ContainsAny(texts, "\u202e\u2028\x1b") || strings.Contains(texts, "\nDue: Fri") {
		t.Errorf("got %q", texts)
	}
	if n := strings.Count(string(m.Attachments[0].Data), "\r\n"); n != 2 {
		t.Errorf("the CSV has %d lines", n)
	}
}

// A promise without a name is called by its id.
func TestPromiseWithoutAName(t *testing.T) {
	vendors := sla.Catalogue{{
		ID: "sotas", Name: calendar.Text{Ja: "Sotas"},
		Promises: []*sla.Promise{{ID: "incident-notice", Vendor: "sotas", Strength: sla.Firm}},
	}}
	for lang, want := range map[string]string{"en": "Promise: incident-notice / firm", "ja": "incident-notice / "} {
		w := notify.Writer{Lang: lang, Zone: time.UTC, Vendors: vendors}
		if m := w.Write(overdue(), may7(9, 0)); !strings.Contains(m.Text, want) {
			t.Errorf("%s: want %q in\n%s", lang, want, m.Text)
		}
		whole := logged(func(d *outbox.Delivery) {
			d.Incident.Clocks = append(d.Incident.Clocks, sla.Clock{ID: 8, Promise: "incident-notice", State: sla.Pending})
		})()
		if m := w.Write(whole, may7(8, 0)); strings.Count(m.Text, "incident-notice: ") != 2 {
			t.Errorf("%s: the deadlines have no names:\n%s", lang, m.Text)
		}
	}
}
