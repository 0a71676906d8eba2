// Package pattern has regular expressions that are compiled when they are first used. The
// readers of clauses, mails and status pages have hundreds of them, which every command would
// compile before it begins: a third of the time that a short one takes.
package pattern

import (
	"fmt"
	"regexp"
	"sync"
)

// Pattern is a regular expression in RE2's syntax. Its methods are those of regexp.Regexp, and
// it is as safe for use by several goroutines.
type Pattern struct {
	expression string
	compiled   func() *regexp.Regexp
}

// The patterns of a process, for Check.
var (
	mu  sync.Mutex
	all []*Pattern
)

// New makes a pattern. One that does not compile panics at its first use.
func New(expression string) *Pattern {
	p := &Pattern{expression, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })}
	mu.Lock()
	defer mu.Unlock()
	all = append(all, p)
	return p
}

// Check compiles all patterns of the process, and returns how many there are and the error of
// the first that does not compile.
func Check() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	for _, p := range all {
		if _, err := regexp.Compile(p.expression); err != nil {
			return 0, fmt.Errorf("pattern %q: %w", p.expression, err)
		}
	}
	return len(all), nil
}

// MatchString is that of regexp.Regexp.
func (p *Pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }

// FindString is that of regexp.Regexp.
func (p *Pattern) FindString(s string) string { return p.compiled().FindString(s) }

// FindStringIndex is that of regexp.Regexp.
func (p *Pattern) FindStringIndex(s string) []int { return p.compiled().FindStringIndex(s) }

// FindSubmatch is that of regexp.Regexp.
func (p *Pattern) FindSubmatch(b []byte) [][]byte { return p.compiled().FindSubmatch(b) }

// FindStringSubmatch is that of regexp.Regexp.
func (p *Pattern) FindStringSubmatch(s string) []string { return p.compiled().FindStringSubmatch(s) }

// FindAllString is that of regexp.Regexp.
func (p *Pattern) FindAllString(s string, n int) []string { return p.compiled().FindAllString(s, n) }

// FindAllStringIndex is that of regexp.Regexp.
func (p *Pattern) FindAllStringIndex(s string, n int) [][]int {
	return p.compiled().FindAllStringIndex(s, n)
}

// FindAllStringSubmatch is that of regexp.Regexp.
func (p *Pattern) FindAllStringSubmatch(s string, n int) [][]string {
	return p.compiled().FindAllStringSubmatch(s, n)
}

// FindAllStringSubmatchIndex is that of regexp.Regexp.
func (p *Pattern) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return p.compiled().FindAllStringSubmatchIndex(s, n)
}

// ReplaceAllString is that of regexp.Regexp.
func (p *Pattern) ReplaceAllString(s, by string) string { return p.compiled().ReplaceAllString(s, by) }

// ReplaceAllStringFunc is that of regexp.Regexp.
func (p *Pattern) ReplaceAllStringFunc(s string, by func(string) string) string {
	return p.compiled().ReplaceAllStringFunc(s, by)
}

// Split is that of regexp.Regexp.
func (p *Pattern) Split(s string, n int) []string { return p.compiled().Split(s, n) }
