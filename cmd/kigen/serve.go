package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
	"kigen/store"
)

// stopBound is how long a daemon gets to finish what it is doing.
const stopBound = 30 * time.Second

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the daemon: watch, alert, report / 常駐する", Args: cobra.NoArgs,
		Long: "Run the daemon until it is told to stop. Without a configuration it keeps kigen.db in the\n" +
			"working directory, knows the built-in vendors, prints alerts here and answers on 127.0.0.1:8080.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), c)
		},
	}
}

// serve keeps standard output for people and alerts, and logs to standard error.
func (a *app) serve(ctx context.Context, c *config.Config) error {
	log := slog.New(slog.NewTextHandler(a.errOut, nil))
	d, err := daemon.New(ctx, c, daemon.Options{
		Version: buildVersion(), Console: a.out, Colour: takesColour(a.out, a.env("NO_COLOR")), Log: log,
	})
	if err != nil {
		return databaseError(err)
	}
	d.Start()
	fmt.Fprintf(a.out, say(a.lang(c), "kigen 稼働中: %s(データベース %s、ベンダー%d社)。Ctrl-C で終了\n",
		"kigen is running: %s (database %s, %d vendors). Ctrl-C stops it\n"), d.URL(), c.Database, len(c.Catalogue))
	err = d.Wait(ctx)
	log.Info("stopping")
	// ctx has ended, or it would not stop; what is under way may still finish.
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBound)
	defer cancel()
	return errors.Join(err, d.Stop(bound))
}

// databaseError marks a database that this kigen can't work with as the
// user's to mend.
func databaseError(err error) error {
	if errors.Is(err, store.ErrNewer) || errors.Is(err, store.ErrForeign) {
		return badInput(err)
	}
	return err
}

// takesColour reports whether w is a terminal whose user has not declined.
func takesColour(w io.Writer, noColour string) bool {
	file, ok := w.(*os.File)
	if !ok || noColour != "" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
