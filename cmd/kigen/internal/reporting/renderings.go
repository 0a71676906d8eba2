package reporting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
)

const (
	// renderingsAtOnce bounds the processors and the memory that reports can take.
	renderingsAtOnce = 2
	// The newest renderings are kept until the data changes, within these bounds.
	mostKept      = 16
	mostKeptBytes = 128 << 20
)

// Renderings bounds the work of rendering: two reports are rendered at a time, one
// rendering serves all who ask for the same at once, and the newest are kept for
// who asks next. It outlives a configuration.
type Renderings struct {
	slots chan struct{}

	mu      sync.Mutex
	flights map[string]*flight
	kept    []keptSpool // oldest first
}

type keptSpool struct {
	key string
	*spool
}

// flight is a rendering under way.
type flight struct {
	done    chan struct{} // closed when spool and err are set
	waiting int           // requests; without any the rendering is cancelled
	cancel  context.CancelFunc
	spool   *spool
	err     error
}

// NewRenderings returns an empty Renderings.
func NewRenderings() *Renderings {
	return &Renderings{slots: make(chan struct{}, renderingsAtOnce), flights: make(map[string]*flight)}
}

// Close removes the kept files. Those that are in use stay until they are closed.
func (r *Renderings) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keepAtMost(0, 0)
}

// slot waits for its turn to render; done ends it.
func (r *Renderings) slot(ctx context.Context) (done func(), err error) {
	if r == nil { // the command line renders one report
		return func() {}, nil
	}
	select {
	case r.slots <- struct{}{}:
		return func() { <-r.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// file returns the rendering with a key, which names all that it depends on. It
// is rendered unless it is kept or under way.
func (r *Renderings) file(ctx context.Context, key string, render func(context.Context, io.Writer) (string, error)) (*File, error) {
	if r == nil {
		s, err := newSpool(func(w io.Writer) (string, error) { return render(ctx, w) })
		if err != nil {
			return nil, err
		}
		return &File{MediaType: s.mediaType, Content: io.NewSectionReader(s.file, 0, s.size), release: s.remove}, nil
	}
	r.mu.Lock()
	if i := slices.IndexFunc(r.kept, func(k keptSpool) bool { return k.key == key }); i >= 0 {
		defer r.mu.Unlock()
		return r.open(r.kept[i].spool), nil
	}
	f := r.flights[key]
	if f == nil {
		f = r.begin(ctx, key, render)
	}
	f.waiting++
	r.mu.Unlock()

	select {
	case <-f.done:
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f.waiting--
	select {
	case <-f.done:
		return r.landed(f)
	default:
	}
	if f.waiting == 0 {
		f.cancel()
		delete(r.flights, key) // who asks from now on begins anew
	}
	return nil, context.Cause(ctx)
}

// landed opens the file of a finished flight. The last one who waited gives up the
// flight's own hold.
func (r *Renderings) landed(f *flight) (*File, error) {
	if f.err != nil {
		return nil, f.err
	}
	file := r.open(f.spool)
	if f.waiting == 0 {
		return file, r.giveUp(f.spool)
	}
	return file, nil
}

// begin starts a rendering. It goes on while anyone waits for it, also after the
// request that began it is gone.
func (r *Renderings) begin(ctx context.Context, key string, render func(context.Context, io.Writer) (string, error)) *flight {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{done: make(chan struct{}), cancel: cancel}
	r.flights[key] = f
	go func() {
		defer cancel()
		s, err := r.render(ctx, render)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.land(f, key, s, err)
	}()
	return f
}

func (r *Renderings) render(ctx context.Context, render func(context.Context, io.Writer) (string, error)) (s *spool, err error) {
	defer func() { // not in a request's goroutine, where the server would recover
		if fault := recover(); fault != nil {
			err = fmt.Errorf("rendering panicked: %v\n%s", fault, debug.Stack())
		}
	}()
	done, err := r.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return newSpool(func(w io.Writer) (string, error) { return render(ctx, w) })
}

// land ends a flight: its file is held for those who wait, and kept.
func (r *Renderings) land(f *flight, key string, s *spool, err error) {
	f.spool, f.err = s, err
	if r.flights[key] == f {
		delete(r.flights, key)
	}
	close(f.done)
	if err != nil {
		return
	}
	if f.waiting == 0 { // all have gone meanwhile
		f.err = s.remove()
		return
	}
	s.holders = 2 // the flight and the kept ones
	r.kept = append(r.kept, keptSpool{key, s})
	if err := r.keepAtMost(mostKept, mostKeptBytes); err != nil {
		f.err = err
	}
}

// open returns a file of a spool that stays until the file is closed.
func (r *Renderings) open(s *spool) *File {
	s.holders++
	return &File{MediaType: s.mediaType, Content: io.NewSectionReader(s.file, 0, s.size), release: func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.giveUp(s)
	}}
}

func (r *Renderings) giveUp(s *spool) error {
	if s.holders--; s.holders > 0 {
		return nil
	}
	return s.remove()
}

// keepAtMost gives up the oldest kept files beyond a number and a size.
func (r *Renderings) keepAtMost(number int, bytes int64) error {
	var total int64
	for _, k := range r.kept {
		total += k.size
	}
	var errs []error
	for len(r.kept) > number || len(r.kept) > 0 && total > bytes {
		total -= r.kept[0].size
		errs = append(errs, r.giveUp(r.kept[0].spool))
		r.kept = slices.Delete(r.kept, 0, 1)
	}
	return errors.Join(errs...)
}
