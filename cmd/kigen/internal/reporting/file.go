package reporting

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// File is a rendered report. Close it after use.
type File struct {
	MediaType string
	Content   *io.SectionReader
	release   func() error
}

// WriteTo writes the whole file.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, io.NewSectionReader(f.Content, 0, f.Content.Size()))
}

// Close releases the file.
func (f *File) Close() error {
	if f.release == nil {
		return nil
	}
	release := f.release
	f.release = nil
	return release()
}

// spool is a rendered report in a temporary file: on disk it costs no memory
// however slowly it is fetched, and what failed half way reaches no reader.
type spool struct {
	mediaType string
	file      *os.File
	size      int64
	holders   int // guarded by Renderings.mu
}

// newSpool renders into a temporary file.
func newSpool(render func(io.Writer) (mediaType string, err error)) (_ *spool, err error) {
	file, err := os.CreateTemp("", "kigen-report-*")
	if err != nil {
		return nil, fmt.Errorf("temporary file of a report: %w", err)
	}
	s := &spool{file: file}
	whole := false
	defer func() { // also after a panic
		if !whole {
			err = errors.Join(err, s.remove())
		}
	}()
	if s.mediaType, err = render(file); err != nil {
		return nil, err
	}
	if s.size, err = file.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	whole = true
	return s, nil
}

func (s *spool) remove() error {
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
