package daemon

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/web"
	"kigen/config"
)

// mailServerOnLoopback is a real mail server on loopback that refuses gone@ and lets
// grey@ wait.
func mailServerOnLoopback(t *testing.T) (address string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go speakSMTP(conn, func([]byte) {})
		}
	}()
	return listener.Addr().String()
}

// speakSMTP serves a connection. take gets each mail before it is confirmed.
func speakSMTP(conn net.Conn, take func(content []byte)) {
	defer conn.Close()
	r := textproto.NewReader(bufio.NewReader(conn))
	say := func(text string) { _, _ = fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 ready")
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		switch {
		case strings.HasPrefix(line, "RCPT TO:<gone@"):
			say("550 5.1.1 no such user")
		case strings.HasPrefix(line, "RCPT TO:<grey@"):
			say("450 4.2.0 greylisted")
		case line == "DATA":
			say("354 go ahead")
			content, err := io.ReadAll(r.DotReader())
			if err != nil {
				return
			}
			take(content)
			say("250 accepted")
		case line == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// A trial at a mail destination fails where one recipient does, and names it;
// /health does so too.
func TestTrialNamesRecipients(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kigen.yaml")
	yaml := `listen: 127.0.0.1:0
database: ` + filepath.Join(t.TempDir(), "kigen.db") + `
destinations:
  lead: {email: {smtp: "smtp://` + mailServerOnLoopback(t) + `", from: kigen@example.jp, to: [ok@example.jp, "Gone <gone@example.jp>", grey@example.jp]}}
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
