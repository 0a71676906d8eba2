package tree

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is an error in the configuration.
type Problem struct {
	File    string // as given, a file of the built-in catalogue, or an environment variable
	Line    int    // from 1; 0: none
	Field   string // such as alerts[0].warn[1]
	Value   string // as written, secrets masked; empty: none
	Message string // the error and its remedy
}

// String formats the problem on one line, like a compiler.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
		if p.Line > 0 {
			fmt.Fprintf(&b, "%d:", p.Line)
		}
		b.WriteByte(' ')
	}
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	if p.Value != "" {
		fmt.Fprintf(&b, "%q: ", p.Value)
	}
	b.WriteString(p.Message)
	return b.String()
}

// Invalid is the error of a rejected configuration: all its problems, sorted by line.
type Invalid []Problem

// Error lists the problems, one per line.
func (e Invalid) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Sorted sorts the problems and drops duplicates: an override of several versions of a
// promise is decoded once per version.
func (e Invalid) Sorted() Invalid {
	slices.SortStableFunc(e, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(e)
}

// OrList joins values for a sentence: a, b or c.
func OrList(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
