package calendar_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/jp"

	"kigen/calendar"
)

// table is the limit that the benchmarks measure against: what one would write
// by hand for Japan alone, 09:00 to 18:00, knowing that it is always nine hours
// ahead of UTC and that every business day is nine hours long. It refuses what
// lies outside its years, as any code in use must.
type table struct {
	zone     *time.Location
	business []bool  // by days since 1970-01-01, less base
	before   []int32 // business days before the date, and before the one after the last
	days     []int32 // the business days in order, as such dates
	base     int64
}

const (
	tableOffset = 9 * 60 * 60
	tableOpen   = 9 * 60 * 60
	tableClose  = 18 * 60 * 60
	tableHours  = tableClose - tableOpen
	daySeconds  = 24 * 60 * 60
)

func newTable(c *calendar.Calendar) *table {
	first, last := c.Range()
	h := &table{zone: c.Zone(), base: int64(first)}
	for d := first; d <= last; d++ {
		h.before = append(h.before, int32(len(h.days)))
		h.business = append(h.business, c.IsBusinessDay(d))
		if c.IsBusinessDay(d) {
			h.days = append(h.days, int32(d))
		}
	}
	h.before = append(h.before, int32(len(h.days)))
	return h
}

func (h *table) split(t time.Time) (date, second int64, ok bool) {
	local := t.Unix() + tableOffset
	date = local/daySeconds - h.base
	return date, local % daySeconds, date >= 0 && date < int64(len(h.business))
}

func (h *table) isOpen(t time.Time) bool {
	date, second, ok := h.split(t)
	return ok && h.business[date] && second >= tableOpen && second < tableClose
}

// opening returns an instant so many nanoseconds after an opening.
func (h *table) opening(number, after int64) (time.Time, error) {
	if number < 0 || number >= int64(len(h.days)) {
		return time.Time{}, calendar.ErrRange
	}
	return time.Unix(int64(h.days[number])*daySeconds+tableOpen-tableOffset, after).In(h.zone), nil
}

func (h *table) nextOpening(t time.Time) (time.Time, error) {
	date, second, ok := h.split(t)
	if !ok {
		return time.Time{}, calendar.ErrRange
	}
	number := int64(h.before[date])
	if h.business[date] {
		if second >= tableClose {
			number++
		} else if second >= tableOpen {
			return t.In(h.zone), nil
		}
	}
	return h.opening(number, 0)
}

func (h *table) addDays(t time.Time, n int) (calendar.Date, error) {
	date, _, ok := h.split(t)
	if !ok {
		return 0, calendar.ErrRange
	}
	number := int(h.before[date+1]) + n - 1
	if number < 0 || number >= len(h.days) {
		return 0, calendar.ErrRange
	}
	return calendar.Date(h.days[number]), nil
}

// openBefore returns the open nanoseconds since the first date.
func (h *table) openBefore(t time.Time) (int64, bool) {
	date, second, ok := h.split(t)
	if !ok {
		return 0, false
	}
	open := int64(h.before[date]) * tableHours * 1e9
	if h.business[date] {
		open += min(max((second-tableOpen)*1e9+int64(t.Nanosecond()), 0), tableHours*1e9)
	}
	return open, true
}

func (h *table) addOpen(t time.Time, d time.Duration) (time.Time, error) {
	open, ok := h.openBefore(t)
	if !ok {
		return time.Time{}, calendar.ErrRange
	}
	target := open + int64(d)
	number := (target - 1) / (tableHours * 1e9)
	return h.opening(number, target-number*tableHours*1e9)
}

func (h *table) openBetween(a, b time.Time) (time.Duration, error) {
	from, okA := h.openBefore(a)
	to, okB := h.openBefore(b)
	if !okA || !okB {
		return 0, calendar.ErrRange
	}
	return time.Duration(to - from), nil
}

// peer is the calendar of the holiday library, asked as its users ask it.
type peer struct{ *cal.BusinessCalendar }

func newPeer(configure func(*cal.BusinessCalendar)) peer {
	c := cal.NewBusinessCalendar()
	c.SetWorkHours(9*time.Hour, 18*time.Hour)
	configure(c)
	return peer{c}
}

func shippedPeer() peer {
	return newPeer(func(c *cal.BusinessCalendar) { c.AddHoliday(jp.Holidays...) })
}

func cachedPeer() peer {
	return newPeer(func(c *cal.BusinessCalendar) {
		c.AddHoliday(jp.Holidays...)
		c.Cacheable = true
	})
}

// mappedPeer asks a map of dates instead of working holidays out.
func mappedPeer(c *calendar.Calendar) peer {
	type civil struct {
		year  int
		month time.Month
		day   int
	}
	business := map[civil]bool{}
	first, last := c.Range()
	for d := first; d <= last; d++ {
		year, month, day := d.Civil()
		business[civil{year, month, day}] = c.IsBusinessDay(d)
	}
	return newPeer(func(b *cal.BusinessCalendar) {
		b.WorkdayFunc = func(t time.Time) bool {
			year, month, day := t.Date()
			return business[civil{year, month, day}]
		}
	})
}

func (p peer) nextOpening(t time.Time) time.Time {
	if p.IsWorkTime(t) {
		return t
	}
	if opening := p.WorkdayStart(t); t.Before(opening) {
		return opening
	}
	return p.NextWorkdayStart(t)
}

func TestTheTableByHandAgrees(t *testing.T) {
	c := japan(t, 2018, 2028)
	h := newTable(c)
	for _, at := range workload(t) {
		later := at.Add(tenDays)
		if got, want := c.IsOpen(at), h.isOpen(at); got != want {
			t.Fatalf("open at %v: got %v, want %v", at, got, want)
		}
		next, err := c.NextOpening(at)
		wantNext, errWant := h.nextOpening(at)
		day, errDay := c.AddBusinessDays(c.DateOf(at), 3)
		wantDay, errWantDay := h.addDays(at, 3)
		due, errDue := c.AddOpen(at, 6*time.Hour)
		wantDue, errWantDue := h.addOpen(at, 6*time.Hour)
		open, errOpen := c.OpenBetween(at, later)
		wantOpen, errWantOpen := h.openBetween(at, later)
		if err := errors.Join(err, errWant, errDay, errWantDay, errDue, errWantDue, errOpen, errWantOpen); err != nil {
			t.Fatal(err)
		}
		if !next.Equal(wantNext) || day != wantDay || !due.Equal(wantDue) || open != wantOpen {
			t.Fatalf("from %v: got %v, %v, %v, %v, want %v, %v, %v, %v", at, next, day, due, open, wantNext, wantDay, wantDue, wantOpen)
		}
	}
}

func TestThePeerAgrees(t *testing.T) {
	c := japan(t, 2018, 2028)
	for name, p := range map[string]peer{"shipped": shippedPeer(), "cached": cachedPeer(), "mapped": mappedPeer(c)} {
		for _, at := range workload(t)[:2000] {
			if _, clock := c.Local(at); clock >= 18*time.Hour && clock < 18*time.Hour+time.Second {
				continue // the peer is still open in the second of the close
			}
			if got, want := c.IsOpen(at), p.IsWorkTime(at); got != want {
				t.Errorf("%s: open at %v: got %v, want %v", name, at, got, want)
			}
			if got, err := c.NextOpening(at); err != nil || !got.Equal(p.nextOpening(at)) {
				t.Errorf("%s: next opening from %v: got %v, %v, want %v", name, at, got, err, p.nextOpening(at))
			}
			want := p.WorkdaysFrom(at, 3)
			if got, err := c.AddBusinessDays(c.DateOf(at), 3); err != nil || got != c.DateOf(want) {
				t.Errorf("%s: 3 business days from %v: got %v, %v, want %v", name, at, got, err, want)
			}
			if got, err := c.AddOpen(at, 6*time.Hour); err != nil || !got.Equal(p.AddWorkHours(at, 6*time.Hour)) {
				t.Errorf("%s: 6 hours from %v: got %v, %v, want %v", name, at, got, err, p.AddWorkHours(at, 6*time.Hour))
			}
			later := at.Add(tenDays)
			if got, err := c.OpenBetween(at, later); err != nil || got != p.WorkHoursInRange(at, later) {
				t.Errorf("%s: from %v to %v: got %v, %v, want %v", name, at, later, got, err, p.WorkHoursInRange(at, later))
			}
		}
	}
}
