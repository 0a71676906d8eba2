package times_test

import (
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/mail/times"
)

// FuzzStated: no time of the past lies after the mail, and every window ends after it
// begins.
func FuzzStated(f *testing.F) {
	for _, seed := range []string{
		"発生日時：2027年3月4日(木) 9:15\n復旧 同日11時", "22:00~翌2:00", "昨夜25時10分 大晦日23時50分", "on Nov 12 at 1:47 p.m. PST, 10:05 p.m. the same day",
		"(誤)9:15 (正)9:51", "|発生|検知|\n|3/4 9:15|3/4 9:20|", "R9.3.4 12:00", "2月30日 10:00", "29日 10:00 2/29 1:00", "Mar 9999, 99:99", "先週の月曜日 9時", "",
	} {
		f.Add(seed, int64(1804150800))
	}
	f.Add("12/31 23:59", int64(0))
	f.Fuzz(func(t *testing.T, words string, unix int64) {
		written := time.Unix(unix%4000000000, 0)
		text := times.Passage{Words: words, Written: written, Zone: tokyo}
		got := times.Stated(text)
		for _, at := range []time.Time{got.Occurred, got.Detected, got.Confirmed, got.Recovered} {
			if !at.IsZero() && at.After(written.Add(15*time.Minute)) {
				t.Errorf("%q written at %s states %s", words, written, at)
			}
		}
		for _, w := range times.Windows(text) {
			if !w.End.After(w.Start) || w.End.Sub(w.Start) > 31*24*time.Hour {
				t.Errorf("%q has the window %v", words, w)
			}
		}
	})
}
