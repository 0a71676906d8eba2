package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/access"
)

// A review marks accounts and tokens unused for 90 days, and tokens that never expire.
func TestReview(t *testing.T) {
	h := newHouse(t)
	h.user("dormant", access.Admin)
	h.user("seen", access.Viewer)
	h.user("disabled", access.Viewer)
	h.must(h.manage().Disable(t.Context(), "disabled"))
	h.must(h.manage().SetRole(t.Context(), "seen", access.Analyst))
	for name, expires := range map[string]time.Time{"endless": {}, "ends": h.now.AddDate(1, 0, 0)} {
		_, err := h.manage().AddToken(t.Context(), name, access.Viewer, expires)
		h.must(err)
	}
	h.now = h.now.Add(access.DormantAfter)
	e, err := h.enter("seen", "10.0.0.1", "")
	h.must(err)
	_, _, err = h.keeper.BySession(t.Context(), e.Key, access.Use)
	h.must(err)
	_, err = h.manage().AddToken(t.Context(), "=cmd()", access.Viewer, time.Time{})
	if err == nil {
		t.Error("a token may be named like a formula")
	}
	_, err = h.keeper.SignInAs(t.Context(), access.Person{Subject: "x 1", Name: "=cmd|x", Role: access.Viewer}, access.Attempt{From: "10.0.0.1"})
	h.must(err)
	review, err := h.keeper.Review(t.Context())
	h.must(err)
	var got []string
	for _, u := range review.Users {
		got = append(got, fmt.Sprintf("%s %s %s dormant:%v sessions:%d by %s", u.Name, u.Role, u.State, u.Dormant, u.Sessions, u.GrantedBy))
		if u.Password != "" || u.TOTPSecret != "" {
			t.Errorf("the review of %s holds a secret", u.Name)
		}
	}
	for _, k := range review.Tokens {
		got = append(got, fmt.Sprintf("%s %s dormant:%v endless:%v by %s", k.Name, k.State, k.Dormant, k.Endless, k.GrantedBy))
	}
	want := []string{
		"=cmd|x viewer active dormant:false sessions:1 by oidc:=cmd|x", "disabled viewer disabled dormant:false sessions:0 by cli:test",
		"dormant admin active dormant:true sessions:0 by cli:test", "seen analyst active dormant:false sessions:1 by cli:test",
		"endless works dormant:true endless:true by cli:test", "ends works dormant:true endless:false by cli:test",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the review is\n%s", strings.Join(got, "\n"))
	}
	var table strings.Builder
	h.must(review.WriteCSV(&table, time.UTC))
	if lines := strings.Split(table.String(), "\n"); len(lines) != 8 || !strings.HasPrefix(lines[1], "user,'=cmd|x,viewer,oidc,active,false,2026-08-05T12:00:00Z,oidc:=cmd|x,") {
		t.Errorf("the table is\n%s", table.String())
	}
}
