package client

import (
	"net"
	"net/netip"
)

// Address returns the URL of a daemon on this machine that listens on HOST:PORT. With
// TLS its public URL comes first, if it has one: the certificate rarely names the
// listener's address.
func Address(listen, public string, tls bool) string {
	switch {
	case !tls:
		return "http://" + dialable(listen)
	case public != "":
		return public
	}
	return "https://" + dialable(listen)
}

// dialable replaces an unspecified listen address by loopback.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
