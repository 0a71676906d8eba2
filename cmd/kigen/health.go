package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/web"
)

// asked is what a health check is about.
type asked struct {
	url     string // empty: the kigen of the configuration
	replica bool
	asJSON  bool
}

func (a *app) healthCommand() *cobra.Command {
	var what asked
	cmd := &cobra.Command{
		Use: "health", Args: cobra.NoArgs,
		Long: "Ask the kigen of the configuration, or the one at --url, whether it is ready: that deadlines are watched\n" +
			"and alerts get through, as /readyz says. Exit code 0: ready; 1: not ready, or no answer within 5 seconds.\n" +
			"With --replica: whether this replica can serve, whatever becomes of alerts.",
		Example: "  kigen health\n  kigen health --url http://127.0.0.1:8080 --json",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.health(cmd.Context(), what) },
	}
	cmd.Flags().StringVar(&what.url, "url", "", "`URL` of the kigen to ask; default: $KIGEN_URL, else where the configuration listens")
	cmd.Flags().BoolVar(&what.replica, "replica", false, "ask only whether this replica can serve")
	cmd.Flags().BoolVar(&what.asJSON, "json", false, "print JSON")
	return cmd
}

// health asks a kigen whether it is ready, and prints what it says.
func (a *app) health(ctx context.Context, what asked) error {
	address, lang, unread := a.running()
	daemon, err := a.client(cmp.Or(what.url, address), lang)
	if err != nil {
		return badInput(err)
	}
	if what.url == "" && a.env("KIGEN_URL") == "" {
		if err := a.atListener(daemon); err != nil {
			return errors.Join(err, unread)
		}
	}
	ready, state, err := daemon.Ready(ctx, what.replica)
	if err != nil {
		return errors.Join(err, unread)
	}
	var said web.Health // without faults for callers who may not read them
	if state != nil {
		if err := client.Decode(state, &said); err != nil {
			return err
		}
	}
	if err := a.printHealth(lang, ready, &said, what.asJSON); err != nil || ready {
		return err
	}
	return fmt.Errorf("kigen at %s is not ready: kigen help operations says what to look at", cmp.Or(what.url, address))
}

// atListener leads a client of a kigen that speaks TLS to its listener.
func (a *app) atListener(daemon *client.Client) error {
	c, err := a.load()
	if err != nil || c.TLS == nil {
		return nil //nolint:nilerr // a configuration that can't be read is reported beside the answer
	}
	return daemon.AtListener(c.Listen, c.TLS.Cert)
}

func (a *app) printHealth(lang string, ready bool, said *web.Health, asJSON bool) error {
	faults := append([]web.Fault{}, said.Faults...) // a list also where there is none
	if asJSON {
		return json.NewEncoder(a.out).Encode(struct {
			Ready  bool        `json:"ready"`
			Faults []web.Fault `json:"faults"`
		}{ready, faults})
	}
	text := ""
	if ready {
		text = say(lang, "ready")
	}
	for _, f := range faults {
		text += f.Text.In(lang) + "\n"
	}
	_, err := fmt.Fprint(a.out, text)
	return err
}
