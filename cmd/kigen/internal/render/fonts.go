package render

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"sync"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// fontFiles is BIZ UDPGothic, cut down as fonts/README.md says. Its licence
// (fonts/OFL.txt) asks to be passed on with the font, so it is embedded too.
//
//go:embed fonts/BIZUDPGothic-Regular.ttf.gz fonts/BIZUDPGothic-Bold.ttf.gz fonts/OFL.txt
var fontFiles embed.FS

// typeface is the font of the PDF, unpacked. It is shared and never changed.
type typeface struct {
	regular, bold []byte
	glyphs        *sfnt.Font // both weights have the same characters
}

// loadTypeface unpacks the font once for the whole process.
var loadTypeface = sync.OnceValues(func() (typeface, error) {
	var face typeface
	var err error
	if face.regular, err = unpack("fonts/BIZUDPGothic-Regular.ttf.gz"); err != nil {
		return face, err
	}
	if face.bold, err = unpack("fonts/BIZUDPGothic-Bold.ttf.gz"); err != nil {
		return face, err
	}
	face.glyphs, err = sfnt.Parse(face.regular)
	return face, err
})

func unpack(name string) ([]byte, error) {
	packed, err := fontFiles.ReadFile(name)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return plain, z.Close()
}

// missingGlyph stands for a character that the font does not have, as
// Japanese print has it.
const missingGlyph = '〓'

// printable makes a text out of characters that the font can draw. Marks that
// were typed apart join their letters; what is invisible is dropped.
func (face *typeface) printable(text string) string {
	var glyphs sfnt.Buffer
	plain := make([]rune, 0, len(text))
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == '\n':
			plain = append(plain, r)
		case unicode.IsSpace(r) && r != '\u3000':
			plain = append(plain, ' ')
		case !unicode.IsGraphic(r) || unicode.Is(unicode.Variation_Selector, r):
		case r > 0xffff: // a PDF string of this kind holds two bytes a character
			plain = append(plain, missingGlyph)
		default:
			if index, err := face.glyphs.GlyphIndex(&glyphs, r); err != nil || index == 0 {
				r = missingGlyph
			}
			plain = append(plain, r)
		}
	}
	return string(plain)
}
