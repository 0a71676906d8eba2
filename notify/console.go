package notify

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/clipperhouse/displaywidth"

	"kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

// Console is a destination that prints messages as a channel would show them.
type Console struct {
	out    io.Writer
	colour bool

	mu     sync.Mutex
	latest string // the title of the last update
}

// NewConsole prints to out, with terminal colours if colour is set. Several
// Senders may share it.
func NewConsole(out io.Writer, colour bool) *Console {
	return &Console{out: out, colour: colour}
}

// Digest merges many alerts into one message with the whole list, and prints
// each change once.
func (*Console) Digest() outbox.DigestForm { return ListedOnce() }

// Post prints the whole message. The receipt is empty, because printed text
// cannot be changed.
func (c *Console) Post(_ context.Context, m *wire.Message) (outbox.Receipt, error) {
	if m.Plain {
		return outbox.Receipt{}, c.print(printable(m.Text) + "\n")
	}
	var b strings.Builder
	b.WriteString(c.headline(m, ""))
	c.fields(&b, m.Fields)
	for _, note := range m.Notes {
		line(&b, "! "+note)
	}
	if m.Quote.Text != "" {
		line(&b, "> "+m.Quote.Text)
	}
	if m.Quote.Source != "" {
		line(&b, "  "+m.Quote.Source)
	}
	if m.Explanation.Heading != "" {
		line(&b, m.Explanation.Heading)
	}
	for _, text := range m.Explanation.Lines {
		line(&b, "  "+text)
	}
	for _, item := range m.Items {
		line(&b, item.Label+" "+item.Text)
	}
	if m.Link.URL != "" {
		line(&b, m.Link.Text+": "+m.Link.URL)
	}
	return outbox.Receipt{}, c.print(b.String())
}

// Update prints the new title of an earlier message. Equal titles in a row, as
// all messages of one incident get, are printed once.
func (c *Console) Update(_ context.Context, _ outbox.Receipt, m *wire.Message) error {
	c.mu.Lock()
	said := c.latest == m.Title
	c.latest = m.Title
	c.mu.Unlock()
	if said {
		return nil
	}
	return c.print(c.headline(m, textsIn(m.Lang).text("updated", nil)+": "))
}

func (c *Console) print(text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.WriteString(c.out, text); err != nil {
		return &wire.Failure{Kind: wire.Broken, Reason: "cannot write to the console: " + err.Error(), Err: err}
	}
	return nil
}

// indent leaves room for the time of day in front of the title.
const indent = "       "

func (c *Console) headline(m *wire.Message, before string) string {
	title := before + printable(m.Title)
	if c.colour {
		title = "\x1b[1;" + ansi(m.Status) + "m" + title + "\x1b[0m"
	}
	return m.At.Format("15:04") + "  " + title + "\n"
}

func ansi(s wire.Status) string {
	switch s {
	case wire.StatusOverdue, wire.StatusLate:
		return "31"
	case wire.StatusWarning:
		return "33"
	case wire.StatusMet:
		return "32"
	case wire.StatusCancelled:
		return "90"
	default:
		return "36"
	}
}

// fields prints the facts with their values in one column. Japanese
// characters take two cells.
func (c *Console) fields(b *strings.Builder, fields []wire.Field) {
	widest := 0
	for _, f := range fields {
		widest = max(widest, displaywidth.String(f.Name))
	}
	for _, f := range fields {
		line(b, f.Name+strings.Repeat(" ", widest-displaywidth.String(f.Name))+"  "+f.Value)
	}
}

func line(b *strings.Builder, text string) {
	b.WriteString(indent + strings.ReplaceAll(printable(text), "\n", "\n"+indent+"  ") + "\n")
}

// printable makes control characters visible, so that text from outside cannot
// control the terminal.
func printable(text string) string { return phrase.Lines(text) }
