package docs

import "strings"

// Block is a fenced block of a page. Its kind is the word after the fence: sh
// for commands, console for a command with its output, yaml for configuration,
// text and ini for the rest. A mark after the kind says what a test cannot do:
// "manual" commands change the machine, a "manifest" is no configuration.
type Block struct {
	Kind, Mark string
	Text       string
}

// Blocks returns the fenced blocks of the page in order.
func (p Page) Blocks() []Block {
	var blocks []Block
	var open *Block
	for line := range strings.Lines(p.Text) {
		fence, isFence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		switch {
		case isFence && open == nil:
			open = &Block{}
			open.Kind, open.Mark, _ = strings.Cut(fence, " ")
		case isFence:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.Text += line
		}
	}
	return blocks
}
