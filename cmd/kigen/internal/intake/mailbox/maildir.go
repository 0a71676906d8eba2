package mailbox

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/intake"
)

const (
	// glance is how often a Maildir's folders are looked at for a change.
	glance = 2 * time.Second
	// settled is how old a change of a folder must be for its time to tell it from the next
	// one, on file systems with coarse times.
	settled = 5 * time.Second
	// hunts is how often a file that moved while it was looked for is looked for again.
	hunts = 3
)

// folder is what is remembered of a Maildir.
type folder struct {
	Dir   string    `json:"dir,omitempty"`
	First time.Time `json:"first,omitzero"` // when the first look began, until it has ended
}

// maildir is a Maildir as a place. Mails lie in new/, and once a mail program has seen them
// in cur/ under the same name with flags behind a colon.
type maildir struct {
	dir     string
	now     func() time.Time
	opening func(path string) (*os.File, error)
	changed [2]time.Time // of the folders as they were read last; zero: not for sure
	failed  map[key]int  // attempts to read a file
}

// NewMaildir returns a watcher of a Maildir.
func NewMaildir(dir string, o Options) *Watcher {
	return newWatcher(o, &maildir{dir: dir, now: o.Now, opening: os.Open})
}

func (*maildir) close() {}

// folders are read in this order: a mail moves from the first to the second, so that it is
// met at least once.
var folders = [...]string{"new", "cur"}

// wait waits until a folder changed.
func (d *maildir) wait(ctx context.Context, most time.Duration) error {
	end := d.now().Add(most)
	for {
		left := end.Sub(d.now())
		if left <= 0 {
			return nil
		}
		if err := rest(ctx, min(glance, left)); err != nil {
			return err
		}
		if stamps := d.stamps(); stamps != d.changed || stamps[0].IsZero() || stamps[1].IsZero() {
			return nil
		}
	}
}

// stamps returns when the folders changed; zero where a further change might not show.
func (d *maildir) stamps() (stamps [2]time.Time) {
	for i, folder := range folders {
		info, err := os.Stat(filepath.Join(d.dir, folder))
		if err == nil && d.now().Sub(info.ModTime()) > settled {
			stamps[i] = info.ModTime()
		}
	}
	return stamps
}

// entry is a file of a mail.
type entry struct {
	base    string // its name without flags: the mail's own
	path    string // below the Maildir
	size    int64
	arrived time.Time
}

func (d *maildir) look(ctx context.Context, w *Watcher) error {
	stamps := d.stamps()
	files, err := d.files()
	if err != nil {
		return err
	}
	state := &w.kept.Folder
	first := state.Dir != d.dir
	if first {
		*state = folder{Dir: d.dir, First: d.now()}
	}
	d.tidy(w, files)
	b := &batch{w: w}
	// A first look that was interrupted goes on with what was there when it began.
	err = b.end(ctx, d.read(ctx, b, files, func(e *entry) bool {
		return first || !state.First.IsZero() && !e.arrived.After(state.First)
	}))
	if err == nil && !state.First.IsZero() {
		state.First = time.Time{}
		err = w.commit(ctx, Step{})
	}
	if err == nil {
		d.changed = stamps
	}
	return err
}

// tidy forgets the names of mails that are gone before the memory is full.
func (*maildir) tidy(w *Watcher, files []entry) {
	if !w.memory.full() && w.memory.next+uint64(len(files)) < keysOfPart*mostParts {
		return
	}
	present := make(map[key]bool, len(files))
	for i := range files {
		present[keyOf(files[i].base)] = true
	}
	w.memory.retain(present)
}

// read reads the mails that are not remembered. One that can't be read stops no other one,
// is tried again at the next look, and in the end is a mail of which nothing is known.
func (d *maildir) read(ctx context.Context, b *batch, files []entry, isOld func(*entry) bool) (failed error) {
	for i := range files {
		e := &files[i]
		k := keyOf(e.base)
		if b.w.memory.has(k) {
			continue
		}
		old := isOld(e)
		m, err := d.mail(e, old)
		if errors.Is(err, errGone) {
			continue // deleted, as if it had never been here
		}
		if err != nil && d.failed[k] < attempts {
			d.fails(k)
			failed = err
			continue
		}
		if err != nil {
			m = intake.RawMail{Arrived: e.arrived, Place: e.base, Unread: intake.UnreadBroken}
		}
		delete(d.failed, k)
		if err := b.add(ctx, m, k, old); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return failed
}

func (d *maildir) fails(k key) {
	if d.failed == nil {
		d.failed = map[key]int{}
	}
	d.failed[k]++
}

// files lists the mails by their arrival.
func (d *maildir) files() ([]entry, error) {
	found := map[string]entry{}
	for _, folder := range folders {
		if err := d.list(folder, found); err != nil {
			return nil, err
		}
	}
	list := make([]entry, 0, len(found))
	for _, e := range found {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Or(a.arrived.Compare(b.arrived), strings.Compare(a.base, b.base)) })
	return list, nil
}

func (d *maildir) list(folder string, found map[string]entry) error {
	f, err := os.Open(filepath.Join(d.dir, folder))
	if err != nil {
		return d.fault(err)
	}
	defer func() { _ = f.Close() }()
	for {
		some, err := f.ReadDir(1000)
		for _, e := range some {
			// Other programs' files begin with a full stop. Links are not followed.
			if strings.HasPrefix(e.Name(), ".") || !e.Type().IsRegular() {
				continue
			}
			info, err := e.Info()
			if err != nil {
				continue // it moved on: the next folder has it, or the next look
			}
			base, _, _ := strings.Cut(e.Name(), ":")
			found[base] = entry{base, filepath.Join(folder, e.Name()), info.Size(), info.ModTime().UTC()}
		}
		if len(found) > mostFiles {
			return &Error{Strange, fmt.Errorf("the Maildir holds more than %d mails: move old ones to another folder", mostFiles)}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return d.fault(err)
		}
	}
}

func (d *maildir) fault(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Absent, fmt.Errorf("%s is no Maildir: it needs the folders new and cur", d.dir)}
	case errors.Is(err, fs.ErrPermission):
		return &Error{Absent, fmt.Errorf("the Maildir %s can't be read: give kigen's user the right to", d.dir)}
	}
	return &Error{Strange, fmt.Errorf("the Maildir %s can't be read: %w", d.dir, err)}
}

// mail reads a file. A mail program may give it flags meanwhile, or move it.
func (d *maildir) mail(e *entry, old bool) (intake.RawMail, error) {
	path := e.path
	for range hunts {
		m, err := d.open(path, e, old)
		if !errors.Is(err, fs.ErrNotExist) {
			return m, err
		}
		if path, err = d.find(e.base); err != nil {
			return m, err
		}
	}
	return intake.RawMail{}, &Error{Strange, errors.New("a mail of the Maildir moves faster than it can be read")}
}

func (d *maildir) open(path string, e *entry, old bool) (intake.RawMail, error) {
	m := intake.RawMail{Arrived: e.arrived, Place: e.base}
	f, err := d.opening(filepath.Join(d.dir, path))
	if errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	if err != nil {
		return m, unreadable(err)
	}
	defer func() { _ = f.Close() }()
	switch {
	case old:
		m.Unread = intake.UnreadOld
	case e.size > Limit:
		m.Unread = intake.UnreadTooLarge
	}
	if m.Unread == "" {
		m.Raw, err = io.ReadAll(io.LimitReader(f, Limit+1))
		if len(m.Raw) <= Limit {
			return m, unreadable(err)
		}
		m.Raw, m.Unread = headerOf(bytes.NewReader(m.Raw)), intake.UnreadTooLarge
		return m, nil
	}
	m.Raw = headerOf(f)
	return m, nil
}

// unreadable is the failure of one file. It does not last: the others are read.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Strange, fmt.Errorf("a mail of the Maildir can't be read: %w", err)}
}

// find looks for a mail that is not where it was.
func (d *maildir) find(base string) (string, error) {
	found := map[string]entry{}
	for _, folder := range folders {
		if err := d.list(folder, found); err != nil {
			return "", err
		}
	}
	if e, ok := found[base]; ok {
		return e.path, nil
	}
	return "", errGone
}

// headerOf reads a header with the empty line behind it.
func headerOf(r io.Reader) []byte {
	var header []byte
	lines := bufio.NewReader(io.LimitReader(r, mostHeader))
	for {
		line, err := lines.ReadSlice('\n')
		header = append(header, line...)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) || len(bytes.TrimRight(line, "\r\n")) == 0 {
			return header
		}
	}
}
