package times

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/sla/pattern"

	"kigen/sla/inbox"
	"kigen/sla/when"
)

var (
	rangeSign = pattern.New(`^\s*(?:頃|ごろ)?\s*(?:[~〜-]|から|より|to|until|till|through|and|まで)[\s頃]*$`)
	lengthOf  = pattern.New(`^\s*(?:頃|ごろ)?\s*(?:から|より|[,(（]|for|\()?\s*(?:約|最大|およそ|for |about |approximately )?\s*(\d{1,3})\s*(時間半?|分間?|hours?|hrs?|minutes?|mins?)`)
	startOf   = pattern.New(`(?:開始|着手|start(?:s|ing)?|begin(?:s|ning)?|from|停止)[^\n]{0,8}$`)
	endOf     = pattern.New(`(?:終了|完了|end(?:s|ing)?|finish|complet\w*|until|再開)[^\n]{0,8}$`)
	notAhead  = pattern.New(`(?:予備日|backup|reserve|問い合わせ|お問合せ|受付時間|営業時間|サポート|support hours|business hours|平日)[^\n]{0,12}$`)
)

// rangeEnd finds the mention that ends the range which the i-th begins.
func (r *reader) rangeEnd(i int) (end int, ok bool) {
	if i+1 >= len(r.mentions) || !r.mentions[i].HasClock || !r.mentions[i+1].HasClock {
		return 0, false
	}
	return i + 1, rangeSign.MatchString(r.folded[r.mentions[i].To:r.mentions[i+1].From])
}

// span is the time from one mention to another, which may leave out its date and, on
// either side, the zone.
func (r *reader) span(i, end int) (from, to time.Time) {
	a, b := r.mentions[i], r.mentions[end]
	if a.Zone == nil {
		a.Zone = b.Zone
	}
	if b.Zone == nil {
		b.Zone = a.Zone
	}
	if !b.Dated {
		b = b.On(a, 0)
	}
	from, to = a.At(r.zone), b.At(r.zone)
	if !r.mentions[i].Dated && r.mentions[end].Dated && to.Sub(from).Abs() > 24*time.Hour { // from 22:00 to 1:30 on March 20
		if from = a.On(b, 0).At(r.zone); !to.After(from) {
			to = b.On(b, 1).At(r.zone)
		}
		return from, to
	}
	if !r.mentions[end].Dated && !to.After(from) {
		to = r.mentions[end].On(a, 1).At(zoneOf(b, r.zone))
	}
	return from, to
}

func zoneOf(m when.Mention, zone *time.Location) *time.Location {
	if m.Zone != nil {
		return m.Zone
	}
	return zone
}

// Windows returns the windows of planned work that a text states, in their order.
func Windows(t Passage) []inbox.Window {
	r := newReader(t, true)
	var (
		windows []inbox.Window
		begun   time.Time
	)
	for i := 0; i < len(r.mentions) && len(windows) < 50; i++ {
		m := r.mentions[i]
		if !m.HasClock || r.isWrong(m) {
			continue
		}
		label := r.label(i)
		if notAhead.MatchString(label) {
			continue
		}
		at := m.At(r.zone)
		switch end, ok := r.rangeEnd(i); {
		case ok:
			from, to := r.span(i, end)
			windows, i = add(windows, from, to), end
		case lasts(r.after(i)) > 0:
			windows = add(windows, at, at.Add(lasts(r.after(i))))
		case endOf.MatchString(strip(label)) && !begun.IsZero():
			if !m.Dated && !at.After(begun) {
				at = at.AddDate(0, 0, 1)
			}
			windows, begun = add(windows, begun, at), time.Time{}
		case startOf.MatchString(strip(label)):
			begun = at
		}
	}
	return windows
}

// add adds a window once. One that does not end after its start, or lasts for more than
// a month, is none.
func add(windows []inbox.Window, from, to time.Time) []inbox.Window {
	w := inbox.Window{Start: from, End: to}
	if from.IsZero() || to.IsZero() || !to.After(from) || to.Sub(from) > 31*24*time.Hour {
		return windows
	}
	if slices.ContainsFunc(windows, func(o inbox.Window) bool { return o.Start.Equal(from) && o.End.Equal(to) }) {
		return windows
	}
	return append(windows, w)
}

// lasts reads the length behind a start: 22時から2時間.
func lasts(after string) time.Duration {
	m := lengthOf.FindStringSubmatch(after)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // digits
	length := time.Duration(n) * time.Minute
	if strings.HasPrefix(m[2], "時間") || strings.HasPrefix(m[2], "h") {
		length = time.Duration(n) * time.Hour
	}
	if strings.HasSuffix(m[2], "半") {
		length += 30 * time.Minute
	}
	return length
}
