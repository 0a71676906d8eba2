package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/config"
)

// TestWarnsOfReadableSecrets: a secret that others can read is warned of, without
// showing it; one that comes from a variable, or a file of one's own, is not.
func TestWarnsOfReadableSecrets(t *testing.T) {
	for text, warns := range map[string]bool{
		"destinations: {soc: {slack: {token: xoxb-very-secret, channel: C0123456789}}}":                                            true,
		"destinations: {soc: {slack: {webhook_url: \"https://hooks.example.jp/very-secret\"}}}":                                    true,
		"destinations: {lead: {email: {smtp: \"smtp://u:very-secret@m.example.jp:587\", from: a@example.jp, to: [b@example.jp]}}}": true,
		"destinations: {soc: {slack: {token: \"${TOKEN}\", channel: C0123456789}}}":                                                false,
		"language: en": false,
	} {
		for mode, readable := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
			path := filepath.Join(t.TempDir(), "kigen.yaml")
			if err := os.WriteFile(path, []byte(text), mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(path, []string{"TOKEN=xoxb-very-secret"})
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, w := range c.Warnings {
				if strings.Contains(w.String(), "very-secret") {
					t.Errorf("the warning shows the secret: %s", w)
				}
				if strings.Contains(w.String(), "other users can read (mode 0644)") {
					found++
				}
			}
			if want := warns && readable; (found == 1) != want || found > 1 {
				t.Errorf("%s with mode %04o: %d warnings, want one: %t: %v", text, mode, found, want, c.Warnings)
			}
		}
	}
}
