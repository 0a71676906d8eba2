package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
)

// Differences names everything in which a stored incident is not what its history
// tells; nil: they agree.
func (f *Fold) Differences(inc *sla.Incident) []string {
	d := differences{list: slices.Clone(f.faults)}
	d.fields(f, inc)
	d.times(f, inc)
	d.clocks(f, inc)
	d.notices(f.notices, inc)
	d.notes(f.notes, inc)
	d.chasers(f.chasers, inc)
	d.decisions(f.decisions, inc)
	d.submissions(f.submitted, inc)
	return d.list
}

type differences struct{ list []string }

func (d *differences) addf(format string, args ...any) {
	d.list = append(d.list, fmt.Sprintf(format, args...))
}

// differ compares one value.
func differ[T comparable](d *differences, what string, stored, told T) {
	if stored != told {
		d.addf("%s is %s, its history says %s", what, quoted(stored), quoted(told))
	}
}

// longestQuoted bounds a value in a finding.
const longestQuoted = 60

func quoted(v any) string {
	s := fmt.Sprint(v)
	if short := []rune(s); len(short) > longestQuoted {
		s = string(short[:longestQuoted]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// at compares two instants, in the milliseconds of storage.
func (d *differences) at(what string, stored, told time.Time) {
	if stored.IsZero() != told.IsZero() || stored.UnixMilli() != told.UnixMilli() {
		d.addf("%s is %s, its history says %s", what, instantText(stored), instantText(told))
	}
}

func instantText(t time.Time) string {
	if t.IsZero() {
		return "empty"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (d *differences) fields(f *Fold, inc *sla.Incident) {
	for _, field := range []struct{ name, value string }{
		{"kind", string(inc.Kind)},
		{"vendor", inc.Vendor},
		{"service", inc.Service},
		{"title", inc.Title},
		{"public_title", inc.PublicTitle},
		{"description", inc.Description},
		{"impact", string(inc.Impact)},
		{"scope", string(inc.Scope)},
		{"severity", string(inc.Severity)},
		{"reference", inc.Reference},
	} {
		if told, known := f.fields[field.name]; known {
			differ(d, field.name, field.value, told)
		}
	}
	differ(d, "cancel_reason", inc.CancelReason, f.fields["cancel_reason"])
	if f.tags != nil && !slices.Equal(*f.tags, inc.Tags) {
		d.addf("tags are %q, its history says %q", inc.Tags, *f.tags)
	}
	if f.imported != nil {
		differ(d, "the name of its import", inc.Import.Name, f.imported.Name)
		d.at("the end of the past at its import", inc.Import.PastUntil, f.imported.PastUntil)
	}
	d.at("cancelled_at", inc.CancelledAt, f.cancelled)
	differ(d, "owner", inc.Owner, f.owner)
	differ(d, "acknowledged by", inc.Acknowledged.By, f.ack.By)
	d.at("acknowledged at", inc.Acknowledged.At, f.ack.At)
	d.at("acknowledged until", inc.Acknowledged.Until, f.ack.Until)
}

func (d *differences) times(f *Fold, inc *sla.Incident) {
	for m, s := range inc.Times {
		name, told := sla.Moment(m).Field(), f.times[m]
		d.at(name, s.At, told.at)
		if told.basis != nil {
			differ(d, "the basis of "+name, s.Basis, *told.basis)
		}
		if told.offset != nil {
			differ(d, "the offset of "+name, Offset(s.At), *told.offset)
		}
	}
}

// Offset is the offset at which an instant was entered, in seconds east of UTC.
func Offset(t time.Time) int {
	_, east := t.Zone()
	return east
}

func (d *differences) clocks(f *Fold, inc *sla.Incident) {
	stored := map[ClockKey]bool{}
	for _, c := range inc.AllClocks() {
		key := ClockKey{c.Promise, c.Stage}
		stored[key] = true
		told := f.clocks[key]
		if told == nil {
			d.addf("%s is not in its history", key)
			continue
		}
		differ(d, key.String(), c.State, told.state)
		d.at("start of "+key.String(), c.Start.At, told.start)
		d.at("due of "+key.String(), c.Due, told.due)
		d.at("breached_at of "+key.String(), c.BreachedAt, told.breached)
		d.waiver(key, c.Waiver, told.waiver)
		d.answer(key, c, f.answers(c))
	}
	var missing []string
	for key := range f.clocks {
		if !stored[key] {
			missing = append(missing, key.String()+" is missing, its history holds it")
		}
	}
	slices.Sort(missing)
	d.list = append(d.list, missing...)
}

func (d *differences) waiver(key ClockKey, stored, told sla.Waiver) {
	d.at("the waiver of "+key.String(), stored.At, told.At)
	differ(d, "the person of the waiver of "+key.String(), stored.By, told.By)
	differ(d, "the reason of the waiver of "+key.String(), stored.Reason, told.Reason)
	differ(d, "the extent of the waiver of "+key.String(), stored.Whole, told.Whole)
}

// answer checks a clock's notice: one of the history, and on the side of the deadline
// that the state says.
func (d *differences) answer(key ClockKey, c *sla.Clock, notices []sla.Notice) {
	at := c.NotifiedAt
	if at.IsZero() {
		if c.State == sla.Met || c.State == sla.Late {
			d.addf("%s is %s without a notice", key, c.State)
		}
		return
	}
	if !slices.ContainsFunc(notices, func(n sla.Notice) bool { return n.Counts() && n.ReceivedAt.UnixMilli() == at.UnixMilli() }) {
		d.addf("%s was answered at %s, when its history has no notice", key, instantText(at))
	}
	if c.State == sla.Met && !sla.InTime(c.Due, at) || c.State == sla.Late && sla.InTime(c.Due, at) {
		d.addf("%s is %s, but its notice came at %s and its deadline is %s", key, c.State, instantText(at), instantText(c.Due))
	}
}

// notices compares the notices in the order in which they were recorded.
func (d *differences) notices(told []sla.Notice, inc *sla.Incident) {
	stored := slices.Clone(inc.Notices)
	slices.SortFunc(stored, func(a, b sla.Notice) int { return cmp.Compare(a.ID, b.ID) })
	if len(stored) != len(told) {
		d.addf("it has %d notices, its history has %d", len(stored), len(told))
	}
	for i := range min(len(stored), len(told)) {
		s, t := &stored[i], &told[i]
		what := fmt.Sprintf(" of notice %d", s.ID)
		d.at("received_at"+what, s.ReceivedAt, t.ReceivedAt)
		d.at("sent_at"+what, s.SentAt, t.SentAt)
		d.at("the time of recording"+what, s.RecordedAt, t.RecordedAt)
		differ(d, "the recorder"+what, s.RecordedBy, t.RecordedBy)
		differ(d, "channel"+what, s.Channel, t.Channel)
		differ(d, "stage"+what, s.Stage, t.Stage)
		differ(d, "reference"+what, s.Reference, t.Reference)
		differ(d, "text"+what, s.Text, t.Text)
		d.at("the withdrawal"+what, s.Withdrawal.At, t.Withdrawal.At)
		differ(d, "the person of the withdrawal"+what, s.Withdrawal.By, t.Withdrawal.By)
		differ(d, "the reason of the withdrawal"+what, s.Withdrawal.Reason, t.Withdrawal.Reason)
		differ(d, "files"+what, filesText(s.Files), filesText(t.Files))
	}
}

func filesText(files []sla.Evidence) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s (%d bytes, %s) ", f.Name, f.Size, f.SHA256)
		if f.Erased {
			b.WriteString("erased ")
		}
	}
	return strings.TrimSpace(b.String())
}

// notes compares the notes in the order in which they were written.
func (d *differences) notes(told []sla.Note, inc *sla.Incident) {
	stored := slices.SortedFunc(slices.Values(inc.Notes), func(a, b sla.Note) int { return cmp.Compare(a.ID, b.ID) })
	if len(stored) != len(told) {
		d.addf("it has %d notes, its history has %d", len(stored), len(told))
	}
	for i := range min(len(stored), len(told)) {
		s, t := &stored[i], &told[i]
		what := fmt.Sprintf(" of note %d", s.ID)
		d.at("the time"+what, s.At, t.At)
		differ(d, "the author"+what, s.By, t.By)
		differ(d, "text"+what, s.Text, t.Text)
		differ(d, "files"+what, filesText(s.Files), filesText(t.Files))
	}
}

// chasers compares the chasers in the order in which they were recorded.
func (d *differences) chasers(told []sla.Chaser, inc *sla.Incident) {
	stored := slices.SortedFunc(slices.Values(inc.Chasers), func(a, b sla.Chaser) int { return cmp.Compare(a.ID, b.ID) })
	if len(stored) != len(told) {
		d.addf("it has %d chasers, its history has %d", len(stored), len(told))
	}
	for i := range min(len(stored), len(told)) {
		s, t := &stored[i], &told[i]
		what := fmt.Sprintf(" of chaser %d", s.ID)
		d.at("sent_at"+what, s.SentAt, t.SentAt)
		differ(d, "the offset of sent_at"+what, Offset(s.SentAt), Offset(t.SentAt))
		differ(d, "to"+what, s.To, t.To)
		differ(d, "channel"+what, s.Channel, t.Channel)
		differ(d, "message_id"+what, s.MessageID, t.MessageID)
		d.at("the time of recording"+what, s.RecordedAt, t.RecordedAt)
		differ(d, "the recorder"+what, s.RecordedBy, t.RecordedBy)
	}
}
