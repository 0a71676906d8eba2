package render

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/xml"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
)

// sortedZip writes a ZIP with its files sorted by name: the library passes them in
// any order, and the same report must give the same bytes. Files are kept
// compressed until Close.
type sortedZip struct {
	out      io.Writer
	contents bytes.Buffer // the list of contents, which is sorted too
	files    []*zipped
}

// listOfContents is the part that lists the types of all others.
const listOfContents = "[Content_Types].xml"

// zipped is a compressed file.
type zipped struct {
	header zip.FileHeader
	packed bytes.Buffer
	flate  *flate.Writer
	sum    hash.Hash32
}

func (f *zipped) Write(p []byte) (int, error) {
	n, err := f.flate.Write(p)
	f.sum.Write(p[:n])
	f.header.UncompressedSize64 += uint64(n)
	return n, err
}

// Create begins a file and completes the previous one.
func (z *sortedZip) Create(name string) (io.Writer, error) {
	if name == listOfContents {
		return &z.contents, nil
	}
	return z.begin(name)
}

func (z *sortedZip) begin(name string) (*zipped, error) {
	f := &zipped{header: zip.FileHeader{Name: name, Method: zip.Deflate}, sum: crc32.NewIEEE()}
	var err error
	f.flate, err = flate.NewWriter(&f.packed, flate.DefaultCompression)
	z.files = append(z.files, f)
	return f, err
}

// AddFS is never called for a workbook.
func (z *sortedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

// contentTypes is the format of the list of contents.
type contentTypes struct {
	XMLName   xml.Name          `xml:"http://schemas.openxmlformats.org/package/2006/content-types Types"`
	Defaults  []contentDefault  `xml:"Default"`
	Overrides []contentOverride `xml:"Override"`
}

type contentDefault struct {
	Extension   string `xml:"Extension,attr"`
	ContentType string `xml:"ContentType,attr"`
}

type contentOverride struct {
	PartName    string `xml:"PartName,attr"`
	ContentType string `xml:"ContentType,attr"`
}

// listContents adds the list of contents, sorted by name.
func (z *sortedZip) listContents() error {
	var types contentTypes
	if err := xml.Unmarshal(z.contents.Bytes(), &types); err != nil {
		return err
	}
	slices.SortFunc(types.Defaults, func(a, b contentDefault) int { return cmp.Compare(a.Extension, b.Extension) })
	slices.SortFunc(types.Overrides, func(a, b contentOverride) int { return cmp.Compare(a.PartName, b.PartName) })
	f, err := z.begin(listOfContents)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, xml.Header); err != nil {
		return err
	}
	return xml.NewEncoder(f).Encode(types)
}

// Close writes the ZIP. The list of contents comes first: programs that detect a
// file's type look there.
func (z *sortedZip) Close() error {
	slices.SortFunc(z.files, func(a, b *zipped) int { return cmp.Compare(a.header.Name, b.header.Name) })
	if err := z.listContents(); err != nil {
		return err
	}
	last := len(z.files) - 1
	z.files = slices.Concat(z.files[last:], z.files[:last])
	archive := zip.NewWriter(z.out)
	for _, f := range z.files {
		if err := f.flate.Close(); err != nil {
			return err
		}
		f.header.CRC32, f.header.CompressedSize64 = f.sum.Sum32(), uint64(f.packed.Len())
		entry, err := archive.CreateRaw(&f.header)
		if err != nil {
			return err
		}
		if _, err := f.packed.WriteTo(entry); err != nil {
			return err
		}
	}
	return archive.Close()
}
