package notify_test

import (
	"slices"
	"testing"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

// manyLines is one line of each way in which a case can stand.
func manyLines() []outbox.Line {
	line := func(id int, state sla.State, change func(*outbox.Line)) outbox.Line {
		l := outbox.Line{
			Incident: sla.IncidentID(id), Vendor: "sotas", Service: "Sotas工程管理", Title: "ログイン\n障害", Reason: outbox.ReasonOverdue,
			Promise: "incident-notice", State: state, Due: may7(9, 0), At: may7(9, 0), Severity: sla.SeverityHigh,
		}
		if change != nil {
			change(&l)
		}
		return l
	}
	return []outbox.Line{
		line(1, sla.Overdue, nil),
		line(2, sla.Running, func(l *outbox.Line) { l.Vendor = "globex" }), // passed since, and nobody noticed
		line(3, sla.Overdue, func(l *outbox.Line) {
			l.Acknowledged = sla.Acknowledgement{By: "tanaka", At: may7(9, 5)}
			l.Title = "=HYPERLINK(\"x\")"
		}),
		line(4, sla.AtRisk, func(l *outbox.Line) { l.Due, l.Reason = may7(12, 0), outbox.ReasonWarning }),
		line(5, sla.Pending, func(l *outbox.Line) { l.Due = outbox.Line{}.Due }),
		line(6, sla.Met, func(l *outbox.Line) { l.NotifiedAt = may7(8, 30) }),
		line(7, sla.Late, func(l *outbox.Line) { l.NotifiedAt = may7(9, 30); l.InsteadOf = "soc" }),
		line(8, sla.Cancelled, nil),
		line(9, sla.Waived, nil),
		line(10, sla.NotApplicable, func(l *outbox.Line) { l.Service = "" }),
		line(11, "", func(l *outbox.Line) { l.Promise = "" }),
	}
}

// Digests in words: the summary of a thread, one of its pages, its file, and
// the whole in one message.
func TestGoldenDigests(t *testing.T) {
	digest := func(kind outbox.DeliveryKind, part, pages int) *outbox.Delivery {
		return &outbox.Delivery{
			Key: "digest/7@soc", Destination: "soc", Kind: kind, Attempts: 1,
			Alert:  outbox.Alert{Key: "digest/7", Reason: outbox.ReasonDigest, At: may7(9, 50)},
			Digest: &outbox.Digest{Part: part, Pages: pages, Lines: manyLines()},
		}
	}
	for name, d := range map[string]*outbox.Delivery{
		"digest-summary": digest(outbox.Post, 0, 2), "digest-page": digest(outbox.Page, 2, 2),
		"digest-file": digest(outbox.File, 0, 2), "digest-whole": digest(outbox.Post, 0, 0),
	} {
		for _, lang := range []string{"ja", "en"} {
			m := writer(lang).Write(d, may7(10, 0))
			text := m.Text + "\n--- console ---\n" + printed(t, d, m)
			if d.Kind == outbox.File {
				text += "--- " + m.Attachments[0].Name + " ---\n" + string(m.Attachments[0].Data)
			}
			golden(t, name+"."+lang+".golden", text)
		}
	}
}

// A digest looks like its gravest line.
func TestStatusOfADigest(t *testing.T) {
	lines := manyLines()
	for want, n := range map[wire.Status]int{
		wire.StatusOverdue: 0, wire.StatusAcknowledged: 2, wire.StatusWaiting: 3, wire.StatusMet: 5, wire.StatusCancelled: 7,
	} {
		of := append(slices.Clone(lines[7:10]), lines[n])
		d := &outbox.Delivery{Kind: outbox.Page, Alert: outbox.Alert{Reason: outbox.ReasonDigest}, Digest: &outbox.Digest{Part: 1, Pages: 1, Lines: of}}
		if got := writer("en").Write(d, may7(10, 0)).Status; got != want {
			t.Errorf("line %d: %s, want %s", n, got, want)
		}
	}
}
