package client

import (
	"errors"
	"fmt"
	"strings"
)

// RefusedConfiguration lists the problems of a configuration that the daemon did not
// apply, one a line. The result is no *Problem: the daemon's file is wrong, not the
// request.
func (p *Problem) RefusedConfiguration() error {
	lines := []string{"the configuration was rejected; the previous one stays in effect"}
	for _, m := range p.Errors {
		line := m.Message
		if m.Value != nil {
			line = fmt.Sprintf("%q: %s", fmt.Sprint(m.Value), line)
		}
		if m.Location != "" {
			line = m.Location + ": " + line
		}
		lines = append(lines, line)
	}
	return errors.New(strings.Join(lines, "\n"))
}
