package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	File    string // as it was given, a file of the built-in catalogue, or an environment variable
	Line    int    // from 1; 0: no line to point at
	Field   string // such as alerts[0].warn[1]
	Value   string // as it was written, secrets masked; empty: nothing to show
	Message string // what is wrong and what would be right
}

// String writes the problem on one line, as compilers do.
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

// Invalid is a configuration that was refused, with everything that is wrong
// with it in the order of the lines.
type Invalid []Problem

// Error lists the problems, one a line.
func (e Invalid) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// sorted puts the problems into reading order and drops repetitions: an
// override of several versions of a promise is decoded once for each.
func (e Invalid) sorted() Invalid {
	slices.SortStableFunc(e, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(e)
}

// orList writes "a, b or c".
func orList(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

// nearest finds the known word that a mistyped one most likely meant.
func nearest(word string, known []string) (string, bool) {
	const farthest = 2 // edits; more is another word
	best, bestEdits := "", farthest+1
	for _, k := range known {
		if n := edits(strings.ToLower(word), k); n < bestEdits && n < len(k) {
			best, bestEdits = k, n
		}
	}
	return best, best != ""
}

// edits counts the insertions, deletions and changes of a letter that turn a
// into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
