package main_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/notify/fakechat"
)

const (
	workflowSig = "sig-9f8e7d6c5b4a"
	spaceKey    = "AIza-key-123456"
	spaceToken  = "chat-token-654321"
	pagerKey    = "0123456789abcdef0123456789abcdef"
)

// chatServers are the fakes behind real HTTP, with the destinations that reach them.
type chatServers struct {
	teams  *fakechat.Teams
	google *fakechat.GoogleChat
	pager  *fakechat.PagerDuty
	yaml   string // the lines under destinations
	env    []string
}

func newChatServers(t *testing.T) *chatServers {
	t.Helper()
	c := &chatServers{
		teams: fakechat.NewTeams(fakechat.EachAttachment, workflowSig), google: fakechat.NewGoogleChat(spaceKey, spaceToken), pager: fakechat.NewPagerDuty(pagerKey),
	}
	teams, google, pager := httptest.NewServer(c.teams), httptest.NewServer(c.google), httptest.NewServer(c.pager)
	for _, server := range []*httptest.Server{teams, google, pager} {
		t.Cleanup(server.Close)
	}
	c.yaml = "  team: {teams: {url: \"${TEAMS_URL}\"}}\n  room: {googlechat: {url: \"${CHAT_URL}\"}}\n" +
		fmt.Sprintf("  duty: {pagerduty: {routing_key: \"${PD_KEY}\", api_url: %q}}\n", pager.URL)
	c.env = []string{
		"TEAMS_URL=" + teams.URL + "/workflows/1/paths/invoke?api-version=1&sig=" + workflowSig,
		"CHAT_URL=" + google.URL + "/v1/spaces/S/messages?key=" + spaceKey + "&token=" + spaceToken,
		"PD_KEY=" + pagerKey,
	}
	return c
}

// written is the lines under destinations with the addresses written out.
func (c *chatServers) written() string {
	yaml := c.yaml
	for _, variable := range c.env {
		name, value, _ := strings.Cut(variable, "=")
		yaml = strings.ReplaceAll(yaml, "${"+name+"}", value)
	}
	return yaml
}

// kigen notify test reaches each chat, and says of each mistake what to do, in both
// languages and without a secret.
func TestNotifyTestOfChats(t *testing.T) {
	t.Parallel()
	c := newChatServers(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kigen.yaml"), []byte("destinations:\n"+c.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	test := func(name, lang string, env ...string) result {
		return runIn(t, dir, append(append([]string{}, c.env...), env...), "", "notify", "test", name, "--config", "kigen.yaml", "--lang", lang)
	}
	for name, hint := range map[string]string{"team": "format: card", "room": "", "duty": "PagerDuty"} {
		for _, lang := range []string{"ja", "en"} {
			if r := test(name, lang); r.code != 0 || !strings.Contains(r.stdout, hint) {
				t.Errorf("%s in %s: exit %d: %s%s", name, lang, r.code, r.stdout, r.stderr)
			}
		}
	}
	if len(c.teams.Shown()) != 2 || len(c.google.Messages()) != 2 || len(c.pager.Alerts()) != 2 || len(c.teams.RunHistory()) > 0 {
		t.Errorf("%d cards, %d messages, %d alerts; %v", len(c.teams.Shown()), len(c.google.Messages()), len(c.pager.Alerts()), c.teams.RunHistory())
	}
	other := strings.Repeat("f", 32)
	c.google.Delete()
	for name, mistake := range map[string]struct{ env, en, ja string }{
		"team": {strings.Replace(c.env[0], "sig=", "sig=x", 1), "everything after sig=", "sig= の後ろまで"},
		"room": {c.env[1], "no longer exists", "なくなっています"},
		"duty": {"PD_KEY=" + other, "routing_key", "Integration Key"},
	} {
		for lang, says := range map[string]string{"en": mistake.en, "ja": mistake.ja} {
			r := test(name, lang, mistake.env)
			if r.code != 1 || !strings.Contains(r.stderr, "destinations."+name) || !strings.Contains(r.stderr, says) {
				t.Errorf("%s in %s: exit %d: %s", name, lang, r.code, r.stderr)
			}
			for _, secret := range []string{workflowSig, spaceKey, spaceToken, pagerKey, other} {
				if strings.Contains(r.stderr+r.stdout, secret) {
					t.Errorf("%s: a secret is in %s", name, r.stderr)
				}
			}
		}
	}
}
