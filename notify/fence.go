package notify

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// ErrHeldBack is the cause of a failure whose request was held back by a Fence. What it
// would have sent did not leave as a whole, so that the destination can't have acted on it.
var ErrHeldBack = errors.New("not sent: another replica leads by now, or the lease has ended")

// unacknowledged is how long what was written may stay without the receiver's confirmation.
// The system sends it again and again meanwhile, also after this replica has ceased to
// lead; it must be over before another one concludes from a search that it did not arrive.
const unacknowledged = 20 * time.Second

// Fence opens connections that let bytes out only while this process may send. A process
// that was stopped in the middle of a message goes on where it was, and does not know for
// how long it stood: so each write asks, as the last thing before the system has the bytes.
type Fence struct {
	valid     func() bool
	transport *http.Transport
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewFence returns the fence that is open while valid reports true.
func NewFence(valid func() bool) *Fence {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second, ControlContext: bounded}
	f := &Fence{valid: valid, dial: dialer.DialContext}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		f.transport = standard.Clone()
	} else {
		f.transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	f.transport.DialContext = f.Dial
	// One request at a time on a connection: a write that is held back then belongs to the
	// request that fails by it. HTTP/2 would end others with it that were sent already.
	f.transport.ForceAttemptHTTP2 = false
	f.transport.TLSNextProto = nil
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	f.transport.Protocols = protocols
	return f
}

// Transport makes HTTP requests through the fence; of a nil Fence, without one.
func (f *Fence) Transport() http.RoundTripper {
	if f == nil {
		return nil
	}
	return f.transport
}

// Dialer opens connections through the fence; of a nil Fence, it is nil.
func (f *Fence) Dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	if f == nil {
		return nil
	}
	return f.Dial
}

// Dial opens a connection through the fence.
func (f *Fence) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := f.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &fenced{Conn: conn, valid: f.valid}, nil
}

// fenced is a connection through a fence. It has no ReadFrom: a copy by the system would
// not ask.
type fenced struct {
	net.Conn
	valid    func() bool
	heldBack atomic.Bool
}

// Write writes unless the fence is closed.
func (c *fenced) Write(b []byte) (int, error) {
	if !c.valid() {
		c.heldBack.Store(true)
		return 0, ErrHeldBack
	}
	return c.Conn.Write(b)
}

// Read reads. After a write was held back, the writer closes the connection. A reader that
// runs beside it would see only the closing, so that Read returns the cause to it as well.
func (c *fenced) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && c.heldBack.Load() {
		err = ErrHeldBack
	}
	return n, err
}
