package reporting_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"kigen/cmd/kigen/internal/reporting"
)

// press stands in for the formats: it renders the name of the request when it is
// let, and counts.
type press struct {
	*reporting.Renderings
	running, most, made atomic.Int32
	let                 chan struct{}
}

func newPress() *press {
	return &press{Renderings: reporting.NewRenderings(), let: make(chan struct{})}
}

func (p *press) file(ctx context.Context, name string) (string, error) {
	f, err := p.File(ctx, name, func(ctx context.Context, w io.Writer) (string, error) {
		p.made.Add(1)
		p.most.Store(max(p.most.Load(), p.running.Add(1)))
		defer p.running.Add(-1)
		select {
		case <-p.let:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		_, err := io.WriteString(w, name)
		return "text/plain", err
	})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	_, err = f.WriteTo(&b)
	return b.String(), errors.Join(err, f.Close())
}

// left lists what stayed in the directory of temporary files.
func left(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func TestTwoRenderingsAtATimeAndOneForAll(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		p := newPress()
		for i := range 30 {
			go func() {
				name := strconv.Itoa(i % 5)
				if got, err := p.file(t.Context(), name); got != name || err != nil {
					t.Errorf("%q, %v, want %s", got, err, name)
				}
			}()
		}
		synctest.Wait()
		if p.running.Load() != 2 {
			t.Errorf("%d renderings run", p.running.Load())
		}
		close(p.let)
		synctest.Wait()
		if p.made.Load() != 5 || p.most.Load() != 2 {
			t.Errorf("%d renderings for five reports, at most %d at a time", p.made.Load(), p.most.Load())
		}
		if got, err := p.file(t.Context(), "3"); got != "3" || err != nil || p.made.Load() != 5 {
			t.Errorf("what was kept: %q, %v, %d renderings", got, err, p.made.Load())
		}
		for i := range 40 {
			if _, err := p.file(t.Context(), "more"+strconv.Itoa(i)); err != nil {
				t.Fatal(err)
			}
		}
		if n := left(t); n == 0 || n > 16 {
			t.Errorf("%d files are kept", n)
		}
		if err := p.Close(); err != nil || left(t) != 0 {
			t.Errorf("%v; %d files are left", err, left(t))
		}
	})
}

// A rendering goes on for those who still wait, and ends with the last of them.
func TestARenderingEndsWithTheLastWhoWaits(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		p := newPress()
		first, leave := context.WithCancel(t.Context())
		second, leaveToo := context.WithCancel(t.Context())
		var errs [2]error
		go func() { _, errs[0] = p.file(first, "a") }()
		synctest.Wait()
		go func() { _, errs[1] = p.file(second, "a") }()
		synctest.Wait()
		leave()
		synctest.Wait()
		if !errors.Is(errs[0], context.Canceled) || p.running.Load() != 1 {
			t.Errorf("%v; %d renderings run", errs[0], p.running.Load())
		}
		leaveToo()
		synctest.Wait()
		if !errors.Is(errs[1], context.Canceled) || p.running.Load() != 0 {
			t.Errorf("%v; %d renderings run", errs[1], p.running.Load())
		}
		close(p.let)
		if got, err := p.file(t.Context(), "a"); got != "a" || err != nil || p.made.Load() != 2 {
			t.Errorf("asked again: %q, %v after %d renderings", got, err, p.made.Load())
		}
		if err := p.Close(); err != nil || left(t) != 0 {
			t.Errorf("%v; %d files are left", err, left(t))
		}
	})
}

// A failure reaches all who wait, leaves no file and is not kept, also a panic.
func TestAFailedRenderingLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r := reporting.NewRenderings()
	faults := []func() error{func() error { return errors.New("torn paper") }, func() error { panic("paper jam") }}
	for _, fault := range faults {
		_, err := r.File(t.Context(), "a", func(_ context.Context, w io.Writer) (string, error) {
			_, _ = io.WriteString(w, "half")
			return "", fault()
		})
		if err == nil || !strings.Contains(err.Error(), "paper") || left(t) != 0 {
			t.Errorf("%v; %d files are left", err, left(t))
		}
	}
	f, err := r.File(t.Context(), "a", func(_ context.Context, w io.Writer) (string, error) {
		_, err := io.WriteString(w, "whole")
		return "", err
	})
	if err != nil || f.Content.Size() != 5 {
		t.Fatalf("%v", err)
	}
	if err := errors.Join(r.Close(), f.Close()); err != nil || left(t) != 0 {
		t.Errorf("%v; %d files are left", err, left(t))
	}
}

// The same report is rendered anew when anything has changed.
func TestARenderingIsKeptUntilTheDataChanges(t *testing.T) {
	b := newBooks(t)
	b.october()
	b.Renderings = reporting.NewRenderings()
	defer b.Renderings.Close()
	q := reporting.Request{Period: "2026-10", Format: "json", Lang: "en"}
	open := func() *reporting.File {
		f, err := b.Render(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	same := func(x, y *reporting.File) bool { // the same file on disk
		a, _, _ := x.Content.Outer()
		c, _, _ := y.Content.Outer()
		return a == c
	}
	first := open()
	if !same(first, open()) {
		t.Error("it was rendered twice")
	}
	b.freeze("2026-10")
	if same(first, open()) {
		t.Error("it is what it was before the edition")
	}
	q.Lang = "ja"
	if same(open(), first) {
		t.Error("another language is the same file")
	}
}
