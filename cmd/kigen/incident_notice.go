package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// incidentNoticeCommand reads long texts from standard input, because mails do
// not fit on a command line.
func (a *app) incidentNoticeCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "notice ID", Args: cobra.ExactArgs(1),
		Example: `  kigen incident notice KGN-1 --received-at "2026-05-01 23:10" --channel email --text - < mail.txt`,
	}
	fields := newFieldFlags(cmd,
		"received-at", "when it reached us; default: now"+timeUsage,
		"sent-at", "as the vendor dates it"+timeUsage,
		"channel", "channel of the notice: email, phone, portal, site …",
		"stage", "stage of the promise that it fulfils; default: the first open one",
		"reference", "the vendor's reference",
		"text", "text of the notice; - reads standard input",
	)
	var names []string
	cmd.Flags().StringArrayVar(&names, "file", nil, "a `FILE` as evidence, such as the mail; may be repeated, 10 MiB in total")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		body, err := a.evidence(fields, names)
		if err != nil {
			return err
		}
		return a.act(cmd, args[0], "notices", body, asJSON)
	}
	return cmd
}

// evidence returns the fields of a notice or a note with its files, and with a text of
// standard input.
func (a *app) evidence(fields *fieldFlags, names []string) (map[string]any, error) {
	body := fields.body()
	files, err := filesBody(names)
	if err != nil {
		return nil, err
	}
	if len(files) > 0 {
		body["files"] = files
	}
	return body, a.readText(body)
}

// readText reads the text of a request from standard input where it is -.
func (a *app) readText(body map[string]any) error {
	if body["text"] != "-" {
		return nil
	}
	text, err := io.ReadAll(a.in)
	if err != nil {
		return fmt.Errorf("--text -: read standard input: %w", err)
	}
	body["text"] = string(text)
	return nil
}
