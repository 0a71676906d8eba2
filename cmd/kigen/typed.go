package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/client"
	"kigen/sla/when"
)

// echo prints on standard error how a time was read if its text was incomplete.
func (a *app) echo(lang, field, text string, read when.Time) {
	if said := read.Echo(lang); said != "" {
		fmt.Fprintf(a.errOut, say(lang, "read_as"), field, text, said)
	}
}

// echoTimes prints how the daemon read the typed times. With --json the answer
// holds them.
func (s *session) echoTimes(typed map[string]string, answer []byte) error {
	if len(typed) == 0 || s.asJSON {
		return nil
	}
	known, err := client.AnsweredTimes(answer)
	if err != nil {
		return err
	}
	reader := when.Parser{Now: s.now(), Zone: s.config.Timezone}
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		at, ok := known[name]
		if !ok {
			continue
		}
		echoed := when.Time{At: at, Assumed: when.NoZone}
		// With the same zone on both sides the local reading can explain more: which day, or which of two instants.
		if here, err := reader.Time(typed[name]); err == nil && here.At.Equal(at) && here.Assumed != 0 {
			echoed = here
		}
		s.echo(s.lang, "--"+strings.ReplaceAll(name, "_", "-"), typed[name], echoed)
	}
	return nil
}
