package mailbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kigen/cmd/kigen/internal/intake"
)

// fakeBox is a mailbox that a test fills.
type fakeBox struct {
	// mu orders what the test and the watcher do one after the other, which timers alone do not.
	mu       sync.Mutex
	validity uint32
	next     uint32
	silent   bool // it does not say the next number
	mails    map[uint32]fakeMail
	news     chan struct{}
	open     func() error           // of a connection
	broken   func(uid uint32) error // of a body
	headless func(uint32) bool      // whether a header can't be read
	unlisted error                  // of the list of numbers
	cut      chan error
	opens    []time.Time
	bodies   int
}

type fakeMail struct {
	text    string
	size    int64
	arrived time.Time
}

func newFakeBox() *fakeBox {
	return &fakeBox{validity: 1, next: 1, mails: map[uint32]fakeMail{}, news: make(chan struct{}, 1), cut: make(chan error)}
}

// lay lays mails into the box, of which the server says nothing.
func (f *fakeBox) lay(subjects ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range subjects {
		f.mails[f.next] = fakeMail{text: mailText(s), arrived: time.Now()}
		f.next++
	}
}

// put lays mails into the box, and the server says so.
func (f *fakeBox) put(subjects ...string) {
	f.lay(subjects...)
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// renumber gives all mails other numbers.
func (f *fakeBox) renumber() {
	f.mu.Lock()
	defer f.mu.Unlock()
	was, last := f.mails, f.next
	f.mails, f.validity, f.next = map[uint32]fakeMail{}, f.validity+1, 1
	for uid := range last {
		if m, ok := was[uid]; ok {
			f.mails[f.next] = m
			f.next++
		}
	}
}

func (f *fakeBox) examine(context.Context) (opened, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.silent {
		return opened{f.validity, 0}, nil
	}
	return opened{f.validity, f.next}, nil
}

func (f *fakeBox) newer(_ context.Context, after uint32) (uids []uint32, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.unlisted != nil {
		return nil, f.unlisted
	}
	for uid := after + 1; uid < f.next; uid++ {
		if _, ok := f.mails[uid]; ok {
			uids = append(uids, uid)
		}
	}
	return uids, nil
}

func (f *fakeBox) heads(_ context.Context, uids []uint32) (list []head, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, uid := range uids {
		m, ok := f.mails[uid]
		if !ok {
			continue
		}
		if f.headless != nil && f.headless(uid) {
			return nil, errCut
		}
		header, _, _ := strings.Cut(m.text, "\r\n\r\n")
		list = append(list, head{uid, cmp.Or(m.size, int64(len(m.text))), m.arrived, []byte(header + "\r\n\r\n")})
	}
	return list, nil
}

func (f *fakeBox) body(_ context.Context, uid uint32, most int64) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bodies++
	if f.broken != nil {
		if err := f.broken(uid); err != nil {
			return nil, err
		}
	}
	text := f.mails[uid].text
	return []byte(text[:min(int64(len(text)), most)]), nil
}

func (f *fakeBox) wait(ctx context.Context, most time.Duration) error {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-f.news:
	case <-t.C:
	case err := <-f.cut:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (*fakeBox) close() {}

var errCut = &Error{Network, errors.New("the connection to the mail server was cut")}

// watching runs a watcher of a fake box in fake time.
type watching struct {
	*memoryKeeper
	box   *fakeBox
	looks []Look
	stop  func()
}

// locked changes or reads what the watcher reads or changes at a time of its own.
func (w *watching) locked(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

const every = 5 * time.Minute

func (w *watching) start(t *testing.T, name string) *Watcher {
	t.Helper()
	watcher := newWatcher(Options{Source: "mail", Keep: w, Every: every, Now: time.Now, Report: func(l Look) {
		w.locked(func() { w.looks = append(w.looks, l) })
	}},
		&server{name: name, host: "imap.example.jp:993", open: func(context.Context) (session, error) {
			var err error
			w.locked(func() {
				w.box.opens = append(w.box.opens, time.Now())
				if w.box.open != nil {
					err = w.box.open()
				}
			})
			return w.box, err
		}})
	w.run(t, watcher)
	return watcher
}

func (w *watching) run(t *testing.T, watcher *Watcher) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = watcher.Run(ctx)
	}()
	w.stop = func() { cancel(); <-done }
	synctest.Wait()
}

// watch runs a test with a watcher whose box holds mails already.
func watch(t *testing.T, f func(t *testing.T, w *watching), old ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &watching{memoryKeeper: newKeeper(), box: newFakeBox()}
		w.box.put(old...)
		w.start(t, "kigen/INBOX")
		f(t, w)
		w.stop()
	})
}

func TestOldMailsAreSeen(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.want(t, true, "one", "two")
		for _, m := range w.mails(true) {
			if m.Unread != intake.UnreadOld || strings.Contains(string(m.Raw), "Text of") {
				t.Errorf("an old mail is %q: %s", m.Unread, m.Raw)
			}
		}
		w.box.put("three")
		synctest.Wait()
		w.want(t, true, "one", "two")
		w.want(t, false, "three")
		if m := w.mails(false)[0]; m.Unread != "" || string(m.Raw) != mailText("three") || m.Place != "1/3" {
			t.Errorf("the new mail is %+v", m)
		}
	}, "one", "two")
}

func TestFirstMailOfAnEmptyBoxIsNew(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		w.box.put("one")
		w.start(t, "kigen/INBOX")
		w.want(t, false, "one")
		w.want(t, true)
	})
}

func TestInterruptedFirstReadingGoesOn(t *testing.T) {
	var old []string
	for i := range 3 * mostMails {
		old = append(old, fmt.Sprint("old ", i))
	}
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		w.memoryKeeper = newKeeper()
		w.fails = func(Step) error {
			if len(w.steps) == 1 {
				return errStore
			}
			return nil
		}
		w.start(t, "kigen/INBOX")
		w.stop()
		if got := len(w.mails(true)); got != mostMails {
			t.Fatalf("%d old mails before the end, want %d", got, mostMails)
		}
		w.fails = nil
		w.box.put("new")
		w.start(t, "kigen/INBOX")
		w.want(t, true, old...)
		w.want(t, false, "new")
	}, old...)
}

func TestRenumberedMailsComeOnce(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.box.put("new")
		synctest.Wait()
		w.stop()
		w.box.renumber()
		w.box.put("newer")
		bodies := w.box.bodies
		w.start(t, "kigen/INBOX")
		w.want(t, true, "old")
		w.want(t, false, "new", "newer")
		if n := w.box.bodies - bodies; n != 1 {
			t.Errorf("%d bodies were read again, want that of the new mail alone", n)
		}
		if k := w.kept(t); k.Box.Validity != 2 || k.Box.Last != 3 || k.Box.Resync != 0 {
			t.Errorf("state %+v", k.Box)
		}
		w.box.put("newest")
		synctest.Wait()
		w.want(t, false, "new", "newer", "newest")
	}, "old")
}

// A restore may bring back what was deleted before the box was watched.
func TestMailsFromBeforeAreOldAfterARenumbering(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		w.box.put("restored")
		w.box.mails[2] = fakeMail{text: mailText("restored"), arrived: time.Now().Add(-2 * time.Hour)}
		w.box.renumber()
		w.start(t, "kigen/INBOX")
		w.want(t, true, "old", "restored")
		w.want(t, false)
	}, "old")
}

// A Message-ID that a ticket system uses twice is no proof that a mail was read.
func TestMessageIDUsedTwiceIsNoMailLess(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		w.box.put("second")
		w.box.mails[2] = fakeMail{text: strings.Replace(mailText("second"), "<second@", "<first@", 1), arrived: time.Now()}
		w.box.renumber()
		w.start(t, "kigen/INBOX")
		w.want(t, false, "second")
	}, "first")
}

func TestOtherMailboxBeginsAnew(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		w.box = newFakeBox()
		w.box.put("another's")
		w.start(t, "soc/INBOX")
		w.want(t, true, "one", "another's")
		w.want(t, false)
	}, "one")
}

func TestServerWithoutNextNumber(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		w.memoryKeeper, w.box.silent = newKeeper(), true
		w.start(t, "kigen/INBOX")
		w.box.put("new")
		synctest.Wait()
		w.stop()
		w.box.renumber()
		w.box.put("newer")
		w.start(t, "kigen/INBOX")
		w.want(t, true, "one", "two")
		w.want(t, false, "new", "newer")
	}, "one", "two")
}

func TestNumbersThatFallAreOthers(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		w.box.renumber()
		w.box.validity--
		delete(w.box.mails, 1)
		w.box.mails[1], w.box.next = fakeMail{text: mailText("new"), arrived: time.Now()}, 2
		w.start(t, "kigen/INBOX")
		w.want(t, false, "new")
	}, "one", "two")
}

func TestWhatIsNotKeptComesAgain(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.locked(func() { w.fails = func(Step) error { return errStore } })
		w.box.put("one")
		synctest.Wait()
		w.want(t, false)
		if l := w.looks[len(w.looks)-1]; l.Kept || !errors.Is(l.Err, errStore) {
			t.Errorf("look %+v", l)
		}
		w.locked(func() { w.fails = nil })
		pass(10 * time.Second)
		w.want(t, false, "one")
		pass(time.Hour)
		w.want(t, false, "one")
	})
}

// pass lets time pass, and what is due then happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// A replica that leads again goes on where the one between ended.
func TestLeaderThatComesBack(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		first := w.start(t, "kigen/INBOX")
		w.stop()
		w.box.put("one")
		w.start(t, "kigen/INBOX")
		w.stop()
		w.box.put("two")
		w.run(t, first)
		w.want(t, false, "one", "two")
	})
}
