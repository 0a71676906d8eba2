package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/config"
)

// TestSecretFiles: what editors add around a secret is removed, and what no secret has
// inside is refused without being shown.
func TestSecretFiles(t *testing.T) {
	const file = "destinations: {soc: {slack: {token: x, channel: C0123456789}}}\n"
	for content, fault := range map[string]string{
		"xoxb-1": "", "xoxb-1\n": "", "\ufeffxoxb-1\r\n": "", " \txoxb-1 \n\n": "", "\ufeff xoxb-1": "", "\u3000xoxb-1": "",
		"xoxb-1\nxoxb-2\n": "several lines", "xoxb\x001": "control character", "xoxb-\ufeff1": "control character", "\xff\xfex\x00": "not UTF-8", " \n": "is empty", "\ufeff": "is empty",
	} {
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Parse("kigen.yaml", []byte(file), []string{"KIGEN_DESTINATIONS_SOC_SLACK_TOKEN_FILE=" + path})
		switch {
		case fault == "" && (err != nil || c.Destinations["soc"].Slack().Token.Reveal() != "xoxb-1"):
			t.Errorf("%q: %v", content, err)
		case fault != "" && (err == nil || !strings.Contains(err.Error(), fault) || strings.Contains(err.Error(), "xoxb")):
			t.Errorf("%q: %v, want %q", content, err, fault)
		}
	}
}
