package deadline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
)

const (
	// A block is large enough that handing it over costs nothing, and small
	// enough that both ends of a pipe keep busy.
	blockSize = 256 << 10
	// Answers are longer than questions: about five times.
	answersPerQuestion = 5
)

// Header is the first line that a batch must have.
const Header = "vendor,start"

// LineError says which line of a batch is at fault, and why.
type LineError struct {
	Line int // 1 is the header
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong with the line.
func (e *LineError) Unwrap() error { return e.Err }

// block is some whole lines on their way from the reader over a worker to the
// writer.
type block struct {
	firstLine int
	lines     []byte
	answers   []byte
	err       error         // of the first bad row; answers hold the rows before it
	done      chan struct{} // closed when answers are complete
}

// Batch reads CSV rows of vendor,start from r and writes for each, in the same
// order, one JSON object a line to w: of the vendor's first promise, or of the
// asker's. It works on all cores. The first bad row ends it with a LineError
// after the answers of the rows before; a bad header ends it before any answer.
// A Read of r that is still waiting then is left behind.
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

// failedBlock carries the reader's error behind all that was read before it.
func failedBlock(err error) *block {
	b := &block{err: err, done: make(chan struct{})}
	close(b.done)
	return b
}

// answerBlocks is one worker.
func answerBlocks(r *rows, work <-chan *block) {
	for b := range work {
		b.answers, b.err = r.appendAnswers(make([]byte, 0, answersPerQuestion*len(b.lines)), b.lines, b.firstLine)
		close(b.done)
	}
}

// writeBlocks writes the blocks in the order in which they were read.
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

// readBlocks cuts the input into blocks of whole lines. It hands over what has
// come as soon as it holds a line, so that a program at the other end of a
// pipe may wait for its answer.
func readBlocks(ctx context.Context, r io.Reader, work, order chan<- *block) error {
	reader := lineReader{r: r}
	header, more, err := reader.next()
	if err != nil {
		return err
	}
	first, rest, _ := bytes.Cut(header, []byte("\n"))
	if err := checkHeader(first); err != nil {
		return err
	}
	line := 2
	for lines := rest; ; {
		if len(lines) > 0 {
			b := &block{firstLine: line, lines: lines, done: make(chan struct{})}
			line += bytes.Count(lines, []byte("\n"))
			// The queue to the writer bounds how many blocks are in memory.
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

// hand passes a block on, unless the batch ended first.
func hand(ctx context.Context, b *block, to chan<- *block) bool {
	select {
	case to <- b:
		return true
	case <-ctx.Done():
		return false
	}
}

// checkHeader refuses a file with other columns before anything is printed.
func checkHeader(line []byte) error {
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // as spreadsheets write it
	line = bytes.TrimRight(line, "\r\n")
	if string(bytes.ToLower(bytes.ReplaceAll(line, []byte(" "), nil))) == Header {
		return nil
	}
	return &LineError{Line: 1, Err: invalidRow("header", string(clip(line)), "must be "+Header+": make it the first line, then one row a line, such as sotas,2026-05-02T22:10+09:00")}
}

// lineReader reads blocks that end at a line's end.
type lineReader struct {
	r    io.Reader
	tail []byte // the beginning of a line whose end has not come
}

// next returns whole lines, and whether there are more. The newline of the
// last one may be missing.
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
	return nil, false, invalidRow("row", string(clip(buffer)), fmt.Sprintf("is longer than %d bytes: give one row a line", blockSize))
}

// clip shortens what is quoted in an error.
func clip(b []byte) []byte {
	const longest = 80
	return bytes.ToValidUTF8(b[:min(len(b), longest)], []byte("?"))
}
