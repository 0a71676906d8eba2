package intake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla"
	"kigen/sla/inbox"
)

// What was there when a source was read first is seen: it alerts nobody and logs nothing.
func TestFirstPollIsSeen(t *testing.T) {
	w := newWorld(t)
	old := outage(1, "old", nine.Add(-time.Hour), false)
	w.take(intake.Batch{Source: "hoshi", Failed: "http 500"}) // a failure is no first poll
	taken := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{old}, State: []byte(`{"etag":"1"}`)})
	if taken.Items[0].State != inbox.Seen {
		t.Errorf("%+v", taken.Items[0])
	}
	next := outage(1, "new", nine, false)
	next.SourceID = "next"
	again := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(2, "changed", nine, false), next}, State: []byte(`{"etag":"2"}`)})
	if again.Items[0].State != inbox.Seen || again.Results[0] != intake.ResultChanged || again.Items[1].State != inbox.Candidate {
		t.Errorf("%+v", again)
	}
	if list := w.alerts(); len(list) != 1 || !strings.Contains(list[0], "Uploads fail") || strings.HasPrefix(list[0], "lead") {
		t.Errorf("%q", list)
	}
	src, _, err := w.Remembered(t.Context(), "hoshi")
	if err != nil || string(src.State) != `{"etag":"2"}` || !src.Since.Equal(nine) || src.Error != "" {
		t.Errorf("%+v, %v", src, err)
	}
	w.verify()
}

// A failure is a state of its own: it changes no item, and is remembered since it began.
func TestAFailingSource(t *testing.T) {
	w := newWorld(t)
	w.watched("hoshi")
	w.at(time.Hour)
	w.take(intake.Batch{Source: "hoshi", Failed: "status 503\nsecond line"})
	w.at(2 * time.Hour)
	w.take(intake.Batch{Source: "hoshi", Failed: "status 500"})
	src, _, err := w.Remembered(t.Context(), "hoshi")
	if err != nil || !src.FailingSince.Equal(nine.Add(time.Hour)) || src.Error != "status 500" || !src.LastSuccess.Equal(nine) {
		t.Errorf("%+v, %v", src, err)
	}
	w.watched("hoshi")
	if src, _, _ = w.Remembered(t.Context(), "hoshi"); !src.FailingSince.IsZero() || src.Error != "" {
		t.Errorf("%+v", src)
	}
}

// An item stops a clock by itself only where everything agrees and its source may.
func TestRecordedByRule(t *testing.T) {
	w := newWorld(t)
	inc := w.log("API", nine.Add(-time.Hour))
	w.watched("mail")
	w.watched("quiet")
	w.at(2 * time.Hour)
	id := inc.ID.String()
	for _, c := range []struct {
		source string
		entry  intake.Entry
		want   inbox.State
	}{
		{"quiet", mail("<off@hoshi>", id, true), inbox.Candidate},
		{"mail", mail("<doubt@hoshi>", id, false), inbox.Candidate},
		{"mail", mail("<nobody@hoshi>", "", true), inbox.Candidate},
		{"mail", mail("<gone@hoshi>", "KGN-99", true), inbox.Candidate},
		{"mail", mail("<early@hoshi>", id, true), inbox.Candidate},
		{"mail", mail("<all@hoshi>", id, true), inbox.Recorded},
	} {
		if c.entry.SourceID == "<early@hoshi>" { // received before the incident began: the notice is refused
			c.entry.ReceivedAt = nine.Add(-2 * time.Hour)
		}
		it := w.take(intake.Batch{Source: c.source, Entries: []intake.Entry{c.entry}}).Items[0]
		if it.State != c.want {
			t.Errorf("%s: %s", c.entry.SourceID, it.State)
		}
		after, _ := w.read(inc.ID)
		if met := after.Clocks[0].State == sla.Met; met != (c.want == inbox.Recorded) {
			t.Errorf("%s: the clock is %s", c.entry.SourceID, after.Clocks[0].State)
		}
	}
	after, events := w.read(inc.ID)
	n := after.Notices[0]
	if len(after.Notices) != 1 || n.RecordedBy != "intake:mail" || !n.ReceivedAt.Equal(nine.Add(time.Hour)) || n.Channel != "email" || !strings.Contains(kinds(events), "notice") {
		t.Errorf("%+v\n%s", n, kinds(events))
	}
	page, err := w.Items(t.Context(), inbox.Query{State: inbox.Recorded, Limit: 10})
	if err != nil || len(page.Items) != 1 || page.Items[0].Notice != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	told := w.item(page.Items[0].ID)
	if d := told.Decisions; len(d) != 1 || d[0].By != "intake:mail" || d[0].Action != inbox.Record || d[0].Reason == "" {
		t.Errorf("%+v", d)
	}
	if _, raw, err := w.ItemEvidence(t.Context(), page.Items[0].ID); err != nil || string(raw) != "x" {
		t.Errorf("%q, %v", raw, err)
	}
	w.verify()
}

// A changed revision is an event of the incident that its item belongs to, never a second
// incident: a stated start moves the deadline as an amendment with its source, and both
// wordings stay.
func TestRevisionOfALinkedItem(t *testing.T) {
	w := newWorld(t)
	w.watched("hoshi")
	w.at(22 * time.Minute)
	first := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(1, "We are investigating.", nine.Add(20*time.Minute), true)}}).Items[0]
	it, err := w.Accept(t.Context(), sato, first.ID, intake.Acceptance{})
	if err != nil || it.State != inbox.Logged || it.Incident != "KGN-1" {
		t.Fatal(it, err)
	}
	inc, _ := w.read(1)
	if s := inc.Times[sla.Occurred]; !s.At.Equal(nine.Add(20*time.Minute)) || s.Basis != sla.Assumed || inc.Service != "Storage" || len(inc.Notices) != 0 {
		t.Fatalf("%+v", inc)
	}
	w.at(50 * time.Minute)
	w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(2, "Uploads to Osaka fail.", nine.Add(2*time.Minute), false)}})
	inc, events := w.read(1)
	if s := inc.Times[sla.Occurred]; !s.At.Equal(nine.Add(2*time.Minute)) || s.Basis != sla.Stated {
		t.Errorf("%+v", s)
	}
	if inc.Clocks[0].State != sla.Running || !inc.Clocks[0].Due.Equal(nine.Add(6*time.Hour+2*time.Minute)) {
		t.Errorf("%s, due %s", inc.Clocks[0].State, inc.Clocks[0].Due)
	}
	amended := slices.IndexFunc(events, func(e sla.Event) bool { return e.Kind == sla.EventAmended })
	if amended < 0 || events[amended].Actor != "intake:hoshi" {
		t.Errorf("%s", kinds(events))
	}
	if n := inc.Notes; len(n) != 1 || !strings.Contains(n[0].Text, "Uploads to Osaka fail.") || n[0].By != "intake:hoshi" || !strings.Contains(n[0].Text, "09:02:00+09:00") {
		t.Errorf("%+v", n)
	}
	told := w.item(first.ID)
	if len(told.Revisions) != 2 || told.Revisions[0].Text != "We are investigating." || told.Item.Text != "Uploads to Osaka fail." || told.Item.State != inbox.Logged {
		t.Errorf("%+v", told)
	}
	// The same again, and an older wording that comes late, change nothing.
	for _, revision := range []int{2, 1} {
		if r := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(revision, "late", nine, false)}}); r.Results[0] != intake.ResultUnchanged {
			t.Errorf("revision %d: %s", revision, r.Results[0])
		}
	}
	if after, _ := w.read(1); after.Version != inc.Version {
		t.Error("the incident changed")
	}
	w.verify()
}

// A time that a person entered since is not overwritten: the note says both.
func TestAPersonsTimeStays(t *testing.T) {
	w := newWorld(t)
	w.watched("hoshi")
	w.at(time.Hour)
	first := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(1, "a", nine.Add(20*time.Minute), false)}}).Items[0]
	if _, err := w.Accept(t.Context(), sato, first.ID, intake.Acceptance{}); err != nil {
		t.Fatal(err)
	}
	times := map[sla.Moment]sla.Stamp{sla.Occurred: {At: nine.Add(10 * time.Minute), Basis: sla.Observed}}
	if _, err := w.tracker.Amend(t.Context(), sato, 1, amendment(times)); err != nil {
		t.Fatal(err)
	}
	w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(2, "b", nine.Add(30*time.Minute), false)}})
	inc, _ := w.read(1)
	if s := inc.Times[sla.Occurred]; !s.At.Equal(nine.Add(10 * time.Minute)) {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(inc.Notes[0].Text, "a person entered it") {
		t.Errorf("%+v", inc.Notes)
	}
	// One that lies in the future is refused, and nothing else of the batch is lost.
	taken := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(3, "c", nine.Add(48*time.Hour), false), mail("<other>", "", false)}})
	if len(taken.Items) != 2 || taken.Items[1].State != inbox.Candidate {
		t.Errorf("%+v", taken)
	}
	w.verify()
}

// Items without trouble are ignored until they tell of some; a hook that its page does not
// confirm waits for that.
func TestIgnoredAndUnconfirmed(t *testing.T) {
	w := newWorld(t)
	w.watched("hoshi")
	calm := outage(1, "all is well", time.Time{}, false)
	calm.Kind = inbox.KindNone
	if it := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{calm}}).Items[0]; it.State != inbox.Ignored {
		t.Error(it.State)
	}
	hint := outage(1, "forged?", nine, false)
	hint.SourceID, hint.State = "hook", inbox.Unconfirmed
	if it := w.take(intake.Batch{Source: "hoshi", Pushed: true, Entries: []intake.Entry{hint}}).Items[0]; it.State != inbox.Unconfirmed {
		t.Error(it.State)
	}
	if list := w.alerts(); len(list) != 0 {
		t.Errorf("%q", list)
	}
	confirmed := outage(1, "it is true", nine, false)
	confirmed.SourceID = "hook"
	taken := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(2, "trouble", nine, false), confirmed}})
	for i, it := range taken.Items {
		told := w.item(it.ID)
		if it.State != inbox.Candidate || told.Decisions[0].Action != inbox.Reopen || len(told.Revisions) != 2 {
			t.Errorf("%d: %+v", i, told)
		}
	}
	if list := w.alerts(); len(list) != 2 {
		t.Errorf("%q", list)
	}
	w.verify()
}

// What was dismissed comes back only if it becomes something worse.
func TestDismissedComesBack(t *testing.T) {
	w := newWorld(t)
	w.watched("hoshi")
	it := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(1, "slow", nine, false)}}).Items[0]
	if _, err := w.Dismiss(t.Context(), sato, it.ID, "not ours", 0); err != nil {
		t.Fatal(err)
	}
	if got := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{outage(2, "slower", nine, false)}}).Items[0]; got.State != inbox.Dismissed {
		t.Error(got.State)
	}
	leak := outage(3, "data were read", nine, false)
	leak.Kind = inbox.KindSecurity
	if got := w.take(intake.Batch{Source: "hoshi", Entries: []intake.Entry{leak}}).Items[0]; got.State != inbox.Candidate {
		t.Error(got.State)
	}
	w.verify()
}

// What may be the notice of an overdue clock alerts the clock's people, and stops nothing.
func TestWaitingForAnOverdueClock(t *testing.T) {
	w := newWorld(t)
	inc := w.log("API", nine.Add(-5*time.Hour))
	w.watched("quiet")
	w.at(4 * time.Hour)
	if _, err := w.tracker.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.alerts()
	w.take(intake.Batch{Source: "quiet", Entries: []intake.Entry{mail("<a@hoshi>", inc.ID.String(), true)}})
	list := w.alerts()
	if len(list) != 2 || !strings.Contains(list[0], "A mail that may be the notice is waiting: KGN-1") || !strings.HasPrefix(list[1], "lead ") {
		t.Errorf("%q", list)
	}
	if !strings.Contains(list[0], `"link":"/inbox/1"`) || !strings.Contains(list[0], `"notifies":true`) {
		t.Errorf("the message does not lead to the candidate: %q", list)
	}
	if after, _ := w.read(inc.ID); after.Clocks[0].State != sla.Overdue {
		t.Error(after.Clocks[0].State)
	}
	w.verify()
}

// A flood of mails is one message.
func TestManyCandidatesAreOneMessage(t *testing.T) {
	w := newWorld(t)
	w.watched("mail")
	var entries []intake.Entry
	for i := range 30 {
		entries = append(entries, mail("<"+strings.Repeat("x", i+1)+">", "", false))
	}
	w.take(intake.Batch{Source: "mail", Entries: entries})
	list := w.alerts()
	if len(list) != 1 || !strings.Contains(list[0], "30 candidates wait in the inbox") || !strings.Contains(list[0], "and 20 more") || !strings.Contains(list[0], `"link":"/inbox"`) {
		t.Errorf("%q", list)
	}
	n, err := w.Candidates(t.Context())
	if err != nil || n != 30 {
		t.Error(n, err)
	}
}
