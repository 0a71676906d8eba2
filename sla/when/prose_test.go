package when_test

import (
	"testing"
	"time"

	"kigen/sla/when"
)

// TestMentions finds dates and times in running text.
func TestMentions(t *testing.T) {
	tokyo := time.FixedZone("", 9*3600)
	written := time.Date(2027, 3, 4, 18, 0, 0, 0, tokyo)
	for _, c := range []struct {
		text string
		want []string // RFC 3339; empty: a date without a time of day, or an unsure one
	}{
		{"障害は2027年3月4日午前9時15分に発生し、同日正午に復旧した", []string{"2027-03-04T09:15:00+09:00", "2027-03-04T12:00:00+09:00"}},
		{"令和九年三月四日 九時十五分", []string{"2027-03-04T09:15:00+09:00"}},
		{"３月３日２５時１０分", []string{"2027-03-04T01:10:00+09:00"}},
		{"3月3日24:00", []string{"2027-03-04T00:00:00+09:00"}},
		{"一昨日の10時、昨日10時、本日10時", []string{"2027-03-02T10:00:00+09:00", "2027-03-03T10:00:00+09:00", "2027-03-04T10:00:00+09:00"}},
		{"3日の9時半", []string{"2027-03-03T09:30:00+09:00"}},
		{"28日9時", []string{"2027-02-28T09:00:00+09:00"}},
		{"先週の金曜日 9:00", []string{"2027-02-26T09:00:00+09:00"}},
		{"月曜日の9:00", []string{"2027-03-01T09:00:00+09:00"}},
		{"on Monday at 9:00 AM", []string{"2027-03-01T09:00:00+09:00"}},
		{"10:20 am PST on Mar 3, 2027", []string{"2027-03-03T10:20:00-08:00"}},
		{"Mar 3, 10:20 a.m. (UTC)", []string{"2027-03-03T10:20:00Z"}},
		{"2027-03-04T01:15:00Z and 20270304T101500", []string{"2027-03-04T01:15:00Z", ""}},
		{"2027-03-04 10:15 UTC+9", []string{"2027-03-04T10:15:00+09:00"}},
		{"2027-03-04 10:15 太平洋時間", []string{"2027-03-04T10:15:00-08:00"}},
		{"2027-03-04 10:15 CST", []string{""}},
		{"04/03/2027 10:15", []string{""}},
		{"13/02/2027 10:15", []string{"2027-02-13T10:15:00+09:00"}},
		{"3月20日", []string{""}},
		{"9:15", []string{"2027-03-04T09:15:00+09:00"}},
		{"23:50", []string{"2027-03-03T23:50:00+09:00"}}, // before the text was written
		{"午後12時", []string{""}},
		{"35時, 10:75, 13月1日 10時間, 2時台, 24時間365日, 3分の1, v1.2.3, 10.0.0.1:8080, INC-10:20", nil},
		{"一時的に停止", nil},
		{"午前一時に停止", []string{"2027-03-04T01:00:00+09:00"}},
		{"12/30 22:15", []string{"2026-12-30T22:15:00+09:00"}},
	} {
		folded := when.FoldProse(c.text)
		got := when.Prose{Written: written, Zone: tokyo}.Mentions(folded)
		if len(got) != len(c.want) {
			t.Errorf("%s: %d mentions, want %d: %+v", c.text, len(got), len(c.want), got)
			continue
		}
		for i, want := range c.want {
			at := got[i].At(tokyo)
			if want == "" && at.IsZero() {
				continue
			}
			if wanted, err := time.Parse(time.RFC3339, want); err != nil || !at.Equal(wanted) {
				t.Errorf("%s: %q is %s, want %s", c.text, folded[got[i].From:got[i].To], at, want)
			}
		}
	}
}

// TestMentionsAhead: a date without a year is the nearest one.
func TestMentionsAhead(t *testing.T) {
	written := time.Date(2026, 12, 20, 18, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"1月9日 1:00":   time.Date(2027, 1, 9, 1, 0, 0, 0, time.UTC),
		"12月30日 1:00": time.Date(2026, 12, 30, 1, 0, 0, 0, time.UTC),
		"明日1時":        time.Date(2026, 12, 21, 1, 0, 0, 0, time.UTC),
	} {
		got := when.Prose{Written: written, Ahead: true}.Mentions(when.FoldProse(text))
		if len(got) != 1 || !got[0].At(time.UTC).Equal(want) {
			t.Errorf("%s: %+v, want %s", text, got, want)
		}
	}
}

// FuzzMentions: mentions stand in order inside the text and are times of accepted years.
func FuzzMentions(f *testing.F) {
	for _, seed := range []string{
		"障害は2027年3月4日午前9時15分に発生", "令和九年三月四日 九時十五分", "昨夜25時10分、同日、翌2:00", "10:20 am PST on Mar 3, 2027", "先週の金曜日 9:00", "2/29 29日0時 大晦日", "+09:00 -0800 UTC+14", "\xff\xfe1\xe6\x9c",
	} {
		f.Add(seed, int64(1804150800), true)
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, ahead bool) {
		written := time.Unix(unix%4000000000, 0).UTC()
		folded := when.FoldProse(text)
		last := 0
		for _, m := range (when.Prose{Written: written, Zone: time.UTC, Ahead: ahead}).Mentions(folded) {
			if m.From < last || m.To <= m.From || m.To > len(folded) {
				t.Fatalf("%q: from %d to %d behind %d", folded, m.From, m.To, last)
			}
			last = m.To
			if at := m.At(time.UTC); !at.IsZero() && (at.Year() < 1800 || at.Year() > 2201) {
				t.Fatalf("%q: %s", folded, at)
			}
		}
	})
}
