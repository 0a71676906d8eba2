package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/terminal"
)

// incidentShowCommand prints the facts, the deadlines with their explanation
// and the history, as needed for a hand-over.
func (a *app) incidentShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, path, err := a.below(asJSON, args[0])
			if err != nil {
				return err
			}
			return s.show(cmd, path)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: the incident with its events")
	return cmd
}

// show makes two requests: the incident and its history.
func (s *session) show(cmd *cobra.Command, path string) error {
	incident, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodGet, Path: path, Query: s.query()})
	if err != nil {
		return err
	}
	var history struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := s.daemon.Get(cmd.Context(), path+"/events", s.query(), &history); err != nil {
		return err
	}
	if s.asJSON {
		return s.printWithEvents(incident, history.Events)
	}
	var inc terminal.Incident
	if err := client.Decode(incident, &inc); err != nil {
		return err
	}
	return s.Incident(&inc, history.Events)
}

// printWithEvents adds the history to the incident's JSON object and keeps the
// API's key order.
func (s *session) printWithEvents(incident []byte, events []json.RawMessage) error {
	open := bytes.TrimSuffix(bytes.TrimSpace(incident), []byte("}"))
	return printRaw(s.out, fmt.Appendf(open, `,"events":[%s]}`, bytes.Join(rawBytes(events), []byte(","))))
}
