package pdf

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// frame is the finished PDF of the library, whose pages show only their feet:
// fonts, bookmarks and page tree are complete, as what the pages use was noted when
// they were drawn. join adds the content of the pages.
type frame struct {
	data    []byte
	table   int // where the table of objects begins
	objects []pdfObject
	trailer []byte // from the trailer to where the table's place is named
}

// pdfObject is an object of a PDF by its number, from one offset to another.
type pdfObject struct{ number, from, to int }

var errPDF = errors.New("the PDF is not laid out as expected")

// openFrame reads the table of objects.
func openFrame(data []byte) (*frame, error) {
	f := &frame{data: data}
	_, place, found := bytes.Cut(data[max(0, len(data)-64):], []byte("startxref\n"))
	place, _, ended := bytes.Cut(place, []byte("\n"))
	at, err := strconv.Atoi(string(place))
	if !found || !ended || err != nil || at > len(data) {
		return nil, errPDF
	}
	f.table = at
	table, trailer, found := bytes.Cut(data[at:], []byte("trailer\n"))
	if !found {
		return nil, errPDF
	}
	trailer, _, _ = bytes.Cut(trailer, []byte("startxref\n"))
	f.trailer = trailer
	lines := bytes.Split(bytes.TrimSuffix(table, []byte("\n")), []byte("\n"))
	for number, line := range lines[min(2, len(lines)):] { // after the name of the table and its range
		from, err := strconv.Atoi(string(line[:min(10, len(line))]))
		if err != nil || from > at {
			return nil, errPDF
		}
		if number > 0 { // 0 is no object
			f.objects = append(f.objects, pdfObject{number: number, from: from})
		}
	}
	f.order()
	return f, nil
}

// order sorts the objects by their offsets: each ends where the next one begins.
func (f *frame) order() {
	slices.SortFunc(f.objects, func(a, b pdfObject) int { return cmp.Compare(a.from, b.from) })
	for i := range f.objects {
		f.objects[i].to = f.table
		if i+1 < len(f.objects) {
			f.objects[i].to = f.objects[i+1].from
		}
	}
}

// pageOf returns the page whose content is the object with a number: the library
// numbers the pages from 3 on, each followed by its content.
func pageOf(number, pages int) (page int, ok bool) {
	page = number/2 - 1
	return page, number%2 == 0 && page >= 1 && page <= pages
}

// counting counts the bytes that are written.
type counting struct {
	*bufio.Writer
	n int
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += n
	return n, err
}

// join writes the PDF with the content of each page before its foot.
func (f *frame) join(w io.Writer, pages *pageFile) error {
	out := &counting{Writer: bufio.NewWriterSize(w, 64<<10)}
	if len(f.objects) == 0 {
		return errPDF
	}
	offsets := make([]int, len(f.objects)+1)
	if _, err := out.Write(f.data[:f.objects[0].from]); err != nil {
		return err
	}
	content := newPacked()
	for _, o := range f.objects {
		offsets[o.number] = out.n
		body := f.data[o.from:o.to]
		if page, ok := pageOf(o.number, len(pages.ends)); ok {
			if err := content.join(pages, page, body); err != nil {
				return err
			}
			if err := writeStream(out, o.number, content.Bytes()); err != nil {
				return err
			}
			continue
		}
		if _, err := out.Write(body); err != nil {
			return err
		}
	}
	if err := f.writeTable(out, offsets); err != nil {
		return err
	}
	return out.Flush()
}

// packed is the compressed content of a page. It is used for one page after the
// other: a compressor takes more memory than a page.
type packed struct {
	bytes.Buffer
	z *zlib.Writer
}

func newPacked() *packed {
	p := &packed{}
	p.z = zlib.NewWriter(&p.Buffer)
	return p
}

// join packs the content of a page and its foot, which is the stream of an object
// of the frame.
func (p *packed) join(pages *pageFile, page int, object []byte) error {
	_, foot, found := bytes.Cut(object, []byte("stream\n"))
	end := bytes.LastIndex(foot, []byte("\nendstream"))
	if !found || end < 0 {
		return errPDF
	}
	p.Reset()
	p.z.Reset(&p.Buffer)
	if err := pages.copyTo(p.z, page); err != nil {
		return err
	}
	if _, err := p.z.Write(foot[:end]); err != nil {
		return err
	}
	return p.z.Close()
}

func writeStream(w io.Writer, number int, packed []byte) error {
	_, err := fmt.Fprintf(w, "%d 0 obj\n<</Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream\nendobj\n", number, len(packed), packed)
	return err
}

// writeTable writes the table of objects and the trailer.
func (f *frame) writeTable(out *counting, offsets []int) error {
	table := out.n
	if _, err := fmt.Fprintf(out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)); err != nil {
		return err
	}
	for _, at := range offsets[1:] {
		if _, err := fmt.Fprintf(out, "%010d 00000 n \n", at); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "trailer\n%sstartxref\n%d\n%%%%EOF\n", f.trailer, table)
	return err
}
