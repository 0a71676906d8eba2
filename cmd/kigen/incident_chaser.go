package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/terminal"
)

// incidentChaserCommand prints the reminder, so that the person who signs it reads it
// first, and sends it by the daemon's mail server where that person says so.
func (a *app) incidentChaserCommand() *cobra.Command {
	var asJSON, send, again bool
	var to []string
	var via string
	cmd := &cobra.Command{
		Use: "chaser ID [--send]", Args: cobra.ExactArgs(1),
		Long: "Write a mail to the vendor that quotes its promise: subject and body, complete except for the signature.\n" +
			"Without --send, nothing is sent or recorded. With it, kigen sends the mail by the server of a destination of kind email,\n" +
			"with [KGN-n] in its subject, and records its Message-ID, by which the reply finds the incident.",
		Example: "  kigen incident chaser KGN-1 --lang en\n  kigen incident chaser KGN-1 --send --to security@vendor.example",
	}
	cmd.Flags().BoolVar(&send, "send", false, "send it now")
	cmd.Flags().StringArrayVar(&to, "to", nil, "an `ADDRESS`; may be repeated; default: the contacts of the vendor's entry")
	cmd.Flags().StringVar(&via, "via", "", "the destination `NAME` whose mail server and sender are used; default: the first one of kind email")
	cmd.Flags().BoolVar(&again, "again", false, "send it although one was sent in the last ten minutes")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !send && (len(to) > 0 || via != "" || again) {
			return badInput(errors.New("--to, --via and --again belong to --send: add it, or leave them out"))
		}
		s, path, err := a.below(asJSON, args[0], "chaser")
		if err != nil {
			return err
		}
		if !send {
			return s.chaser(cmd, path)
		}
		return s.sendChaser(cmd, path, map[string]any{"to": to, "via": via, "again": again, "by": a.user()})
	}
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

// sendChaser fails where the letter was not sent, or may not have been.
func (s *session) sendChaser(cmd *cobra.Command, path string, body map[string]any) error {
	answer, err := s.daemon.Do(cmd.Context(), client.Request{
		Method: http.MethodPost, Path: path, Query: s.query(), Body: body, Header: http.Header{"Idempotency-Key": {rand.Text()}},
	})
	if err != nil {
		return err
	}
	var sent struct {
		Outcome, Reason, Subject string
		To                       []string
		MessageID                string `json:"message_id"`
		Left                     []struct{ To, Reason string }
	}
	if err := client.Decode(answer, &sent); err != nil {
		return err
	}
	if s.asJSON {
		err = printRaw(s.out, answer)
	} else {
		fmt.Fprintf(s.out, "%s: %s\n%s: %s\nMessage-ID: %s\n", say(s.lang, "to"), terminal.Clean(strings.Join(sent.To, ", ")),
			say(s.lang, "subject"), terminal.Clean(sent.Subject), terminal.Clean(sent.MessageID))
	}
	var left []error
	for _, l := range sent.Left {
		left = append(left, fmt.Errorf("not sent to %s: %s", l.To, l.Reason))
	}
	switch sent.Outcome {
	case "refused":
		left = append(left, fmt.Errorf("the mail server refused the letter, so it was not sent: %s", sent.Reason))
	case "unknown":
		left = append(left, fmt.Errorf("the mail server gave no answer, so the letter may have arrived: ask the vendor before you send it again (%s)", sent.Reason))
	}
	return errors.Join(append(left, err)...)
}
