package main_test

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const goodPassword = "several words of no one"

// sign-in is managed beside a running daemon, and holds there at once.
func TestUsersAndTokensBesideTheDaemon(t *testing.T) {
	t.Parallel()
	_, dir := workspace(t)
	daemon := serve(t, dir)
	run := func(stdin string, args ...string) result {
		t.Helper()
		return runIn(t, dir, english, stdin, append(args, "--config", "kigen.yaml")...)
	}
	asToken := func(token string, args ...string) result {
		t.Helper()
		return runIn(t, dir, []string{"KIGEN_LANGUAGE=en", "KIGEN_URL=" + daemon.url, "KIGEN_TOKEN=" + token}, "", args...)
	}
	refused := func(r result, code int, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if r.code != code || !strings.Contains(r.stderr, want) {
				t.Errorf("exit %d, %s; want %d and %q", r.code, r.stderr, code, want)
			}
		}
		if strings.Contains(r.stdout+r.stderr, goodPassword) {
			t.Error("the password is shown")
		}
	}
	daemon.ask("incident", "list") // open, as nobody was made yet

	refused(run("short\n", "user", "add", "yamada", "--password-stdin"), 2, "password: is too short")
	refused(run("", "user", "add", "yamada"), 2, "--password-stdin")
	refused(run(goodPassword, "user", "add", "yamada", "--role", "boss", "--password-stdin"), 2, `role "boss"`, "viewer, analyst or admin")
	refused(run(goodPassword, "user", "add", "Yamada", "--password-stdin"), 2, `NAME "Yamada"`)
	refused(run("", "user", "add", "yamada", "--password", goodPassword[:7]), 2, "unknown flag")
	if r := run(goodPassword+"\n", "user", "add", "yamada", "--role", "analyst", "--password-stdin"); r.code != 0 || !strings.Contains(r.stderr, "From now on") {
		t.Fatalf("%+v", r)
	}
	refused(run(goodPassword, "user", "add", "yamada", "--password-stdin"), 2, "is taken")

	refused(daemon.try("--lang", "en", "incident", "list"), 1, "kigen token add", "KIGEN_TOKEN")
	token := strings.TrimSpace(worked(t, run("", "token", "add", "soar", "--role", "analyst", "--expires", "90d")))
	if !strings.HasPrefix(token, "kgn_") || strings.ContainsAny(token, " \n") {
		t.Fatalf("standard output is %q", token)
	}
	viewer := strings.TrimSpace(worked(t, run("", "token", "add", "wall")))
	inc := readIncident(t, worked(t, asToken(token, "incident", "log", "--vendor", "sotas", "--title", "x", "--occurred-at", "2026-05-01 18:00", "--json")))
	worked(t, asToken(viewer, "incident", "show", inc.ID))
	refused(asToken(viewer, "incident", "ack", inc.ID), 1, "role analyst", "token:wall")
	worked(t, asToken(token, "incident", "ack", inc.ID))
	if shown := worked(t, asToken(viewer, "incident", "show", inc.ID)); !strings.Contains(shown, "token:soar ("+operator(t)+")") || !strings.Contains(shown, "127.0.0.1") {
		t.Errorf("the history does not say who, and from where:\n%s", shown)
	}
	worked(t, asToken(viewer, "report", "2026-05", "--format", "csv"))

	worked(t, run("", "token", "revoke", "soar"))
	refused(asToken(token, "incident", "list"), 1, "revoked")
	refused(run("", "token", "revoke", "soar"), 2, "is not an active token")
	refused(run("", "token", "add", "x", "--expires", "tomorrow"), 2, `--expires "tomorrow"`)

	worked(t, run(goodPassword+"!\n", "user", "passwd", "yamada", "--password-stdin"))
	worked(t, run("", "user", "role", "yamada", "viewer"))
	worked(t, run("", "user", "disable", "yamada"))
	refused(run("", "user", "disable", "nobody"), 2, `NAME "nobody"`, "kigen user list")
	checkLists(t, run, token)
	daemon.signal(syscall.SIGTERM)
	for _, secret := range []string{token, viewer, goodPassword} {
		if strings.Contains(daemon.out.String(), secret) {
			t.Error("the daemon's output holds a secret")
		}
	}
	if out := worked(t, run("", "db", "verify")); !strings.Contains(out, "intact") {
		t.Error(out)
	}
}

// checkLists looks at what there is now, and that no list lets anybody in.
func checkLists(t *testing.T, run func(stdin string, args ...string) result, token string) {
	t.Helper()
	var users []struct {
		Name, Role, Source string
		Disabled           bool
	}
	var tokens []struct {
		Name, Role, State string
		UsedAt            *string `json:"used_at"`
	}
	var log []struct{ Actor, Kind, Origin string }
	for what, v := range map[string]any{"user list": &users, "token list": &tokens, "user log": &log} {
		out := worked(t, run("", append(strings.Fields(what), "--json")...))
		if err := json.Unmarshal([]byte(out), v); err != nil {
			t.Fatalf("%s: %v in %s", what, err, out)
		}
		table := worked(t, run("", strings.Fields(what)...))
		for _, secret := range []string{token, "argon2", goodPassword} {
			if strings.Contains(out+table, secret) {
				t.Errorf("%s shows %s", what, secret)
			}
		}
	}
	if len(users) != 1 || users[0].Name != "yamada" || users[0].Role != "viewer" || !users[0].Disabled || users[0].Source != "password" {
		t.Errorf("users %+v", users)
	}
	if len(tokens) != 2 || tokens[0].State != "revoked" || tokens[0].UsedAt == nil || tokens[1].State != "works" {
		t.Errorf("tokens %+v", tokens)
	}
	if log[0].Actor != "cli:"+operator(t) || log[0].Origin != "local" {
		t.Errorf("log %+v", log)
	}
	var kinds []string
	for _, line := range log {
		kinds = append(kinds, line.Kind)
	}
	if want := []string{
		"user_added", "unknown_caller", "token_added", "token_added", "denied", "report_read",
		"token_revoked", "unknown_caller", "password_changed", "role_changed", "user_disabled",
	}; !slices.Equal(kinds, want) {
		t.Errorf("the log has %q, want %q", kinds, want)
	}
}

// An access review shows who may get in, and is on record itself; a second factor can
// be reset, and a password be one to change.
func TestAccessReview(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(stdin string, args ...string) result { return runIn(t, dir, english, stdin, args...) }
	worked(t, run(goodPassword+"\n", "user", "add", "yamada", "--role", "admin", "--password-stdin", "--must-change"))
	worked(t, run("", "token", "add", "soar"))
	lines, err := csv.NewReader(strings.NewReader(worked(t, run("", "user", "review")))).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%v: %v", err, lines)
	}
	if l := lines[1]; l[0] != "user" || l[1] != "yamada" || l[2] != "admin" || l[7] != "cli:"+operator(t) {
		t.Errorf("user %v", l)
	}
	if l := lines[2]; l[0] != "token" || l[1] != "soar" || l[13] != "true" {
		t.Errorf("token %v", l)
	}
	var review struct{ Accounts []map[string]any }
	if err := json.Unmarshal([]byte(worked(t, run("", "user", "review", "--format", "json"))), &review); err != nil || len(review.Accounts) != 2 {
		t.Errorf("%v: %v", err, review)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"user", "review", "--format", "xml"}, "use csv or json"}, {[]string{"user", "reset-second-factor", "yamada"}, "has no second factor"},
	} {
		if r := run("", test.args...); r.code != 2 || !strings.Contains(r.stderr, test.want) {
			t.Errorf("%v: exit %d, %s", test.args, r.code, r.stderr)
		}
	}
	worked(t, run("", "user", "end-sessions", "yamada"))
	if out := worked(t, run("", "user", "list", "--json")); !strings.Contains(out, `"must_change":true`) {
		t.Errorf("the users are %s", out)
	}
	if log := worked(t, run("", "user", "log")); strings.Count(log, "access review exported") != 2 || !strings.Contains(log, "sessions ended") {
		t.Errorf("the log is\n%s", log)
	}
}

// Nobody gets in from outside where nobody has to say who they are; making the
// first user is enough, before there is a database.
func TestOutsideNeedsSomebody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := runIn(t, dir, []string{"KIGEN_LANGUAGE=en", "KIGEN_LISTEN=0.0.0.0:0"}, "", "serve")
	if r.code == 0 || !strings.Contains(r.stderr, "kigen user add NAME --role admin") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
	fresh := t.TempDir()
	worked(t, runIn(t, fresh, english, goodPassword, "user", "add", "yamada", "--role", "admin", "--password-stdin"))
	if out := worked(t, runIn(t, fresh, english, "", "user", "list", "--lang", "ja")); !strings.Contains(out, "yamada") || !strings.Contains(out, "最終ログイン") {
		t.Error(out)
	}
	if r := runIn(t, t.TempDir(), english, "", "user", "list"); r.code != 2 || !strings.Contains(r.stderr, "does not exist") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}
