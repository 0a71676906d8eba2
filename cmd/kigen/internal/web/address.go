package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Address returns the client's address: that of the connection or, behind
// trusted proxies, the last address in X-Forwarded-For that is not a proxy.
// Earlier entries of that header can be forged by the client.
func (s *Server) Address(r *http.Request) string {
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

func (s *Server) isProxy(addr netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// Secure reports whether the browser connects with TLS: to kigen, to a trusted
// proxy, or by the public address of the configuration.
func (s *Server) Secure(r *http.Request) bool {
	if r.TLS != nil || strings.HasPrefix(s.Origin, "https://") {
		return true
	}
	client, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && s.isProxy(client.Addr().Unmap()) && r.Header.Get("X-Forwarded-Proto") == "https"
}
