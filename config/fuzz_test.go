package config_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"kigen/config"
	"kigen/config/tree"
)

// FuzzParse feeds it anything. Whatever comes in, it ends: with a problem at a
// line of the file that shows no variable's value, or with a configuration
// that prints as one that loads.
func FuzzParse(f *testing.F) {
	for _, folder := range []string{"bad", "good", "wild"} {
		for _, path := range files(f, folder) {
			f.Add(read(f, path))
		}
	}
	f.Add(config.Sample())
	environ := []string{"SLACK_BOT_TOKEN=" + secret, "HOOK_SECRET=" + secret}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("official_csv")) || bytes.Contains(data, []byte("ics")) || bytes.Contains(data, []byte(secret)) {
			return // would read files, or says the secret itself
		}
		c, err := config.Parse("kigen.yaml", data, environ)
		if err == nil {
			printed := printedBy(t, c)
			if strings.Contains(printed, secret) {
				t.Errorf("Print shows a secret:\n%s", printed)
			}
			if len(c.Catalogue) < 5 || len(c.Alerts) == 0 || len(c.Destinations) == 0 || c.Timezone == nil {
				t.Errorf("accepted with holes: %+v", c)
			}
			return
		}
		var problems tree.Invalid
		if !errors.As(err, &problems) || len(problems) == 0 {
			t.Fatalf("got %T %v", err, err)
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("shows a secret: %v", err)
		}
		lines := 2                                                               // the last one has no end, and behind it is the end of the file
		for _, end := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} { // all that YAML breaks lines at
			lines += strings.Count(string(data), end)
		}
		for _, p := range problems {
			if p.Message == "" || p.Line < 0 || p.Line > lines {
				t.Errorf("points at line %d of %d: %v", p.Line, lines, p)
			}
		}
	})
}
