package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
)

// incidentExportCommand never overwrites a file: an earlier bundle may have been
// handed over as evidence.
func (a *app) incidentExportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "export ID", Short: "Export all evidence of an incident as a ZIP file / 証拠一式を書き出す", Args: cobra.ExactArgs(1),
		Long:    "Write everything that kigen holds about an incident as a ZIP file: the record for people and for programs, its history,\nand the files that came with notices. Its README.txt says how to check it without kigen (sha256sum -c SHA256SUMS).",
		Example: "  kigen incident export KGN-42 --out KGN-42.zip",
	}
	cmd.Flags().StringVar(&out, "out", "", "`FILE` to write; default: the incident's number and .zip; - writes to standard output")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path, err := incidentPath(args[0], "bundle")
		if err != nil {
			return err
		}
		s, err := a.session(false)
		if err != nil {
			return err
		}
		body, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodGet, Path: path, Query: s.query()})
		if err != nil {
			return err
		}
		if out == "-" {
			_, err := a.out.Write(body)
			return err
		}
		if out == "" {
			out = filepath.Base(filepath.Dir(path)) + ".zip"
		}
		if err := writeBundle(out, body); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, say(s.lang, "%s に書き出しました\n", "wrote %s\n"), out)
		return err
	}
	return cmd
}

// writeBundle writes a new file atomically; it fails if the file exists.
func writeBundle(name string, content []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return badInput(fmt.Errorf("--out %q: already exists: use another name or move the file away", name))
	}
	if err != nil {
		return badInput(fmt.Errorf("--out %q: %w: use a file in a writable directory", name, err))
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("--out %q: %w", name, err), os.Remove(name))
	}
	return nil
}

// filesBody encodes files as the API expects them.
func filesBody(names []string) ([]map[string]string, error) {
	var files []map[string]string
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, badInput(fmt.Errorf("--file %q: %w: use a readable file", name, err))
		}
		files = append(files, map[string]string{"name": filepath.Base(name), "content": base64.StdEncoding.EncodeToString(content)})
	}
	return files, nil
}
