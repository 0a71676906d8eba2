package mailbox

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kigen/cmd/kigen/internal/intake"
)

// spool is a Maildir in fake time.
type spool struct {
	*memoryKeeper
	t    *testing.T
	dir  string
	n    int
	stop func()

	watcher *Watcher
	opening func(path string) (*os.File, error) // of a mail; nil: as the system opens it
}

// inMaildir runs a test with a watcher of a Maildir that holds mails already.
func inMaildir(t *testing.T, f func(t *testing.T, s *spool), old ...string) {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := &spool{memoryKeeper: newKeeper(), t: t, dir: dir}
		for _, subject := range old {
			s.deliver(subject)
		}
		s.start(dir)
		f(t, s)
		s.stop()
	})
}

func (s *spool) start(dir string) {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	w := NewMaildir(dir, Options{Source: "mail", Keep: s, Every: every, Now: time.Now})
	s.watcher = w
	if s.opening != nil {
		w.place.(*maildir).opening = s.opening
	}
	go func() {
		defer close(done)
		_ = w.Run(ctx)
	}()
	s.stop = func() { cancel(); <-done }
	synctest.Wait()
}

// deliver delivers a mail as mail servers do, and returns its name.
func (s *spool) deliver(subject string) string {
	s.t.Helper()
	s.n++
	name := fmt.Sprintf("%d.M%dP1.host", time.Now().Unix(), s.n)
	s.put("tmp/"+name, mailText(subject))
	s.move("tmp/"+name, "new/"+name)
	return name
}

func (s *spool) put(path, text string) {
	s.t.Helper()
	full := filepath.Join(s.dir, path)
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.touch(path)
}

// touch gives a file or folder the fake time.
func (s *spool) touch(path string) {
	s.t.Helper()
	if err := os.Chtimes(filepath.Join(s.dir, path), time.Now(), time.Now()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *spool) move(from, to string) {
	s.t.Helper()
	if err := os.Rename(filepath.Join(s.dir, from), filepath.Join(s.dir, to)); err != nil {
		s.t.Fatal(err)
	}
	s.touch(filepath.Dir(from))
	s.touch(filepath.Dir(to))
}

// listing is all that lies in the Maildir, with modes and sizes.
func (s *spool) listing() string {
	var b strings.Builder
	for _, folder := range []string{"new", "cur", "tmp"} {
		entries, err := os.ReadDir(filepath.Join(s.dir, folder))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				s.t.Fatal(err)
			}
			fmt.Fprintln(&b, folder, e.Name(), info.Mode(), info.Size(), info.ModTime().UTC())
		}
	}
	return b.String()
}

func TestMaildir(t *testing.T) {
	inMaildir(t, func(t *testing.T, s *spool) {
		s.want(t, true, "old")
		if m := s.mails(true)[0]; m.Unread != intake.UnreadOld || strings.Contains(string(m.Raw), "Text of") {
			t.Errorf("an old mail is %q: %s", m.Unread, m.Raw)
		}
		pass(time.Hour)
		name := s.deliver("one")
		pass(glance)
		s.want(t, false, "one")
		if m := s.mails(false)[0]; string(m.Raw) != mailText("one") || m.Arrived.IsZero() || m.Place != name {
			t.Errorf("the mail is %+v", m)
		}
		s.move("new/"+name, "cur/"+name+":2,S") // a mail program has seen it
		s.put("tmp/half", "Subject: half")
		s.put("new/.hidden", "Subject: hidden")
		if err := os.Symlink("/etc/hostname", filepath.Join(s.dir, "new", "link")); err != nil {
			t.Fatal(err)
		}
		s.touch("new")
		before := s.listing()
		pass(time.Hour)
		s.want(t, false, "one")
		if after := s.listing(); after != before {
			t.Errorf("the Maildir was changed:\n%swas\n%s", after, before)
		}
		s.deliver("straight to cur")
		pass(time.Hour)
		s.stop()
		s.deliver("while nothing watched")
		s.start(s.dir)
		s.want(t, true, "old")
		s.want(t, false, "one", "straight to cur", "while nothing watched")
	}, "old")
}

// Two mails within the same tick of a file system's clock are two mails.
func TestMailBehindAnotherOne(t *testing.T) {
	inMaildir(t, func(t *testing.T, s *spool) {
		began := time.Now()
		s.deliver("one")
		pass(glance)
		s.want(t, false, "one")
		s.deliver("two")
		if err := os.Chtimes(filepath.Join(s.dir, "new"), began, began); err != nil { // as if in the same tick
			t.Fatal(err)
		}
		pass(glance)
		s.want(t, false, "one", "two")
	})
}

func TestLargeFileIsAHeader(t *testing.T) {
	inMaildir(t, func(t *testing.T, s *spool) {
		s.put("new/large", mailText("large")+strings.Repeat("x", Limit))
		s.put("new/next", mailText("next"))
		pass(10 * time.Second)
		s.want(t, false, "large", "next")
		if m := s.mails(false)[0]; m.Unread != intake.UnreadTooLarge || len(m.Raw) > 1000 {
			t.Errorf("%q, %d bytes", m.Unread, len(m.Raw))
		}
	})
}

// A file that can't be read holds up no other one, and is named in the end.
func TestUnreadableFile(t *testing.T) {
	inMaildir(t, func(t *testing.T, s *spool) {
		s.stop()
		s.opening = func(path string) (*os.File, error) {
			if filepath.Base(path) == "1.secret" { // as for a user without the right; root has it
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
			}
			return os.Open(path)
		}
		s.start(s.dir)
		s.put("new/1.secret", mailText("secret"))
		s.put("new/2.next", mailText("next"))
		pass(10 * time.Second)
		s.want(t, false, "next")
		if h := s.kept(t).Health; h.OK() {
			t.Errorf("a file that can't be read is calm: %+v", h)
		}
		pass(time.Minute)
		s.want(t, false, "next", "")
		if m := s.mails(false)[1]; m.Unread != intake.UnreadBroken || m.Place != "1.secret" {
			t.Errorf("%+v", m)
		}
		if h := s.kept(t).Health; !h.OK() {
			t.Errorf("health %+v", h)
		}
	})
}

func TestNoMaildir(t *testing.T) {
	inMaildir(t, func(t *testing.T, s *spool) {
		s.stop()
		s.move("new", "elsewhere")
		s.start(s.dir)
		h := s.kept(t).Health
		if h.OK() || h.Reason != Absent || !h.ToldFailing {
			t.Errorf("health %+v", h)
		}
		s.move("elsewhere", "new")
		s.deliver("one")
		pass(2 * time.Minute)
		s.want(t, false, "one")
		if h := s.kept(t).Health; !h.OK() {
			t.Errorf("health %+v", h)
		}
	})
}

// Another Maildir begins anew: all in it is old.
func TestOtherMaildir(t *testing.T) {
	inMaildir(t, func(t *testing.T, s *spool) {
		s.stop()
		other := t.TempDir()
		s.dir = other
		for _, folder := range []string{"new", "cur", "tmp"} {
			if err := os.Mkdir(filepath.Join(other, folder), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		s.deliver("two")
		s.start(other)
		s.want(t, true, "one", "two")
		s.want(t, false)
	}, "one")
}
