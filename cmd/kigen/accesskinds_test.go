package main_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/access"
	"kigen/sla/phrase"
)

var kindCalls = regexp.MustCompile(`(?:\bline\(|\.Note\([^"\n]*|\bnote\(ctx, |\bset\(|Kind: +|\.Kind = |(?:DrillPassed|DrillFailed|AccessRefused|AccessDenied|AccessUnknown|retainedKind) += )"([a-z]+_[a-z_]+|refused|denied)"`)

// Each kind of line in the access log, and each role, has a name in both languages.
func TestPhraseNamesAccess(t *testing.T) {
	kinds := map[string]bool{}
	eachSource(t, func(pkg, _ string, source []byte, _ *ast.File, _ *token.FileSet) {
		if pkg != "store" && !strings.HasPrefix(pkg, "cmd/kigen") {
			return
		}
		for _, m := range kindCalls.FindAllSubmatch(source, -1) {
			kinds[string(m[1])] = true
		}
	})
	if len(kinds) < 25 {
		t.Fatalf("%d kinds of lines were found: %v", len(kinds), kinds)
	}
	for kind := range kinds {
		if strings.HasSuffix(kind, "_at") { // the name of a time
			continue
		}
		if ja, en := phrase.Access("ja", kind), phrase.Access("en", kind); ja == kind || en == kind && strings.Contains(kind, "_") || !japanese.MatchString(ja) {
			t.Errorf("%s is called %q and %q", kind, ja, en)
		}
	}
	for _, role := range []access.Role{access.Viewer, access.Analyst, access.Admin} {
		if ja := phrase.Role("ja", string(role)); !japanese.MatchString(ja) || phrase.Role("en", string(role)) != string(role) {
			t.Errorf("%s is called %q", role, ja)
		}
	}
}
