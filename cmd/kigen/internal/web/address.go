package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// address is the client's: that of the connection, or, behind proxies that are
// trusted, the last one that they name and that is none of them. What stands
// before that in the header the client may have made up.
func (s *server) address(r *http.Request) string {
	client, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	from := client.Addr().Unmap()
	if !s.isProxy(from) {
		return from.String()
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		from = addr.Unmap().WithZone("")
		if !s.isProxy(from) {
			break
		}
	}
	return from.String()
}

func (s *server) isProxy(addr netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// secure reports whether the browser speaks TLS, to us or to a proxy that is
// trusted to say so.
func (s *server) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	client, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && s.isProxy(client.Addr().Unmap()) && r.Header.Get("X-Forwarded-Proto") == "https"
}
