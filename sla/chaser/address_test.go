package chaser_test

import (
	"slices"
	"testing"

	"kigen/sla/chaser"
)

// TestAddresses finds the mail addresses in what a vendor publishes as its contact.
func TestAddresses(t *testing.T) {
	for contact, want := range map[string][]string{
		"":                                      nil,
		"03-1234-5678":                          nil,
		"https://vendor.example/?a":             nil,
		"soc@vendor.example":                    {"soc@vendor.example"},
		"mailto:soc@vendor.example":             {"soc@vendor.example"},
		"a@v.example, b@v.example; a@v.example": {"a@v.example", "b@v.example"},
		"サポート窓口(soc@vendor.example)、電話 03-1234-5678": {"soc@vendor.example"},
		"Security <soc@vendor.example>.":             {"soc@vendor.example"},
		"Write to soc@vendor.example.":               {"soc@vendor.example"},
		"a@localhost":                                nil,
		"@vendor.example":                            nil,
		"a@b@vendor.example":                         nil,
	} {
		if got := chaser.Addresses(contact); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", contact, got, want)
		}
	}
}
