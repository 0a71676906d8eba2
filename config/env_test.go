package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kigen/config"
)

const withDestinations = `
listen: 127.0.0.1:1
destinations:
  soc-tokyo: {slack: {token: from-file, channel: C1}}
  lead: {email: {smtp: "smtp://mail.example.jp", from: a@example.jp, to: [b@example.jp]}}
`

func TestEnvironmentOverrides(t *testing.T) {
	c := parse(t, withDestinations,
		"KIGEN_LISTEN=127.0.0.1:2", "KIGEN_DATABASE=other.db", "KIGEN_BASE_URL=https://kigen.example.jp/",
		"KIGEN_TIMEZONE=UTC", "KIGEN_LANGUAGE=en", "KIGEN_REPORT_SCHEDULE=0 7 2 * *",
		"KIGEN_DESTINATIONS_SOC_TOKYO_SLACK_TOKEN=from-environment",
		"KIGEN_DESTINATIONS_SOC_TOKYO_SLACK_API_URL=http://127.0.0.1:9/",
		"KIGEN_DESTINATIONS_SOC_TOKYO_SLACK_APP_TOKEN=xapp-1", "KIGEN_DESTINATIONS_SOC_TOKYO_SLACK_CHANNEL=C0123456789",
		"KIGEN_DESTINATIONS_LEAD_EMAIL_SMTP=smtp://kigen:pw@mail.example.jp",
		"KIGEN_URL=http://not.for.us", "KIGEN_TOKEN=not-for-us", "KIGEN_DATABASE_FILE=", "OTHER=1", "broken")
	slack := c.Destinations["soc-tokyo"].Slack()
	for _, got := range []struct{ what, got, want string }{
		{"listen", c.Listen, "127.0.0.1:2"},
		{"database", c.Database, "other.db"},
		{"url", c.BaseURL, "https://kigen.example.jp"},
		{"timezone", c.Timezone.String(), "UTC"},
		{"language", c.Language, "en"},
		{"schedule", c.Report.Schedule, "0 7 2 * *"},
		{"token", slack.Token.Reveal(), "from-environment"},
		{"channel", slack.Channel, "C0123456789"},
		{"app_token", slack.AppToken.Reveal(), "xapp-1"},
		{"api_url", slack.APIURL, "http://127.0.0.1:9/"},
		{"smtp", c.Destinations["lead"].Email().SMTP.Reveal(), "smtp://kigen:pw@mail.example.jp"},
	} {
		if got.got != got.want {
			t.Errorf("%s is %q, want %q", got.what, got.got, got.want)
		}
	}
}

func TestEnvironmentFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("from-a-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := parse(t, withDestinations, "KIGEN_DESTINATIONS_SOC_TOKYO_SLACK_TOKEN_FILE="+path, "KIGEN_DATABASE_FILE="+path)
	if got := c.Destinations["soc-tokyo"].Slack().Token.Reveal(); got != "from-a-file" {
		t.Errorf("the token is %q", got)
	}
	if c.Database != "from-a-file" {
		t.Errorf("the database is %q", c.Database)
	}
}

func TestEnvironmentWithoutAFile(t *testing.T) {
	c, err := config.Load("", []string{"KIGEN_LISTEN=127.0.0.1:3", "KIGEN_REPORT_SCHEDULE=0 7 2 * *"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.Report.Schedule != "0 7 2 * *" || len(c.Report.To) != 1 {
		t.Errorf("got %+v", c)
	}
}

// TestWrongEnvironment: a problem names the variable, because there is no line.
func TestWrongEnvironment(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	for _, test := range []struct {
		environ []string
		want    string
	}{
		{[]string{"KIGEN_LISTEN=here"}, `KIGEN_LISTEN: listen: "here": use host:port such as 127.0.0.1:8080 or [::1]:8080`},
		{[]string{"KIGEN_LANGUAGE=ja", "KIGEN_LANGUAGE_FILE=/dev/null"}, `KIGEN_LANGUAGE: language: is set as well as KIGEN_LANGUAGE_FILE: unset one of them`},
		{[]string{"KIGEN_TIMEZONE_FILE=" + nowhere}, `KIGEN_TIMEZONE_FILE: timezone: "` + nowhere + `": can't be read: no such file or directory: name a readable file`},
		{[]string{"KIGEN_TIMEZONE_FILE=/dev/null"}, `KIGEN_TIMEZONE_FILE: timezone: "/dev/null": can't be read: is not a regular file: name a readable file`},
		{[]string{"KIGEN_DATABASE=mysql://kigen:SECRET@db/x"}, `KIGEN_DATABASE: database: "mysql://kigen:********@db/x": use a file name such as kigen.db, or a postgres:// URL`},
	} {
		if got := refused(t, "", test.environ...).Error(); got != test.want {
			t.Errorf("%v:\ngot  %s\nwant %s", test.environ, got, test.want)
		}
	}
}

func TestReferences(t *testing.T) {
	c := parse(t, `
database: "${NAME}-${NAME}.db"
language: ${LANG_OF_PAGES}
alerts: [{to: [console], repeat: "${EVERY}"}]
`, "NAME=a${B}", "LANG_OF_PAGES=en", "EVERY=2h")
	if c.Database != "a${B}-a${B}.db" {
		t.Errorf("the database is %q: what a variable holds is not expanded again", c.Database)
	}
	if c.Language != "en" || c.Alerts[0].Repeat.Hours() != 2 {
		t.Errorf("got %+v", c)
	}
	problems := refused(t, "database: ${NAME}\nlanguage: ${MISSING}\nlisten: ${unclosed\n", "NAME=x")
	if len(problems) != 2 || !strings.Contains(problems[0].Message, "MISSING") || problems[0].Line != 2 {
		t.Errorf("got %v", problems)
	}
}

func TestEnvironmentOfOperations(t *testing.T) {
	c := parse(t, "backup: {dir: here, keep: 3}",
		"KIGEN_HEARTBEAT_URL=https://hc.example.jp/ping/key", "KIGEN_BACKUP_DIR=/elsewhere", "KIGEN_BACKUP_SCHEDULE=30 4 * * *")
	if got := c.Heartbeat.URL.Reveal(); got != "https://hc.example.jp/ping/key" || c.Heartbeat.Every != time.Minute {
		t.Errorf("heartbeat %q every %s", got, c.Heartbeat.Every)
	}
	if want := (config.Backup{Schedule: "30 4 * * *", Dir: "/elsewhere", Keep: 3}); c.Backup != want {
		t.Errorf("backup %+v, want %+v", c.Backup, want)
	}
	if printed := printedBy(t, c); strings.Contains(printed, "ping/key") || !strings.Contains(printed, "https://hc.example.jp/********") {
		t.Errorf("the printed configuration shows the heartbeat's key:\n%s", printed)
	}
	if c := parse(t, ""); c.Heartbeat != (config.Heartbeat{}) || c.Backup != (config.Backup{}) {
		t.Errorf("unasked for: %+v, %+v", c.Heartbeat, c.Backup)
	}
	if c := parse(t, "timezone: UTC\nbackup: {dir: here}"); c.Backup != (config.Backup{Schedule: "CRON_TZ=UTC 0 3 * * *", Dir: "here", Keep: 14}) {
		t.Errorf("backup by default %+v", c.Backup)
	}
}
