package pdf

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"kigen/sla/phrase"
)

// fontFiles is BIZ UDPGothic, subset as described in fonts/README.md. Its licence
// (fonts/OFL.txt) must be distributed with the font, so it is embedded too.
//
//go:embed fonts/BIZUDPGothic-Regular.ttf.zst fonts/BIZUDPGothic-Bold.ttf.zst fonts/OFL.txt
var fontFiles embed.FS

// typeface is the unpacked font of the PDF. It is shared and read-only.
type typeface struct {
	regular, bold []byte
	has           characters // both weights have the same
}

// characters is a set of characters of the basic plane.
type characters [1 << 16 / 64]uint64

func (c *characters) add(r rune) { c[r/64] |= 1 << (r % 64) }

func (c *characters) contains(r rune) bool { return c[r/64]&(1<<(r%64)) != 0 }

// loadTypeface unpacks the font once per process.
var loadTypeface = sync.OnceValues(func() (typeface, error) {
	var face typeface
	var err error
	if face.regular, err = unpack("fonts/BIZUDPGothic-Regular.ttf.zst"); err != nil {
		return face, err
	}
	if face.bold, err = unpack("fonts/BIZUDPGothic-Bold.ttf.zst"); err != nil {
		return face, err
	}
	return face, face.list()
})

// list notes the characters of the font: a lookup in the font itself takes far
// longer than one in the set.
func (face *typeface) list() error {
	font, err := sfnt.Parse(face.regular)
	if err != nil {
		return err
	}
	var glyphs sfnt.Buffer
	for r := rune(0); r <= 0xffff; r++ {
		if index, err := font.GlyphIndex(&glyphs, r); err == nil && index != 0 {
			face.has.add(r)
		}
	}
	return nil
}

func unpack(name string) ([]byte, error) {
	packed, err := fontFiles.ReadFile(name)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return plain, nil
}

// printable returns the text with only characters that the font can draw. A letter with
// separate marks is composed, because the font can't place those; a character that
// stands alone is never replaced by an equivalent one, because a name written with a
// compatibility ideograph is another name. What the font lacks is spelled.
func (face *typeface) printable(text string) string {
	var b strings.Builder
	for text = phrase.Lines(text); text != ""; {
		n := norm.NFC.NextBoundaryInString(text, true)
		face.print(&b, text[:n])
		text = text[n:]
	}
	return b.String()
}

// print adds a character with its marks.
func (face *typeface) print(b *strings.Builder, segment string) {
	if utf8.RuneCountInString(segment) > 1 && !strings.ContainsFunc(segment, isCompatibility) {
		segment = norm.NFC.String(segment)
	}
	for _, r := range segment {
		switch {
		case r == '\n':
			b.WriteRune(r)
		case unicode.IsSpace(r) && r != '\u3000':
			b.WriteByte(' ')
		case r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Variation_Selector, r): // shape their neighbours only
		case r > 0xffff || !face.has.contains(r): // this kind of PDF string has two bytes per character
			fmt.Fprintf(b, "[U+%04X]", r)
		default:
			b.WriteRune(r)
		}
	}
}

// isCompatibility reports whether a character is an ideograph that normalization
// replaces by another.
func isCompatibility(r rune) bool {
	return r >= 0xf900 && r <= 0xfaff || r >= 0x2f800 && r <= 0x2fa1f
}
