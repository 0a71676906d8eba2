package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"kigen/config"
)

const secret = "s3cr3t-v4lue"

// withSecrets has a secret at every place that can hold one.
const withSecrets = `
database: "postgres://kigen:s3cr3t-v4lue@db.example.jp/kigen?sslpassword=s3cr3t-v4lue"
destinations:
  soc: {slack: {token: "s3cr3t-v4lue", channel: C0123456789}}
  lead: {email: {smtp: "smtp://kigen:s3cr3t-v4lue@mail.example.jp:587", from: a@example.jp, to: [b@example.jp]}}
  siem: {webhook: {url: "https://hooks.example.jp/services/s3cr3t-v4lue?key=s3cr3t-v4lue", secret: "s3cr3t-v4lue"}}
  chat: {slack: {token: "${TOKEN}", channel: C0123456789}}
  mail: {email: {smtp: "smtp://kigen:${TOKEN}@mail.example.jp:587", from: a@example.jp, to: [b@example.jp]}}
`

func TestSecretsStaySecret(t *testing.T) {
	c := parse(t, withSecrets, "TOKEN="+secret)
	printed := printedBy(t, c)
	logged := new(bytes.Buffer)
	slog.New(slog.NewTextHandler(logged, nil)).Info("destinations", "soc", *c.Destinations["soc"].Slack(), "token", c.Destinations["soc"].Slack().Token)
	encoded, err := json.Marshal(c.Destinations)
	if err != nil {
		t.Fatal(err)
	}
	slack, email, webhook := *c.Destinations["soc"].Slack(), *c.Destinations["lead"].Email(), *c.Destinations["siem"].Kind.(*config.Webhook)
	for name, text := range map[string]string{
		"Print": printed,
		"slog":  logged.String(),
		"JSON":  string(encoded),
		"%v":    fmt.Sprintf("%v %v %v", slack.Token, email, webhook),
		"%+v":   fmt.Sprintf("%+v %+v", email, webhook),
		"%#v":   fmt.Sprintf("%#v %#v", email, webhook),
		"%s %q": fmt.Sprintf("%s %q", email.SMTP, webhook.Secret),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows the secret:\n%s", name, text)
		}
	}
	for _, want := range []string{
		"token: ${TOKEN}", "smtp://kigen:${TOKEN}@mail.example.jp:587", // what a file may show, it shows
		"postgres://kigen:********@db.example.jp/kigen?********",
		"https://hooks.example.jp/********", "channel: C0123456789",
	} {
		if !strings.Contains(strings.ReplaceAll(printed, `"`, ""), want) {
			t.Errorf("Print does not say %q:\n%s", want, printed)
		}
	}
	if c.Destinations["siem"].Kind.(*config.Webhook).Secret.Reveal() != secret || c.Destinations["chat"].Slack().Token.Reveal() != secret {
		t.Error("a secret did not reach its destination")
	}
}

// TestMistakesKeepSecrets makes every kind of mistake around the secrets.
func TestMistakesKeepSecrets(t *testing.T) {
	for _, mistake := range [][2]string{
		{"token:", "tokn:"},
		{"token: ", "token:"},
		{"{slack: {token: \"" + secret + "\", channel: C0123456789", "{slack: \"" + secret + "\", x: {y: z"},
		{"slack", "slak"},
		{"C0123456789", ""},
		{"secret:", "secrets:"},
		{"webhook", "email"},
		{"email", "webhook"},
		{"postgres://", "mysql://"},
		{"postgres://", "postgres:/"},
		{"@db", "%zz@db"},
		{"smtp://", "imap://"},
		{"@mail", "%zz@mail"},
		{"https://hooks", "ftp://hooks"},
		{"https://hooks.example.jp/", "hooks.example.jp/"},
		{"chat: {slack: {", "chat: {slack: {api_url: \"https://u:" + secret + "@proxy.example.jp/\", "},
		{"database:", "url: \"https://u:" + secret + "@kigen.example.jp/\"\ndatabase:"},
		{"destinations:", "destination:"},
		{"\"" + secret + "\"", "[\"" + secret + "\"]"},
		{"\"" + secret + "\"", "{" + secret + ": 1}"},
		{"\"" + secret + "\"", "*" + secret},
		{"\"" + secret + "\"", "!" + secret + " x"},
		{"\"" + secret + "\"", "\"" + secret},
		{"\"" + secret + "\"", "&" + secret + " &again x"},
		{"\"" + secret + "\"", "${" + secret},
	} {
		yaml := strings.ReplaceAll(withSecrets, mistake[0], mistake[1])
		c, err := config.Parse("kigen.yaml", []byte(yaml), []string{"TOKEN=" + secret})
		if err == nil {
			if strings.Contains(printedBy(t, c), secret) {
				t.Errorf("%q for %q is accepted, and Print shows the secret", mistake[1], mistake[0])
			}
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q for %q: the error shows the secret:\n%v", mistake[1], mistake[0], err)
		}
	}
}

// TestVariablesAreNeverShown puts a variable with a secret in the place of
// every value of a full configuration, one after the other.
func TestVariablesAreNeverShown(t *testing.T) {
	full := string(read(t, "testdata/good/design.yaml"))
	values := regexp.MustCompile(`: (?:"[^"]*"|[\w@.:/+-]+)([,}\n])`).FindAllStringSubmatchIndex(full, -1)
	if len(values) < 30 {
		t.Fatalf("found %d values only", len(values))
	}
	for _, v := range values {
		yaml := full[:v[0]] + `: "${X}"` + full[v[2]:]
		c, err := config.Parse("kigen.yaml", []byte(yaml), append(designEnv, "X="+secret))
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("instead of %q: %v", full[v[0]:v[1]], err)
		}
		if err == nil && strings.Contains(printedBy(t, c), secret) {
			t.Errorf("instead of %q: Print shows it", full[v[0]:v[1]])
		}
	}
}
