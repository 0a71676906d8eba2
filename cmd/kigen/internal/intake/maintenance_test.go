package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	mailreader "kigen/cmd/kigen/internal/intake/mail"
	"kigen/sla"
	"kigen/sla/inbox"
)

// work is a mail about planned work by the standard MAINTNOTE.
func work(id, subject, from, status string, sequence int, start time.Time, proof string) []byte {
	stamp := func(at time.Time) string { return at.UTC().Format("20060102T150405Z") }
	calendar := strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//NOC//EN", "BEGIN:VEVENT", "SUMMARY:Planned work", "UID:w1", "DTSTAMP:" + stamp(nine),
		"DTSTART:" + stamp(start), "DTEND:" + stamp(start.Add(2*time.Hour)), fmt.Sprintf("SEQUENCE:%d", sequence),
		"X-MAINTNOTE-PROVIDER:hoshi.example", "X-MAINTNOTE-MAINTENANCE-ID:OTHER-1", "X-MAINTNOTE-MAINTENANCE-ID;X-MAINTNOTE-PRECEDENCE=PRIMARY:WO-1",
		"X-MAINTNOTE-STATUS:" + status, "END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	return fmt.Appendf(nil, "Authentication-Results: mx.aoba.example; dkim=%[2]s header.d=hoshi.example; dmarc=%[2]s header.from=hoshi.example\r\nReceived: from out.hoshi.example by mx1.aoba.example with ESMTPS id 1; %[1]s\r\n"+
		"From: NOC <%[3]s>\r\nTo: soc@aoba.example\r\nSubject: %[4]s\r\nDate: %[1]s\r\nMessage-ID: <%[5]s@hoshi.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlanned maintenance of the storage: we replace equipment.\r\n--b\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n%[6]s\r\n--b--\r\n",
		nine.Add(time.Hour).Format(time.RFC1123Z), proof, from, subject, id, calendar)
}

// Mails about one planned work are one item: a person makes it an incident of kind
// maintenance, and what comes later, such as another window, becomes events of that. A mail
// that claims to be about it and is not proved is an item of its own.
func TestPlannedWorkByMail(t *testing.T) {
	w := newWorld(t)
	w.Mails = mailreader.Reader{}
	inc := w.log("an outage", nine.Add(-time.Hour))
	w.at(2 * time.Hour)
	push := func(raw []byte) (inbox.Item, string) {
		t.Helper()
		taken, err := w.Push(t.Context(), intake.ByHand, "message/rfc822", raw)
		if err != nil {
			t.Fatal(err)
		}
		return taken.Items[0], taken.Results[0]
	}
	start := nine.Add(10 * 24 * time.Hour)
	first := work("a1", "Planned maintenance WO-1", "noc@hoshi.example", "TENTATIVE", 0, start, "pass")
	it, result := push(first)
	if result != intake.ResultNew || it.Kind != inbox.KindMaintenance || it.State != inbox.Candidate || len(it.Times.Windows) != 1 || it.SourceID != "maintenance:hoshi/hoshi.example/WO-1" {
		t.Fatalf("%s %+v", result, it)
	}
	if _, result := push(first); result != intake.ResultUnchanged {
		t.Errorf("the same mail again is %s", result)
	}
	got, err := w.Accept(t.Context(), sato, it.ID, intake.Acceptance{})
	if err != nil || got.State != inbox.Logged || got.Incident != "KGN-2" {
		t.Fatalf("%+v, %v", got, err)
	}
	planned, _ := w.read(2)
	if planned.Kind != sla.KindMaintenance || !planned.Times[sla.Scheduled].At.Equal(start) || planned.Times[sla.Occurred].Known() {
		t.Errorf("%+v", planned)
	}
	moved, result := push(work("a2", "Planned maintenance WO-1: moved", "noc@hoshi.example", "CONFIRMED", 1, start.Add(24*time.Hour), "pass"))
	if result != intake.ResultChanged || moved.ID != it.ID || moved.State != inbox.Logged {
		t.Errorf("%s %+v", result, moved)
	}
	planned, _ = w.read(2)
	if n := len(planned.Notes); n != 1 || !strings.Contains(planned.Notes[0].Text, "Planned now: "+start.Add(24*time.Hour).In(w.Zone).Format(time.RFC3339)) {
		t.Errorf("%+v", planned.Notes)
	}
	forged, result := push(work("a3", "Planned maintenance WO-1", "noc@hoshi.example", "CANCELLED", 2, start, "fail"))
	if result != intake.ResultNew || forged.ID == it.ID || forged.State.Linked() {
		t.Errorf("%s %+v", result, forged)
	}
	if planned, _ = w.read(2); len(planned.Notes) != 1 {
		t.Errorf("%+v", planned.Notes)
	}
	if after, _ := w.read(inc.ID); after.Clocks[0].State != sla.Running {
		t.Errorf("the outage is %s", after.Clocks[0].State)
	}
	w.verify()
}
