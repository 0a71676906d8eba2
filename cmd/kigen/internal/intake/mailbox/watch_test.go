package mailbox

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func (w *watching) news() (all []News) {
	w.locked(func() {
		for _, l := range w.looks {
			all = append(all, l.News...)
		}
	})
	return all
}

func TestSuccessIsKeptAtEachInterval(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		began := time.Now()
		pass(time.Hour + time.Second)
		if n := len(w.steps); n != 13 { // the first, and one every five minutes
			t.Errorf("%d steps in an hour", n)
		}
		if h := w.kept(t).Health; !h.OK() || !h.LastSuccess.Equal(began.Add(time.Hour)) {
			t.Errorf("health %+v", h)
		}
	})
}

// connections are when the server was dialled.
func (w *watching) connections() (times []time.Time) {
	w.locked(func() { times = slices.Clone(w.box.opens) })
	return times
}

// intervals are the waits between connections, in order.
func (w *watching) intervals() (list []time.Duration) {
	opens := w.connections()
	for i := 1; i < len(opens); i++ {
		list = append(list, opens[i].Sub(opens[i-1]))
	}
	return list
}

func TestCutConnectionIsReplacedSoon(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		pass(2 * time.Minute)
		w.box.lay("one")
		w.box.cut <- errCut
		pass(firstRetry)
		w.want(t, false, "one")
		if h := w.kept(t).Health; !h.OK() || len(w.news()) > 0 {
			t.Errorf("a connection that was replaced is no failure: %+v %v", h, w.news())
		}
	})
}

// A server that cuts each connection at once is asked ever less often.
func TestConnectionsThatDoNotHoldWait(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.locked(func() { w.box.opens = nil })
		for n := range 4 {
			w.box.cut <- errCut
			for len(w.connections()) == n {
				pass(time.Second)
			}
		}
		if got, want := w.intervals(), []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("connections after %v, want %v", got, want)
		}
	})
}

func TestUnreachableServer(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.locked(func() { w.box.open = func() error { return errCut } })
		w.box.cut <- errCut
		began := time.Now()
		pass(time.Minute)
		if h := w.kept(t).Health; h.OK() || !h.FailingSince.Equal(began.Add(firstRetry)) || h.Reason != Network || len(w.news()) > 0 {
			t.Errorf("after a minute %+v %v", h, w.news())
		}
		pass(13 * time.Minute)
		if len(w.news()) > 0 {
			t.Errorf("told too early: %v", w.news())
		}
		pass(time.Minute + time.Second)
		if got := w.news(); !slices.Equal(got, []News{Silent}) {
			t.Errorf("after three intervals %v, want silent", got)
		}
		pass(time.Hour)
		longest := slices.Max(w.intervals())
		if longest != longestRetry {
			t.Errorf("the longest wait is %s, want %s", longest, longestRetry)
		}
		w.locked(func() { w.box.open = nil })
		w.box.put("one")
		pass(longestRetry)
		w.want(t, false, "one")
		if got := w.news(); !slices.Equal(got, []News{Silent, Back}) || !w.kept(t).Health.OK() {
			t.Errorf("in the end %v %+v", got, w.kept(t).Health)
		}
	})
}

// A wrong password is told at once, and tried seldom: a server locks the account.
func TestRefusedLogin(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.locked(func() {
			w.box.open, w.box.opens = func() error { return &Error{Refused, errors.New("the mail server refuses the login")} }, nil
		})
		w.box.cut <- errCut
		pass(12 * time.Hour)
		if got := w.news(); !slices.Equal(got, []News{Failing, Silent}) {
			t.Errorf("news %v", got)
		}
		if n := len(w.connections()); n > 32 {
			t.Errorf("%d logins in 12 hours", n)
		}
	})
}

func TestJitterLengthensWaits(t *testing.T) {
	w := newWatcher(Options{Every: every, Now: time.Now, Jitter: func(most time.Duration) time.Duration { return most }}, nil)
	for failures, want := range map[int]time.Duration{1: 1500 * time.Millisecond, 3: 6 * time.Second, 60: 450 * time.Second} {
		if got := w.retryIn(failures, errCut); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
}
