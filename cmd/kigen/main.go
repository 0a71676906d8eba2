// Command kigen tells a SOC team when a cloud vendor has broken its promise to
// speak of an incident. Its subcommands turn flags into calls and errors into
// exit codes; what they call lives in the packages below and beside.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // every zone, also on machines without the tz database
)

// Exit codes. Scripts rely on them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or bad input
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(stdin, stdout, stderr)
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if !a.begun {
		err = badInput(fmt.Errorf("%w\nsee %s --help", err, cmd.CommandPath())) // the command line itself was not understood
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(stderr, "kigen: %s\n", strings.TrimRight(line, "\n"))
	}
	return exitCode(err)
}
