package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
)

// incidentChaserCommand prints the mail and sends nothing: who signs it reads
// it first.
func (a *app) incidentChaserCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "chaser ID", Short: "Write the mail that asks the vendor for what it owes / 催促文を作る", Args: cobra.ExactArgs(1),
		Long:    "Write a mail to the vendor that quotes its own promise: subject and body, complete but for the signature.\nNothing is sent, and nothing is recorded.",
		Example: "  kigen incident chaser KGN-1 --lang en",
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := incidentPath(args[0], "chaser")
			if err != nil {
				return err
			}
			s, err := a.session(asJSON)
			if err != nil {
				return err
			}
			return s.chaser(cmd, path)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (s *session) chaser(cmd *cobra.Command, path string) error {
	body, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodGet, Path: path, Query: s.query()})
	if err != nil {
		return err
	}
	if s.asJSON {
		return printRaw(s.out, body)
	}
	var letter struct{ To, Subject, Body string }
	if err := client.Decode(body, &letter); err != nil {
		return err
	}
	if letter.To != "" {
		fmt.Fprintf(s.out, "%s: %s\n", say(s.lang, "宛先", "To"), clean(letter.To))
	}
	fmt.Fprintf(s.out, "%s: %s\n\n", say(s.lang, "件名", "Subject"), clean(letter.Subject))
	return printLines(s.out, strings.Split(strings.TrimSuffix(letter.Body, "\n"), "\n"))
}
