package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/cmd/kigen/internal/web"
	"kigen/notify"
)

func (a *app) notifyCommand() *cobra.Command {
	return group("notify", a.notifyTestCommand())
}

func (a *app) notifyTestCommand() *cobra.Command {
	var endToEnd, asJSON bool
	cmd := &cobra.Command{
		Use: "test DEST", Args: cobra.ExactArgs(1),
		Long: "Send a test message straight to a destination. With --end-to-end the running kigen plans a deadline\n" +
			"a few seconds ahead, and its alert takes the path of every overdue alert: watch loop, outbox, sender,\n" +
			"destination, recorded receipt. Each stage is printed with its delay; with exit code 1 the failed stage is named,\n" +
			"and any mail recipient that was refused or deferred.\n" +
			"No incident is logged.",
		Example: "  kigen notify test soc\n  kigen notify test soc --end-to-end",
		RunE: func(cmd *cobra.Command, args []string) error {
			if endToEnd {
				return a.tryEndToEnd(cmd.Context(), args[0], asJSON)
			}
			if asJSON {
				return badInput(errors.New("--json: requires --end-to-end: add it, or omit --json"))
			}
			return a.tryDirectly(cmd.Context(), args[0])
		},
	}
	cmd.Flags().BoolVar(&endToEnd, "end-to-end", false, "send through the whole pipeline of the running kigen")
	cmd.Flags().BoolVar(&asJSON, "json", false, "with --end-to-end: print the stages as JSON")
	return cmd
}

// tryDirectly sends a test message without the outbox and without a daemon.
func (a *app) tryDirectly(ctx context.Context, name string) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	configured, known := c.Destinations[name]
	if !known {
		return badInput(fmt.Errorf("DEST %q: is not configured: use one of %s, or define it under destinations in the configuration",
			name, strings.Join(slices.Sorted(maps.Keys(c.Destinations)), ", ")))
	}
	destination, err := daemon.Destination(configured, daemon.Options{
		Console: a.out, Colour: takesColour(a.out, a.env("NO_COLOR")), Log: slog.New(slog.DiscardHandler), BaseURL: c.BaseURL,
	})
	if err != nil {
		return badInput(fmt.Errorf("destinations.%s: %w", name, err))
	}
	writer := notify.Writer{Lang: a.lang(c), Zone: c.Timezone, BaseURL: c.BaseURL, Vendors: c.Catalogue}
	message, err := writer.TestMessage(name, a.now())
	if err != nil {
		return err
	}
	var partial *notify.Partial
	switch _, err := destination.Post(ctx, message); {
	case errors.As(err, &partial):
		return fmt.Errorf("destinations.%s: not every recipient received the message: %w", name, err)
	case err != nil:
		return fmt.Errorf("destinations.%s: %w", name, err)
	}
	if _, err = fmt.Fprintf(a.out, say(a.lang(c), "sent_to"), name); err != nil {
		return err
	}
	if spoken := configured.Spoken(); spoken != nil {
		if hint := spoken.Hint(a.lang(c)); hint != "" {
			_, err = fmt.Fprintln(a.out, hint)
		}
	}
	return err
}

// tryEndToEnd starts a trial in the running kigen.
func (a *app) tryEndToEnd(ctx context.Context, name string, asJSON bool) error {
	s, err := a.session(asJSON)
	if err != nil {
		return err
	}
	body, err := s.daemon.Do(ctx, client.Request{
		Method: http.MethodPost, Path: "/notify/test", Body: map[string]string{"destination": name},
	})
	if err != nil {
		return err
	}
	var trial web.Trial
	if err := client.Decode(body, &trial); err != nil {
		return err
	}
	if asJSON {
		if _, err := a.out.Write(body); err != nil {
			return err
		}
	} else if err := s.Trial(&trial); err != nil {
		return err
	}
	if !trial.OK {
		return fmt.Errorf("destinations.%s: failed at stage %q: %s", name, trial.Failed, trial.Reason)
	}
	return nil
}
