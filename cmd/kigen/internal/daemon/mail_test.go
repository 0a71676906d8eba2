package daemon

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/notify/fakemail"
)

// A trial at a mail destination fails where one recipient does, and names it;
// /health does so too.
func TestTrialNamesRecipients(t *testing.T) {
	t.Parallel()
	server := new(fakemail.Server)
	server.AnswerRecipients(map[string]func() string{
		"gone@example.jp": fakemail.Always("550 5.1.1 no such user"), "grey@example.jp": fakemail.Always("450 4.2.0 greylisted"),
	})
	path := filepath.Join(t.TempDir(), "kigen.yaml")
	yaml := `listen: 127.0.0.1:0
database: ` + filepath.Join(t.TempDir(), "kigen.db") + `
destinations:
  lead: {email: {smtp: "smtp://` + server.Listen(t) + `", from: kigen@example.jp, to: [ok@example.jp, "Gone <gone@example.jp>", grey@example.jp]}}
`
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(t.Context(), c, Options{Version: "test", Console: io.Discard, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	trial, err := d.try(t.Context(), "lead")
	if err != nil {
		t.Fatal(err)
	}
	if trial.OK || trial.Failed != web.TrialSent {
		t.Errorf("the trial went well: %+v", trial)
	}
	for _, want := range []string{"gone@example.jp refused: ", "no such user", "grey@example.jp deferred: ", "greylisted"} {
		if !strings.Contains(trial.Reason, want) {
			t.Errorf("the trial says %q, want %q", trial.Reason, want)
		}
	}
	if strings.Contains(trial.Reason, "ok@example.jp") {
		t.Errorf("the trial blames the recipient that has the mail: %q", trial.Reason)
	}
	h := d.health(t.Context())
	if len(h.Faults) != 1 || h.Faults[0].Alerts || !strings.Contains(h.Faults[0].Text.En, "gone@example.jp") ||
		!strings.Contains(h.Faults[0].Text.Ja, "no such user") {
		t.Errorf("faults %+v", h.Faults)
	}
	if got := h.Destinations[0].Recipients; len(got) != 1 || got[0].Address != "gone@example.jp" || !got[0].Refused {
		t.Errorf("recipients %+v", got)
	}
	if err := d.ready(t.Context()); err != nil {
		t.Errorf("one recipient keeps kigen from being ready: %v", err)
	}
	if err := d.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}
