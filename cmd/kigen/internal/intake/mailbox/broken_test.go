package mailbox

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/cmd/kigen/internal/intake"
)

func TestLargeMailsAreHeaders(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.box.lay("said", "unsaid", "small")
		w.box.mails[1] = fakeMail{text: mailText("said"), size: Limit + 1}
		w.box.mails[2] = fakeMail{text: mailText("unsaid") + strings.Repeat("x", Limit), size: 10}
		w.box.put()
		synctest.Wait()
		w.want(t, false, "said", "unsaid", "small")
		for i, want := range []intake.Unread{intake.UnreadTooLarge, intake.UnreadTooLarge, ""} {
			if m := w.mails(false)[i]; m.Unread != want || len(m.Raw) > 1000 {
				t.Errorf("mail %d: %q with %d bytes, want %q", i, m.Unread, len(m.Raw), want)
			}
		}
		if w.box.bodies != 2 {
			t.Errorf("%d bodies were read, want 2: the one that says its size is left", w.box.bodies)
		}
	})
}

// A mail that can't be read holds up no other one for long.
func TestBrokenMailIsAHeader(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.box.broken = func(uid uint32) error {
			if uid == 2 {
				return errCut
			}
			return nil
		}
		w.box.put("one", "two", "three")
		synctest.Wait()
		w.want(t, false, "one")
		pass(2 * time.Minute)
		w.want(t, false, "one", "two", "three")
		if m := w.mails(false)[1]; m.Unread != intake.UnreadBroken {
			t.Errorf("the mail is %q", m.Unread)
		}
	})
}

func TestMailThatGoesIsAHeader(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.box.broken = func(uint32) error { return errGone }
		w.box.put("one")
		synctest.Wait()
		w.want(t, false, "one")
		if m := w.mails(false)[0]; m.Unread != intake.UnreadGone {
			t.Errorf("the mail is %q", m.Unread)
		}
	})
}

// A header that can't be read holds up no other mail for long, and is named in the end. A
// connection that is cut now and then is no such header.
func TestBrokenHeader(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.box.headless = func(uid uint32) bool { return uid == 2 }
		w.box.put("one", "two", "three")
		synctest.Wait()
		pass(5 * time.Second)
		w.want(t, false, "one")
		pass(30 * time.Minute)
		w.want(t, false, "one", "", "three")
		if m := w.mails(false)[1]; m.Unread != intake.UnreadBroken || m.Place != "1/2" {
			t.Errorf("the mail is %+v", m)
		}
		cuts := 0
		w.box.headless = func(uint32) bool { cuts++; return cuts <= 4 }
		w.box.put("four", "five")
		pass(time.Minute)
		w.want(t, false, "one", "", "three", "four", "five")
	})
}

// What is new at the first success, after failures, is new: the keeper would call it old.
func TestFirstSuccessStandsAlone(t *testing.T) {
	watch(t, func(t *testing.T, w *watching) {
		w.stop()
		w.memoryKeeper = newKeeper()
		w.box.headless = func(uint32) bool { return true }
		w.box.unlisted = errCut
		w.start(t, "kigen/INBOX") // it learns that the box is empty, and fails
		w.box.headless, w.box.unlisted = nil, nil
		w.box.lay("one")
		pass(5 * time.Second)
		w.want(t, false, "one")
		for _, s := range w.steps {
			if s.Failed == nil {
				if len(s.Mails) > 0 {
					t.Errorf("the first success brought mails: %+v", s)
				}
				break
			}
		}
	})
}
