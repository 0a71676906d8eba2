package config_test

import (
	"strings"
	"testing"
)

// TestFallbacks reads destinations that stand in for each other, and Slack by
// webhook alone and beside a bot. What must not be seen is not printed.
func TestFallbacks(t *testing.T) {
	c := parse(t, `
destinations:
  soc: {fallback: ops, slack: {token: xoxb-SECRET, channel: C1, webhook_url: "https://hooks.slack.com/services/SECRET"}}
  ops: {slack: {webhook_url: "https://hooks.slack.com/services/SECRET"}, fallback: lead}
  lead: {console: {}}
alerts: [{to: soc}]
`, "KIGEN_DESTINATIONS_OPS_FALLBACK=", "KIGEN_DESTINATIONS_SOC_FALLBACK=lead")
	soc, ops := c.Destinations["soc"], c.Destinations["ops"]
	for _, tc := range []struct{ what, got, want string }{
		{"soc's fallback", soc.Fallback, "lead"},
		{"ops' fallback", ops.Fallback, "lead"},
		{"lead's fallback", c.Destinations["lead"].Fallback, ""},
		{"soc's webhook", soc.Slack().WebhookURL.Reveal(), "https://hooks.slack.com/services/SECRET"},
		{"soc's token", soc.Slack().Token.Reveal(), "xoxb-SECRET"},
		{"ops' webhook", ops.Slack().WebhookURL.Reveal(), "https://hooks.slack.com/services/SECRET"},
		{"ops' token", ops.Slack().Token.Reveal(), ""},
	} {
		if tc.got != tc.want {
			t.Errorf("%s is %q, want %q", tc.what, tc.got, tc.want)
		}
	}
	var printed strings.Builder
	if err := c.Print(&printed); err != nil {
		t.Fatal(err)
	}
	if text := printed.String(); strings.Contains(text, "SECRET") || !strings.Contains(text, "fallback: lead") {
		t.Errorf("printed:\n%s", text)
	}
}
