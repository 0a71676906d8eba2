package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"unicode"

	"kigen/sla"
)

// NoticeReader reads the files that came with notices.
type NoticeReader interface {
	// Evidence returns a file of one of the incident's notices or notes and the
	// file's content, or ErrNotFound.
	Evidence(ctx context.Context, id sla.IncidentID, sha256 string) (sla.Evidence, []byte, error)
}

// NoticeWriter stores notices and their files.
type NoticeWriter interface {
	// InsertNotice stores a notice, with the names of its files, and sets its ID.
	InsertNotice(ctx context.Context, n *sla.Notice) error
	// WithdrawNotice stores a notice's Withdrawal; ErrConflict when it has one.
	WithdrawNotice(ctx context.Context, n *sla.Notice) error
	// KeepEvidence stores a file's content under its SHA-256, in hex. Content that
	// is stored already stays as it is.
	KeepEvidence(ctx context.Context, sha256 string, content []byte) error
}

// Bounds of the files of one notice. They are stored in the database, so that a
// backup is complete; a mail with screenshots fits, a disk image does not.
const (
	MostFiles   = 10
	LargestFile = 10 << 20 // bytes of all files of a notice together
	longestName = 200      // characters
)

// checkFiles refuses files that exceed the bounds, empty ones, and names of several
// lines.
func checkFiles(files []Attachment) (problems Invalid) {
	if len(files) > MostFiles {
		problems.Addf("files", len(files), "are more than %d: pack them into an archive", MostFiles)
	}
	total := 0
	for _, f := range files {
		total += len(f.Content)
		problems.checkLines(line{"files", f.Name})
		if len(f.Content) == 0 {
			problems.Addf("files", f.Name, "is empty: choose another file")
		}
	}
	if total > LargestFile {
		problems.Addf("files", fmt.Sprintf("(%d bytes)", total), "are larger than %d MiB together: keep the original elsewhere, and record its place as reference", LargestFile>>20)
	}
	return problems
}

// keepFiles stores the content of files and describes them.
func (c *change) keepFiles(files []Attachment) (kept []sla.Evidence, err error) {
	for _, f := range files {
		sum := sha256.Sum256(f.Content)
		file := sla.Evidence{Name: CleanName(f.Name), Type: f.Type, Size: int64(len(f.Content)), SHA256: hex.EncodeToString(sum[:])}
		if err := c.tx.KeepEvidence(c.ctx, file.SHA256, f.Content); err != nil {
			return nil, err
		}
		kept = append(kept, file)
	}
	return kept, nil
}

// CleanName keeps the parts of a file's name that are safe to show and to save
// under: no folders, no characters that change direction.
func CleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if letters := []rune(name); len(letters) > longestName {
		ext := []rune(path.Ext(name))
		ext = ext[:min(len(ext), longestName/10)]
		name = string(letters[:longestName-len(ext)]) + string(ext)
	}
	if strings.Trim(name, "./") == "" {
		return "file"
	}
	return name
}
