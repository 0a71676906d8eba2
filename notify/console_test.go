package notify_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

func TestConsoleColours(t *testing.T) {
	var out bytes.Buffer
	m := writer("en").Write(overdue(), may7(9, 0))
	if _, err := notify.NewConsole(&out, true).Post(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(out.String(), "\n"); !strings.Contains(first, "\x1b[1;31m"+m.Title+"\x1b[0m") {
		t.Errorf("the title is not red: %q", first)
	}
}

// What a stranger wrote must not steer the terminal.
func TestConsolePrintsNoControlCharacters(t *testing.T) {
	d := overdue()
	d.Incident.Title = "a\x1b[2Jb\rc\x07d\u009be\nsecond line"
	for _, plain := range []bool{false, true} {
		m := writer("ja").Write(d, may7(9, 0))
		m.Plain = plain
		var out bytes.Buffer
		if _, err := notify.NewConsole(&out, false).Post(context.Background(), m); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }); i >= 0 {
			t.Errorf("control character %q", out.String()[i])
		}
		if !strings.Contains(out.String(), `a\u001b[2Jb\rc\u0007d\u009be\nsecond line`) {
			t.Errorf("the title is lost in\n%s", out.String())
		}
	}
}

// A warning and an overdue message of one incident turn green together; on a
// terminal that is one line.
func TestConsoleSaysAnUpdateOnce(t *testing.T) {
	var out bytes.Buffer
	console := notify.NewConsole(&out, false)
	first := answered(overdue(), sla.Late, may7(11, 10))
	second := answered(overdue(), sla.Late, may7(11, 10))
	second.Incident.ID = 43
	for _, d := range []*outbox.Delivery{first, first, second, second, first} {
		if err := console.Update(context.Background(), outbox.Receipt{}, writer("en").Write(d, may7(11, 11))); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "updated: "); n != 3 {
		t.Errorf("%d lines, want one for each change:\n%s", n, out.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestConsoleThatCannotBeWrittenTo(t *testing.T) {
	console := notify.NewConsole(full{}, false)
	m := writer("en").Write(overdue(), may7(9, 0))
	_, postErr := console.Post(context.Background(), m)
	for _, err := range []error{postErr, console.Update(context.Background(), outbox.Receipt{}, m)} {
		var failure *wire.Failure
		if !errors.As(err, &failure) || failure.Kind != wire.Broken {
			t.Errorf("%v, want a broken destination", err)
		}
	}
}
