package main_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// traffic is what a wire lets through.
type traffic int

const (
	flowing traffic = iota
	refused         // connections end, and new ones end at once
	muted           // connections stay, and nothing passes
)

// wire is the network between one replica and a server.
type wire struct {
	listener        net.Listener
	network, target string

	mu      sync.Mutex
	changed *sync.Cond // of traffic, and of links
	traffic traffic
	links   map[*link]bool
}

// link is one connection through a wire.
type link struct {
	wire      *wire
	near, far net.Conn
	ended     bool
}

// newWire leads from an address of its own to a server.
func newWire(t testing.TB, network, target string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is at once
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, network: network, target: target, links: map[*link]bool{}}
	w.changed = sync.NewCond(&w.mu)
	go w.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		w.set(refused)
	})
	return w
}

func (w *wire) address() string { return w.listener.Addr().String() }

// set changes what passes. What was silent does not pass later: by then each side has given
// the connection up.
func (w *wire) set(now traffic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.traffic
	w.traffic = now
	for l := range w.links {
		if now == refused || before == muted && now == flowing {
			l.end(true)
		}
	}
	w.changed.Broadcast()
}

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.carry(near)
	}
}

// carry connects a client to the server.
func (w *wire) carry(near net.Conn) {
	l := &link{wire: w, near: near}
	w.mu.Lock()
	w.links[l] = true
	w.mu.Unlock()
	defer l.close()
	if !l.passes() {
		return
	}
	far, err := net.Dial(w.network, w.target) //nolint:noctx // on this machine
	if err != nil {
		return
	}
	w.mu.Lock()
	l.far = far
	ended := l.ended
	w.mu.Unlock()
	if ended {
		_ = far.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.copy(far, near) })
	both.Go(func() { l.copy(near, far) })
	both.Wait()
}

// copy passes on what one side says, until either side ends.
func (l *link) copy(to io.Writer, from io.Reader) {
	defer l.close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !l.passes() {
			return
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// passes waits while the wire is silent, and reports whether the link still holds.
func (l *link) passes() bool {
	l.wire.mu.Lock()
	defer l.wire.mu.Unlock()
	for l.wire.traffic == muted && !l.ended {
		l.wire.changed.Wait()
	}
	return !l.ended && l.wire.traffic == flowing
}

func (l *link) close() {
	l.wire.mu.Lock()
	defer l.wire.mu.Unlock()
	l.end(false)
	delete(l.wire.links, l)
	l.wire.changed.Broadcast()
}

// end ends both sides. A reset is not taken for the regular end of a stream. The caller
// holds wire.mu.
func (l *link) end(reset bool) {
	if l.ended {
		return
	}
	l.ended = true
	for _, conn := range []net.Conn{l.near, l.far} {
		if conn == nil {
			continue
		}
		if tcp, ok := conn.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}
