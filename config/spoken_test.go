package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/config"
	"kigen/notify/destinations"
	"kigen/notify/wire"
)

const chatsYAML = `
destinations:
  team: {teams: {url: "${TEAMS_URL}", format: card}}
  room: {googlechat: {url: "${CHAT_URL}"}}
  duty: {pagerduty: {routing_key: "${PD_KEY}", api_url: "https://events.eu.pagerduty.com"}}
  hook: {slack: {webhook_url: "https://hooks.slack.com/services/T/B/s3cr3t-v4lue"}}
  bot: {slack: {token: x, channel: C0123456789}}
  lead: {email: {smtp: "smtp://127.0.0.1:25", from: a@example.jp, to: [b@example.jp]}}
  siem: {webhook: {url: "https://siem.example.jp/"}}
  screen: {console: {}}
`

func chatEnv() []string {
	return []string{
		"TEAMS_URL=https://prod.environment.api.powerplatform.com:443/workflows/s3cr3t-v4lue?sig=s3cr3t-v4lue",
		"CHAT_URL=https://chat.googleapis.com/v1/spaces/S/messages?key=s3cr3t-v4lue&token=s3cr3t-v4lue",
		"PD_KEY=" + pagerKey,
	}
}

const pagerKey = "0123456789abcdef0123456789abcdef"

// The chats are read with their secrets, which nothing shows, and each destination has the
// class of the table.
func TestChats(t *testing.T) {
	c := parse(t, chatsYAML, chatEnv()...)
	for name, want := range map[string]struct {
		where string
		class wire.Class
	}{
		"team": {"prod.environment.api.powerplatform.com", wire.Blind}, "room": {"chat.googleapis.com", wire.Idempotent},
		"duty": {"events.eu.pagerduty.com", wire.Idempotent | wire.Editable}, "hook": {"", wire.Blind},
		"bot": {"C0123456789", wire.Askable | wire.Editable}, "lead": {"b@example.jp", wire.Blind},
		"siem": {"siem.example.jp", wire.Blind}, "screen": {"", wire.Blind},
	} {
		d := c.Destinations[name]
		if d.Kind.Where() != want.where || d.Class() != want.class {
			t.Errorf("%s is at %q and %s, want %q and %s", name, d.Kind.Where(), d.Class(), want.where, want.class)
		}
	}
	if v := c.Destinations["team"].Spoken().Values(); v["format"] != "card" || !strings.HasSuffix(v["url"], "sig="+secret) {
		t.Errorf("the settings are %v", len(v))
	}
	encoded, err := json.Marshal(c.Destinations)
	if err != nil {
		t.Fatal(err)
	}
	spoken := c.Destinations["duty"].Spoken()
	for _, text := range []string{printedBy(t, c), string(encoded), fmt.Sprintf("%v %+v %#v", *spoken, *spoken, *spoken), fmt.Sprintf("%+v", c.Destinations["room"])} {
		if strings.Contains(text, secret) || strings.Contains(text, pagerKey) {
			t.Errorf("a secret is in %s", text)
		}
	}
	for _, want := range []string{"url: ${TEAMS_URL}", "format: card", "routing_key: ${PD_KEY}", "api_url: https://events.eu.pagerduty.com"} {
		if shown := printedBy(t, c); !strings.Contains(strings.ReplaceAll(shown, `"`, ""), want) {
			t.Errorf("%q is not in %s", want, shown)
		}
	}
}

// A secret of a chat can come from a file, as every other.
func TestChatSecretFromFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	const url = "https://prod.example/workflows?sig=" + secret
	if err := os.WriteFile(path, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := parse(t, "destinations: {team: {teams: {url: \"https://x.example/\"}}}", "KIGEN_DESTINATIONS_TEAM_TEAMS_URL_FILE="+path)
	if got := c.Destinations["team"].Spoken().Values()["url"]; got != url {
		t.Error("the file's address is not in force")
	}
	names := strings.Join(config.Variables(), " ")
	for _, kind := range destinations.Kinds() {
		for _, s := range kind.Settings {
			if name := "KIGEN_DESTINATIONS_NAME_" + strings.ToUpper(kind.Name+"_"+s.Key); !strings.Contains(names, name) {
				t.Errorf("%s is not among the variables", name)
			}
		}
	}
}
