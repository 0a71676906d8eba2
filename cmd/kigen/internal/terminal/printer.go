// Package terminal writes what the commands found for a person at a terminal: tables,
// figures and sentences in the reader's language. It reads no file and asks no daemon.
package terminal

import (
	"io"
	"time"
)

// Printer writes to a terminal or a pipe.
type Printer struct {
	Out    io.Writer
	Lang   string         // ja or en
	Zone   *time.Location // of times whose own zone says nothing to the reader
	Now    time.Time      // decides which dates show their year, and what is left until a deadline
	Colour bool           // whether Out shows colours
}
