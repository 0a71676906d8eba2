package fetch_test

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/feed/fetch"
)

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700::1": true, "64:ff9b::808:808": true, "2002:808:808::1": true,
		"127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.100.100.200": false, "100.127.255.255": false, "168.63.129.16": false,
		"192.0.0.192": false, "192.0.2.1": false, "198.18.0.1": false, "198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "::ffff:0:10.0.0.1": false,
		"64:ff9b::a00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::808:808": false, "2002:a00:1::1": false, "2002:7f00:1::": false, "2001:0:1:2::": false,
		"fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "2001:db8::1": false, "100::1": false,
		"::ffff:8.8.8.8": true, "172.32.0.1": true, "100.128.0.1": true, "2606:4700::1%eth0": false,
	} {
		if got := fetch.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %t, want %t", address, got, want)
		}
	}
	if fetch.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestAllowRefusesWhatIsNoAddress(t *testing.T) {
	for _, s := range []string{"", "10.0.0.0/99", "https://10.0.0.1", "*.example.jp", "a b", "user@host", ":8080"} {
		if _, err := fetch.Allow([]string{s}); err == nil {
			t.Errorf("%q is allowed", s)
		}
	}
	for _, s := range []string{"10.0.0.0/8", "10.0.0.1", "10.0.0.1:8443", "::1", "[::1]:80", "[fd00::1]", "status.example.jp", "status.example.jp:8443"} {
		if _, err := fetch.Allow([]string{s}); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// An allowed network opens every port of its own addresses and no other address.
func TestNetworkAllowed(t *testing.T) {
	client, err := fetch.New(fetch.Options{Now: time.Now, Private: []string{"127.0.0.0/29"}, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for ip, allowed := range map[string]bool{"127.0.0.2": true, "127.0.0.9": false} {
		_, err := client.Get(t.Context(), fetch.Request{URL: "http://" + net.JoinHostPort(ip, "1")})
		var refused *fetch.Error
		if !errors.As(err, &refused) || (refused.Reason == fetch.Private) == allowed {
			t.Errorf("%s: %v", ip, err)
		}
	}
}
