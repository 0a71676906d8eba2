package main

import (
	"encoding/base64"
	"fmt"
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
		Use: "export ID", Args: cobra.ExactArgs(1),
		Long:    "Write everything that kigen holds about an incident as a ZIP file: the record for people and for programs, its history,\nand the files that came with notices. Its README.txt says how to check it without kigen (sha256sum -c SHA256SUMS).",
		Example: "  kigen incident export KGN-42 --out KGN-42.zip",
	}
	cmd.Flags().StringVar(&out, "out", "", "`FILE` to write; default: the incident's number and .zip; - writes to standard output")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, path, err := a.below(false, args[0], "bundle")
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
		if err := writeNew("--out", out, body); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, say(s.lang, "wrote"), out)
		return err
	}
	return cmd
}

// filesBody encodes files as the API expects them.
func filesBody(names []string) ([]map[string]string, error) {
	var files []map[string]string
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, badInput(fmt.Errorf("--file %q: %w: use a readable file", name, pathCause(err)))
		}
		files = append(files, map[string]string{"name": filepath.Base(name), "content": base64.StdEncoding.EncodeToString(content)})
	}
	return files, nil
}
