package deadline

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	// blockSize makes the handover between goroutines negligible and is small enough
	// to keep both ends of a pipe busy.
	blockSize = 256 << 10
	// Answers are up to eight times as long as questions, for one promise.
	answersPerQuestion = 8
)

// LineError is an error in one line of a batch.
type LineError struct {
	Line int // 1 is the header
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the error of the line.
func (e *LineError) Unwrap() error { return e.Err }

// block is a run of whole lines that passes from the reader through a worker to
// the writer.
type block struct {
	layout    *layout
	firstLine int
	lines     []byte
	answers   []byte
	err       error         // of the first bad row; answers hold the rows before it
	done      chan struct{} // closed when answers are complete
}

// Batch reads CSV rows below a header (Header) from r. For each row it writes,
// in input order, one JSON line per selected promise and stage to w. It uses all
// cores. UTF-16 with a byte order mark is accepted. The first bad row ends it with
// a LineError after the answers of earlier rows; a bad header ends it before any
// answer. A blocked Read of r is then abandoned.
func (a *Asker) Batch(ctx context.Context, r io.Reader, w io.Writer, explain bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	work, order := make(chan *block, workers), make(chan *block, 2*workers)
	go func() {
		defer close(order)
		defer close(work)
		if err := readBlocks(ctx, r, work, order); err != nil {
			hand(ctx, failedBlock(err), order)
		}
	}()
	for range workers {
		go answerBlocks(newRows(a, explain), work)
	}
	return writeBlocks(ctx, w, order)
}

// failedBlock passes the reader's error on behind everything read before it.
func failedBlock(err error) *block {
	b := &block{err: err, done: make(chan struct{})}
	close(b.done)
	return b
}

// answerBlocks is a worker.
func answerBlocks(r *rows, work <-chan *block) {
	for b := range work {
		r.layout = b.layout
		b.answers, b.err = r.appendAnswers(make([]byte, 0, answersPerQuestion*len(b.lines)), b.lines, b.firstLine)
		close(b.done)
	}
}

// writeBlocks writes the blocks in input order.
func writeBlocks(ctx context.Context, w io.Writer, order <-chan *block) error {
	for b := range order {
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if _, err := w.Write(b.answers); err != nil {
			return fmt.Errorf("write the answers: %w", err)
		}
		if b.err != nil {
			return b.err
		}
	}
	return ctx.Err()
}

// readBlocks splits the input into blocks of whole lines. It passes on complete
// lines without waiting for a full block, so that a program at the other end of a
// pipe can wait for each answer.
func readBlocks(ctx context.Context, r io.Reader, work, order chan<- *block) error {
	reader := lineReader{r: decoded(r)}
	header, more, err := reader.next()
	if err != nil {
		return err
	}
	first, rest, _ := bytes.Cut(header, []byte("\n"))
	layout, err := readHeader(first)
	if err != nil {
		return err
	}
	line := 2
	for lines := rest; ; {
		if len(lines) > 0 {
			b := &block{layout: layout, firstLine: line, lines: lines, done: make(chan struct{})}
			line += bytes.Count(lines, []byte("\n"))
			// The writer's queue bounds the blocks in memory.
			if !hand(ctx, b, order) || !hand(ctx, b, work) {
				return ctx.Err()
			}
		}
		if !more {
			return nil
		}
		if lines, more, err = reader.next(); err != nil {
			return err
		}
	}
}

// hand passes a block on; false if ctx ended first.
func hand(ctx context.Context, b *block, to chan<- *block) bool {
	select {
	case to <- b:
		return true
	case <-ctx.Done():
		return false
	}
}

// decoded converts UTF-16, as some spreadsheets save, if a byte order mark is present.
func decoded(r io.Reader) io.Reader {
	buffered := bufio.NewReaderSize(r, blockSize)
	mark, err := buffered.Peek(2)
	if err != nil || mark[0] != 0xff && mark[0] != 0xfe || mark[0]^mark[1] != 1 {
		return buffered
	}
	return transform.NewReader(buffered, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
}

// lineReader reads blocks of whole lines.
type lineReader struct {
	r    io.Reader
	tail []byte // an incomplete line
}

// next returns whole lines and whether more follow. The last newline may be missing.
func (l *lineReader) next() (lines []byte, more bool, err error) {
	buffer := make([]byte, blockSize)
	n := copy(buffer, l.tail)
	l.tail = nil
	for n < len(buffer) {
		got, err := l.r.Read(buffer[n:])
		end := bytes.LastIndexByte(buffer[n:n+got], '\n')
		switch {
		case errors.Is(err, io.EOF):
			return buffer[:n+got], false, nil
		case err != nil:
			return nil, false, fmt.Errorf("read the batch: %w", err)
		case end >= 0:
			l.tail = bytes.Clone(buffer[n+end+1 : n+got])
			return buffer[:n+end+1], true, nil
		}
		n += got
	}
	return nil, false, invalidRow("row", buffer, "is longer than %d bytes: give one row a line", blockSize)
}

// clip shortens text quoted in an error.
func clip(b []byte) []byte {
	const longest = 80
	return bytes.ToValidUTF8(b[:min(len(b), longest)], []byte("?"))
}
