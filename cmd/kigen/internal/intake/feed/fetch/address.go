package fetch

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Allowed is the list of addresses inside that sources may name. An entry is an address, a
// host, or one of both with a port; it allows exactly that. A network allows all addresses
// in it.
type Allowed struct {
	nets  []netip.Prefix
	addrs map[netip.Addr]bool
	ports map[netip.AddrPort]bool
	names map[string]bool // host, or host:port
}

// Allow reads the list.
func Allow(list []string) (Allowed, error) {
	a := Allowed{addrs: map[netip.Addr]bool{}, ports: map[netip.AddrPort]bool{}, names: map[string]bool{}}
	for _, s := range list {
		if network, err := netip.ParsePrefix(s); err == nil {
			a.nets = append(a.nets, network.Masked())
			continue
		}
		if ip, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
			a.addrs[ip.Unmap()] = true
			continue
		}
		if both, err := netip.ParseAddrPort(s); err == nil {
			a.ports[netip.AddrPortFrom(both.Addr().Unmap(), both.Port())] = true
			continue
		}
		host, port, err := net.SplitHostPort(s)
		if err != nil {
			host, port = s, ""
		}
		if number, err := strconv.ParseUint(port, 10, 16); host == "" || strings.ContainsAny(host, "/*@: ") || port != "" && (err != nil || number == 0) {
			return Allowed{}, fmt.Errorf("%q is no address: give an IP address, a network or a host, such as 10.0.0.5 or status.example.jp:8443", s)
		}
		name := strings.ToLower(host)
		if port != "" {
			name = net.JoinHostPort(name, port)
		}
		a.names[name] = true
	}
	return a, nil
}

// host reports whether a host is on the list, whatever it resolves to.
func (a Allowed) host(host, port string) bool {
	host = strings.ToLower(host)
	if a.names[host] || a.names[net.JoinHostPort(host, port)] {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	if a.addr(ip) {
		return true
	}
	both, err := netip.ParseAddrPort(net.JoinHostPort(host, port))
	return err == nil && a.ports[netip.AddrPortFrom(both.Addr().Unmap(), both.Port())]
}

// addr reports whether an address is on the list with all its ports.
func (a Allowed) addr(ip netip.Addr) bool {
	ip = ip.Unmap()
	return a.addrs[ip] || slices.ContainsFunc(a.nets, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// dial reports whether an address may be dialled for a host. It is asked with the address
// that the name resolved to, at the moment of dialling: a name that resolves to another
// address by then does not pass either.
func (a Allowed) dial(host, port string, to netip.AddrPort) bool {
	return Public(to.Addr()) || a.host(host, port) || a.addr(to.Addr()) || a.ports[netip.AddrPortFrom(to.Addr().Unmap(), to.Port())]
}

// inside are the networks that are not the public Internet, beyond those that net/netip
// knows as private, loopback, link-local or multicast.
var inside = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"168.63.129.16/32", // the metadata of Azure has a public address
	"100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
)

// The networks of IPv6 that carry an address of IPv4: where it stands, in bytes.
var carriers = map[netip.Prefix]int{
	netip.MustParsePrefix("::/96"):           12,
	netip.MustParsePrefix("::ffff:0:0:0/96"): 12,
	netip.MustParsePrefix("64:ff9b::/96"):    12,
	netip.MustParsePrefix("2002::/16"):       2,
}

// localNAT64 is translated within a network of its own, wherever that leads.
var localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// Public reports whether an address is one of the public Internet.
func Public(ip netip.Addr) bool {
	if !ip.IsValid() || ip.Zone() != "" {
		return false
	}
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return false
	}
	for _, p := range inside {
		if p.Contains(ip) {
			return false
		}
	}
	if ip.Is4() {
		return true
	}
	for p, at := range carriers {
		if b := ip.As16(); p.Contains(ip) {
			return Public(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	return !localNAT64.Contains(ip)
}
