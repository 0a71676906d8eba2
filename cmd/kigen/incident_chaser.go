package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/terminal"
)

// incidentChaserCommand prints the reminder without sending it: the person who
// signs it reviews it first.
func (a *app) incidentChaserCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "chaser ID", Args: cobra.ExactArgs(1),
		Long:    "Write a mail to the vendor that quotes its promise: subject and body, complete except for the signature.\nNothing is sent or recorded.",
		Example: "  kigen incident chaser KGN-1 --lang en",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, path, err := a.below(asJSON, args[0], "chaser")
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
	var mail struct{ To, Subject, Body string }
	if err := client.Decode(body, &mail); err != nil {
		return err
	}
	if mail.To != "" {
		fmt.Fprintf(s.out, "%s: %s\n", say(s.lang, "to"), terminal.Clean(mail.To))
	}
	fmt.Fprintf(s.out, "%s: %s\n\n", say(s.lang, "subject"), terminal.Clean(mail.Subject))
	return terminal.PrintLines(s.out, strings.Split(strings.TrimSuffix(mail.Body, "\n"), "\n"))
}
