package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/terminal"
	"kigen/sla"
	"kigen/sla/tracker"
)

// listFlags holds the filters and the limit of a list.
type listFlags struct {
	vendor, state, severity, owner, month, text string
	by                                          string // the user, for the owner mine
	limit                                       int
	asJSON                                      bool
}

// incidentListCommand has a default limit, because a database may hold a million incidents.
func (a *app) incidentListCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.limit < 0 {
				return badInput(fmt.Errorf("--limit %d: must not be negative: 0 lists all", f.limit))
			}
			s, err := a.session(f.asJSON)
			if err != nil {
				return err
			}
			if f.owner == tracker.OwnerMine {
				f.by = a.user()
			}
			return s.list(cmd, &f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.vendor, "vendor", "", "only of the vendor with this `ID`")
	flags.StringVar(&f.state, "state", "", "only with a clock in this state: "+terminal.Join(sla.States[:]))
	flags.StringVar(&f.severity, "severity", "", "only with this severity: "+terminal.Join(append(sla.Severities[:], sla.SeverityUnknown)))
	flags.StringVar(&f.owner, "owner", "", "only of this owner: a `NAME`, mine or unowned")
	flags.StringVar(&f.month, "month", "", "only due in this month, such as 2026-10")
	flags.StringVarP(&f.text, "query", "q", "", "only with this text in title, description, reference, owner or id")
	flags.IntVar(&f.limit, "limit", 100, "show at most `N`; 0: all")
	flags.BoolVar(&f.asJSON, "json", false, "print a JSON array")
	return cmd
}

// largestPage is the API's page limit.
const largestPage = 500

// query returns the query of the next page, limited to the rows still missing.
func (f *listFlags) query(lang, cursor string, have int) url.Values {
	q := url.Values{"lang": {lang}}
	page := largestPage
	if f.limit > 0 {
		page = min(page, f.limit-have)
	}
	q.Set("limit", strconv.Itoa(page))
	for name, value := range map[string]string{
		"vendor": f.vendor, "state": f.state, "severity": f.severity, "owner": f.owner, "by": f.by, "month": f.month, "q": f.text, "cursor": cursor,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// page is a page of the API's list. Incidents stay raw, so that --json prints
// every field of the API.
type page struct {
	Incidents []json.RawMessage `json:"incidents"`
	Next      string            `json:"next"`
	Counts    map[sla.State]int `json:"counts"`
}

// list notes on standard error that more incidents exist, so that standard output
// holds only the list.
func (s *session) list(cmd *cobra.Command, f *listFlags) error {
	var all []json.RawMessage
	cursor := ""
	for {
		var p page
		if err := s.daemon.Get(cmd.Context(), "/incidents", f.query(s.lang, cursor, len(all)), &p); err != nil {
			return err
		}
		all = append(all, p.Incidents...)
		if cursor = p.Next; cursor == "" || f.limit > 0 && len(all) >= f.limit {
			break
		}
	}
	if cursor != "" {
		fmt.Fprintf(s.errOut, say(s.lang, "kigen_only_the_first_are"), f.limit)
	}
	if s.asJSON {
		return printRaw(s.out, bytes.Join([][]byte{[]byte("["), bytes.Join(rawBytes(all), []byte(",\n")), []byte("]")}, nil))
	}
	return s.List(all)
}

func rawBytes(messages []json.RawMessage) [][]byte {
	raw := make([][]byte, len(messages))
	for i, m := range messages {
		raw[i] = m
	}
	return raw
}
