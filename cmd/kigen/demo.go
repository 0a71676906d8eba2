package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/demo"
)

// demoCommand ignores the configuration, so that a demo cannot post to a real channel.
func (a *app) demoCommand() *cobra.Command {
	var length time.Duration
	cmd := &cobra.Command{
		Use: "demo", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if length < 0 {
				return badInput(fmt.Errorf("--for %s: must not be negative: use a length such as 30s, or omit it to run until Ctrl-C", length))
			}
			if cmd.Flags().Changed("config") {
				return badInput(errors.New("--config: the demo uses the built-in vendors and sends no messages: omit it"))
			}
			return demo.Run(cmd.Context(), demo.Options{
				Out: a.out, Err: a.errOut, Colour: takesColour(a.out, a.env("NO_COLOR")),
				Lang: a.language, For: length, Version: buildVersion(), Environ: a.environ,
			})
		},
	}
	cmd.Flags().DurationVar(&length, "for", 0, "stop after this `LENGTH`, such as 30s; default: run until Ctrl-C")
	return cmd
}
