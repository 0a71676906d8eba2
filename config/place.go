package config

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
)

// Place identifies the recipient of a destination independently of its name: two
// destinations with the same place reach the same people. It is a hash, so that it
// can be stored without the secrets in an address. A new token or mail server does
// not change it.
func (d Destination) Place() string { return d.Kind.place() }

// withoutUser removes name and password from an address: short ones could be recovered
// from a hash.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User = nil
	return u.String()
}

// placeHash hashes kind and parts.
func placeHash(kind string, parts ...string) string {
	sum := sha256.New()
	for _, part := range append([]string{kind}, parts...) {
		sum.Write([]byte(part))
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
