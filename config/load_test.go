package config_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kigen/config"
	"kigen/config/tree"
	"kigen/sla/policy"
	"kigen/sla/register"
)

var designEnv = []string{
	"SLACK_BOT_TOKEN=xoxb-token", "SLACK_APP_TOKEN=xapp-token", "HOOK_SECRET=hook-secret",
	"SLACK_WEBHOOK_URL=https://hooks.slack.com/services/T/B/x", "HEARTBEAT_URL=https://hc.example.jp/ping/key",
}

// parse reads a configuration that is expected to be right.
func parse(t testing.TB, yaml string, environ ...string) *config.Config {
	t.Helper()
	c, err := config.Parse("kigen.yaml", []byte(yaml), environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refused reads a configuration that is expected to be wrong.
func refused(t testing.TB, yaml string, environ ...string) tree.Invalid {
	t.Helper()
	_, err := config.Parse("kigen.yaml", []byte(yaml), environ)
	var problems tree.Invalid
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want config.Invalid", err)
	}
	return problems
}

func TestDefaults(t *testing.T) {
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := *c
	got.Catalogue, got.Calendars = nil, nil
	want := config.Config{
		Listen:       "127.0.0.1:8080",
		Database:     "kigen.db",
		Timezone:     got.Timezone,
		Language:     "ja",
		Sessions:     config.Sessions{Idle: 8 * time.Hour, Life: 24 * time.Hour, Most: 10},
		Destinations: map[string]config.Destination{"console": {Kind: &config.Console{}}},
		Alerts: policy.Policies{{
			To: []string{"console"}, Warn: []policy.Lead{{Share: 0.5}, {Before: time.Hour}}, Repeat: 4 * time.Hour,
		}},
		Report:   config.Report{Schedule: "CRON_TZ=Asia/Tokyo 0 9 1 * *", To: []string{"console"}, Formats: []string{"pdf", "xlsx"}, Language: "ja"},
		Register: map[string]register.Entry{},
	}
	for _, id := range []string{"sustaina", "sotas", "tatsujin", "superstream", "cybertrust"} {
		want.Register[id] = register.Entry{Kept: register.KeptInCatalogue}
	}
	if got.Timezone.String() != "Asia/Tokyo" {
		t.Errorf("the zone is %s", got.Timezone)
	}
	if !equalShown(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// equalShown compares all exported fields.
func equalShown(a, b config.Config) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if va.Type().Field(i).IsExported() && !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			return false
		}
	}
	return true
}

func TestDesignExample(t *testing.T) {
	c, err := config.Load("testdata/good/design.yaml", designEnv)
	if err != nil {
		t.Fatal(err)
	}
	wantDestinations := map[string]config.Destination{
		"soc":  {Kind: &config.Slack{Token: "xoxb-token", Channel: "C0123456789", APIURL: "https://slack.com/api/"}},
		"lead": {Kind: &config.Email{SMTP: "smtp://127.0.0.1:25", From: "kigen@example.jp", To: []string{"lead@example.jp"}}},
		"siem": {Kind: &config.Webhook{URL: "https://siem.example.jp/kigen", Secret: "hook-secret"}},
	}
	if !reflect.DeepEqual(c.Destinations, wantDestinations) {
		t.Errorf("destinations are %+v", c.Destinations)
	}
	wantAlerts := policy.Policies{
		{To: []string{"soc"}, Warn: []policy.Lead{{Share: 0.5}, {Before: time.Hour}}, Repeat: 4 * time.Hour},
		{To: []string{"lead"}, After: 2 * time.Hour},
	}
	if !reflect.DeepEqual(c.Alerts, wantAlerts) {
		t.Errorf("alerts are %+v", c.Alerts)
	}
	if want := (config.Report{Schedule: "CRON_TZ=Asia/Tokyo 0 9 1 * *", To: []string{"soc", "lead"}, Formats: []string{"pdf", "xlsx"}, Language: "ja"}); !reflect.DeepEqual(c.Report, want) {
		t.Errorf("the report is %+v", c.Report)
	}
	ids := c.Catalogue.IDs()
	if want := []string{"cybertrust", "sotas", "superstream", "sustaina", "tatsujin", "acme"}; !slices.Equal(ids, want) {
		t.Errorf("vendors are %v", ids)
	}
	calendars := slices.Sorted(maps.Keys(c.Calendars))
	if want := []string{"cybertrust", "office", "sotas", "superstream", "sustaina", "tatsujin"}; !slices.Equal(calendars, want) {
		t.Errorf("calendars are %v", calendars)
	}
	acme, _ := c.Catalogue.Vendor("acme")
	if acme.Promises[0].Calendar != c.Calendars["office"] {
		t.Error("acme's promise does not count in the office's calendar")
	}
	if c.Path != "testdata/good/design.yaml" {
		t.Errorf("the path is %q", c.Path)
	}
}

// TestOfficeCalendar asks the design example's calendar about every kind of
// exception that it holds.
func TestOfficeCalendar(t *testing.T) {
	c, err := config.Load("testdata/good/design.yaml", designEnv)
	if err != nil {
		t.Fatal(err)
	}
	office := c.Calendars["office"]
	for day, open := range map[string]bool{
		"2026-05-01": true,
		"2026-05-02": true,  // a Saturday, opened
		"2026-05-09": false, // a Saturday
		"2026-05-05": false, // こどもの日
		"2026-06-15": false, // closed for a day
		"2026-08-11": false, // 山の日
		"2026-08-12": false, // the closed range
		"2026-08-13": false,
		"2026-08-14": false,
		"2026-08-17": true,
		"2026-12-28": true,
		"2026-12-29": false, // the yearly range, over the new year
		"2031-12-31": false,
		"2027-01-04": true,
	} {
		if got := office.IsBusinessDay(date(t, day)); got != open {
			t.Errorf("%s: business day %v, want %v", day, got, open)
		}
	}
	if name := office.Day(date(t, "2031-12-31")).Name; name.Ja != "年末年始" || name.En != "New Year" {
		t.Errorf("the closure is called %+v", name)
	}
	if got := office.Unpublished(); got.Ja != "臨時休業日" || got.En != "extraordinary closures" {
		t.Errorf("unpublished closures are called %+v", got)
	}
	first, last := office.Range()
	if first != date(t, "2000-01-01") || last != date(t, "2060-12-31") {
		t.Errorf("covers %s to %s", first, last)
	}
}

func TestOddButRight(t *testing.T) {
	c, err := config.Load("testdata/good/odd-but-right.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.BaseURL != "https://kigen.example.jp/soc" {
		t.Errorf("the base URL is %q", c.BaseURL)
	}
	if c.Destinations["here"].Kind.Name() != "console" {
		t.Error("a console without a value is none")
	}
	chat := c.Destinations["chat"].Slack()
	if got := chat.Token.Reveal(); got != "cost${5}" {
		t.Errorf("the token is %q", got)
	}
	if chat.APIURL != "http://127.0.0.1:9/api/" {
		t.Errorf("the API's URL is %q: methods are appended to it", chat.APIURL)
	}
	want := policy.Policies{
		{To: []string{"here", "team"}},
		{To: []string{"team"}, Warn: []policy.Lead{{Share: 0.9}}, After: 90 * time.Minute},
	}
	if !reflect.DeepEqual(c.Alerts, want) {
		t.Errorf("alerts are %+v", c.Alerts)
	}
	if len(c.Report.To) != 0 {
		t.Errorf("the report goes to %v, though it was told to go nowhere", c.Report.To)
	}
	cybertrust, _ := c.Catalogue.Vendor("cybertrust")
	if expect := cybertrust.Promises[0].Expect; expect == nil || expect.Count != 3 {
		t.Errorf("cybertrust is expected by %v", expect)
	}
	week := c.Calendars["week"]
	for day, open := range map[string]bool{
		"2026-12-19": true, "2026-12-20": true, "2026-12-21": true, "2026-12-22": false,
		"2026-12-23": true, "2026-12-24": false, "2026-12-25": false,
	} {
		if got := week.IsBusinessDay(date(t, day)); got != open {
			t.Errorf("%s: business day %v, want %v", day, got, open)
		}
	}
}

// TestEveryoneIsTold defines destinations and nothing else.
func TestEveryoneIsTold(t *testing.T) {
	c := parse(t, "timezone: Europe/Berlin\ndestinations: {soc: {console: {}}, lead: {console: {}}}")
	want := []string{"soc", "lead"}
	if !slices.Equal(c.Alerts[0].To, want) || !slices.Equal(c.Report.To, want) {
		t.Errorf("alerts go to %v, the report to %v, want %v", c.Alerts[0].To, c.Report.To, want)
	}
	if c.Report.Schedule != "CRON_TZ=Europe/Berlin 0 9 1 * *" {
		t.Errorf("the report comes at %q, not at nine in the configured zone", c.Report.Schedule)
	}
}

func TestSampleLoadsAndMeansTheDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.yaml")
	if err := os.WriteFile(path, config.Sample(), 0o600); err != nil {
		t.Fatal(err)
	}
	sample, err := config.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if sample.Database != filepath.Join(filepath.Dir(path), "kigen.db") || sample.Written != "kigen.db" {
		t.Errorf("the database is %q, written %q", sample.Database, sample.Written)
	}
	sample.Path, sample.Database, sample.Written = "", defaults.Database, ""
	sample.Catalogue, defaults.Catalogue, sample.Calendars, defaults.Calendars = nil, nil, nil, nil
	if !equalShown(*sample, *defaults) {
		t.Errorf("the sample gives %+v\nwant %+v", sample, defaults)
	}
}

// TestSampleExamplesAreRight loads the sample with its examples switched on:
// in "#key" and "#  key" the # is dropped, "# words" is prose.
func TestSampleExamplesAreRight(t *testing.T) {
	example := regexp.MustCompile(`(?m)^#([^ \n]| {2})`)
	dir := t.TempDir()
	writeCertificate(t, dir, "kigen")
	c, err := loadIn(t, dir, example.ReplaceAllString(string(config.Sample()), "$1"), append(designEnv, "OIDC_CLIENT_SECRET=x", "IMAP_PASSWORD=x", "TEAMS_URL=https://x.environment.api.powerplatform.com/w?sig=x", "CHAT_URL=https://chat.googleapis.com/v1/spaces/S/messages?key=x&token=x", "PD_KEY=0123456789abcdef0123456789abcdef")...)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Destinations) != 10 || len(c.Alerts) != 6 || len(c.Catalogue) != 6 || c.BaseURL == "" || c.TLS == nil || c.OIDC == nil || c.Heartbeat.Every == 0 || c.Backup.Keep == 0 {
		t.Errorf("not all examples were switched on: %+v", c)
	}
}

func TestNoSuchFile(t *testing.T) {
	for path, want := range map[string]string{
		filepath.Join(t.TempDir(), "nowhere.yaml"): "no such file",
		t.TempDir(): "is not a regular file",
	} {
		_, err := config.Load(path, nil)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want the path and %q", path, err, want)
		}
	}
	if _, err := config.Load("nowhere.yaml", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is no fs.ErrNotExist", err)
	}
}

func TestHugeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kigen.yaml")
	if err := os.WriteFile(path, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path, nil); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}
