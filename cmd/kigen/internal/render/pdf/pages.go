package pdf

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
)

// pageFile keeps the drawn pages in a temporary file until the whole document is
// known: a report of thousands of cases has thousands of pages, and the library
// would hold all of them in memory, several times.
type pageFile struct {
	file   *os.File
	ends   []int64 // of each page
	packed bytes.Buffer
	packer *flate.Writer
	reader io.ReadCloser // of packed pages
}

func newPageFile() (*pageFile, error) {
	file, err := os.CreateTemp("", "kigen-report-*")
	if err != nil {
		return nil, fmt.Errorf("temporary file of the pages: %w", err)
	}
	f := &pageFile{file: file}
	f.packer, err = flate.NewWriter(&f.packed, flate.BestSpeed)
	f.reader = flate.NewReader(bytes.NewReader(nil))
	return f, err
}

// close removes the file.
func (f *pageFile) close() error {
	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}

// add appends the content of a page.
func (f *pageFile) add(content []byte) error {
	f.packed.Reset()
	f.packer.Reset(&f.packed)
	if _, err := f.packer.Write(content); err != nil {
		return err
	}
	if err := f.packer.Close(); err != nil {
		return err
	}
	n, err := f.file.Write(f.packed.Bytes())
	if err != nil {
		return fmt.Errorf("temporary file of the pages: %w", err)
	}
	f.ends = append(f.ends, f.end(len(f.ends))+int64(n))
	return nil
}

// end is where a page ends. Pages count from 1; page 0 ends where page 1 begins.
func (f *pageFile) end(page int) int64 {
	if page == 0 {
		return 0
	}
	return f.ends[page-1]
}

// copyTo writes the content of a page.
func (f *pageFile) copyTo(w io.Writer, page int) error {
	from, to := f.end(page-1), f.end(page)
	if cap(f.packed.AvailableBuffer()) < int(to-from) {
		f.packed.Grow(int(to - from))
	}
	packed := f.packed.AvailableBuffer()[:to-from]
	if _, err := f.file.ReadAt(packed, from); err != nil {
		return fmt.Errorf("page %d: %w", page, err)
	}
	if err := f.reader.(flate.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
		return fmt.Errorf("page %d: %w", page, err)
	}
	if _, err := io.Copy(w, f.reader); err != nil {
		return fmt.Errorf("page %d: %w", page, err)
	}
	return f.reader.Close()
}
