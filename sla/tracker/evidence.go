package tracker

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"unicode"

	"kigen/sla"
)

// Bounds of what comes with one notice. It is kept in the database, so that a
// backup is whole; a mail with its screenshots fits, a disk image does not.
const (
	MostFiles   = 10
	LargestFile = 10 << 20 // bytes of all files of a notice together
	longestName = 200      // characters
)

// checkFiles refuses what can't be kept.
func checkFiles(files []Attachment) (problems Invalid) {
	if len(files) > MostFiles {
		problems.add("files", len(files), fmt.Sprintf("are more than %d: pack them into an archive", MostFiles)).
			jaf("一度に記録できるのは%d個までです。まとめて圧縮してください。", MostFiles)
	}
	total := 0
	for _, f := range files {
		total += len(f.Content)
		if len(f.Content) == 0 {
			problems.add("files", f.Name, "is empty: choose the file that you mean").
				jaf("中身が空です。正しいファイルを選んでください。")
		}
	}
	if total > LargestFile {
		problems.add("files", fmt.Sprintf("(%d bytes)", total), fmt.Sprintf("are larger than %d MiB together: keep the original elsewhere, and record its place as reference", LargestFile>>20)).
			jaf("合計で%dMiBを超えています。原本を別の場所に保管し、参照番号の欄に保管場所を書いてください。", LargestFile>>20)
	}
	return problems
}

// keepFiles stores what the files hold, and names them in the notice.
func (c *change) keepFiles(n *sla.Notice, files []Attachment) error {
	for _, f := range files {
		sum := sha256.Sum256(f.Content)
		file := sla.Evidence{Name: cleanName(f.Name), Type: f.Type, Size: int64(len(f.Content)), SHA256: hex.EncodeToString(sum[:])}
		if err := c.tx.KeepEvidence(c.ctx, file.SHA256, f.Content); err != nil {
			return err
		}
		n.Files = append(n.Files, file)
	}
	return nil
}

// cleanName keeps of a file's name what is safe to show and to save under: no
// folders, no control characters, no sign that turns its direction.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
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
