package notify

import (
	"io"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFenceBoundsWhatIsNotAcknowledged(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	conn, err := NewFence(func() bool { return true }).Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, ok := conn.(io.ReaderFrom); ok {
		t.Error("a copy to the connection does not ask")
	}
	raw, err := conn.(*fenced).Conn.(*net.TCPConn).SyscallConn() //nolint:errcheck // they are
	if err != nil {
		t.Fatal(err)
	}
	var got int
	var failed error
	err = raw.Control(func(fd uintptr) {
		got, failed = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	})
	if err != nil || failed != nil || got != 20_000 {
		t.Errorf("TCP_USER_TIMEOUT = %d ms, %v, %v", got, err, failed)
	}
}
