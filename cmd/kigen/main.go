// Command kigen watches the deadlines by which cloud vendors promised to report
// security incidents and alerts a SOC team when a vendor stays silent. This
// package maps flags to calls and errors to exit codes; the work is done in the
// packages that it imports.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones for machines without a tz database

	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

// Exit codes. Scripts rely on them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or bad input
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C terminates the process
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(stdin, stdout, stderr)
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if !a.begun {
		err = badInput(fmt.Errorf("%w\nsee %s --help", err, cmd.CommandPath())) // cobra could not parse the command line
	}
	for line := range strings.Lines(phrase.Lines(localizer.ErrorIn(a.errorLang(args), err))) {
		fmt.Fprintf(stderr, "kigen: %s\n", strings.TrimRight(line, "\n"))
	}
	return exitCode(err)
}
