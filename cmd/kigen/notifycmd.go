package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
	"kigen/notify"
	"kigen/sla"
)

// notifyCommand sends past the outbox: a test must say at once whether it arrived.
func (a *app) notifyCommand() *cobra.Command {
	return group("notify", "Try out destinations / 通知先を試す", a.notifyTestCommand())
}

func (a *app) notifyTestCommand() *cobra.Command {
	return &cobra.Command{
		Use: "test DEST", Short: "Send a test message / 試しに送る", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			name := args[0]
			configured, known := c.Destinations[name]
			if !known {
				return badInput(fmt.Errorf("DEST %q: is not configured: use one of %s, or define it under destinations in the configuration",
					name, strings.Join(slices.Sorted(maps.Keys(c.Destinations)), ", ")))
			}
			destination, err := daemon.Destination(configured, daemon.Options{
				Console: a.out, Colour: takesColour(a.out, a.env("NO_COLOR")), Log: slog.New(slog.DiscardHandler),
			})
			if err != nil {
				return badInput(fmt.Errorf("destinations.%s: %w", name, err))
			}
			message, err := a.testMessage(c, name)
			if err != nil {
				return err
			}
			if _, err := destination.Post(cmd.Context(), message); err != nil {
				return fmt.Errorf("destinations.%s: %w", name, err)
			}
			_, err = fmt.Fprintf(a.out, say(a.lang(c), "%s に送りました\n", "sent to %s\n"), name)
			return err
		},
	}
}

// testMessage is written as a report is, which needs no incident.
func (a *app) testMessage(c *config.Config, name string) (*notify.Message, error) {
	lang, now := a.lang(c), a.now()
	body, err := json.Marshal(map[string]any{
		"title": say(lang, "kigen の試験送信", "kigen: a test"),
		"lines": []string{say(lang, "この通知先("+name+")に通知が届きます。対応は不要です。", "Alerts for "+name+" arrive here. Nothing to do.")},
		"link":  c.BaseURL,
	})
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("test/%s/%d", name, now.UnixMilli())
	writer := notify.Writer{Lang: lang, Zone: c.Timezone, BaseURL: c.BaseURL, Vendors: c.Catalogue}
	return writer.Write(&sla.Delivery{
		Key: key, Destination: name, Kind: sla.Post, Attempts: 1,
		Alert: sla.Alert{Key: key, Reason: sla.ReasonReport, At: now, Body: body},
	}, now), nil
}
