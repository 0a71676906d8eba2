package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/demo"
)

// demoCommand takes no configuration: a demo that posts to a real channel would
// be an incident of its own.
func (a *app) demoCommand() *cobra.Command {
	var length time.Duration
	cmd := &cobra.Command{
		Use: "demo", Short: "See it work, with a throw-away database / 動きを見る", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if length < 0 {
				return badInput(fmt.Errorf("--for %s: must not be negative: give a length such as 30s, or leave it out to run until Ctrl-C", length))
			}
			if cmd.Flags().Changed("config") {
				return badInput(errors.New("--config: the demo uses the built-in vendors and sends nothing anywhere: leave it out"))
			}
			return demo.Run(cmd.Context(), demo.Options{
				Out: a.out, Err: a.errOut, Colour: takesColour(a.out, a.env("NO_COLOR")),
				Lang: a.language, For: length, Version: buildVersion(), Environ: a.environ,
			})
		},
	}
	cmd.Flags().DurationVar(&length, "for", 0, "end by itself after this `LENGTH`, such as 30s; default: run until Ctrl-C")
	return cmd
}
