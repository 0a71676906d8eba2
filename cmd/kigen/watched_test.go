package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"kigen/notify/fakeslack"
)

// watchDir holds the rules for Prometheus and the dashboards for Grafana.
const watchDir = "../../.packaging/watch"

// dashboard is what the test reads of a dashboard.
type dashboard struct {
	Panels []struct {
		Title, Description string
		Targets            []struct{ Expr string }
	}
}

func readDashboard(t *testing.T, lang string) (d dashboard, expressions []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(watchDir, "kigen.dashboard."+lang+".json"))
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	return d, expressions
}

func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
			t.Fatal(err)
		}
		t.Skip("promtool is missing: apt-get install prometheus")
	}
	command := exec.CommandContext(t.Context(), path, args...) //nolint:gosec // a tool with the test's own files
	command.Dir = watchDir
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAlertingRules(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", "kigen.rules.yaml")
	promtool(t, "test", "rules", "kigen.rules.test.yaml")
	tested, err := os.ReadFile(filepath.Join(watchDir, "kigen.rules.test.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range readRules(t) {
		if !strings.Contains(string(tested), fmt.Sprintf("alertname=%q", rule.Alert)) {
			t.Errorf("no test has %s fire", rule.Alert)
		}
		for _, key := range []string{"summary", "runbook"} {
			if en, ja := rule.Annotations[key], rule.Annotations[key+"_ja"]; en == "" || !japanese.MatchString(ja) {
				t.Errorf("%s: %s is %q and %q", rule.Alert, key, en, ja)
			}
		}
	}
}

// alertingRule is a rule of Prometheus.
type alertingRule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Annotations map[string]string `yaml:"annotations"`
}

func readRules(t *testing.T) []alertingRule {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []alertingRule `yaml:"rules"`
		} `yaml:"groups"`
	}
	text, err := os.ReadFile(filepath.Join(watchDir, "kigen.rules.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &file)
	}
	if err != nil || len(file.Groups) != 1 || len(file.Groups[0].Rules) == 0 {
		t.Fatalf("rules: %v, %+v", err, file)
	}
	return file.Groups[0].Rules
}

// The two dashboards differ in their words alone, and promtool reads their expressions.
func TestDashboards(t *testing.T) {
	t.Parallel()
	en, want := readDashboard(t, "en")
	ja, got := readDashboard(t, "ja")
	if !slices.Equal(want, got) || len(en.Panels) != len(ja.Panels) {
		t.Errorf("the dashboards ask for different things: %q and %q", want, got)
	}
	for i := range ja.Panels {
		if !japanese.MatchString(ja.Panels[i].Title) || japanese.MatchString(en.Panels[i].Title+en.Panels[i].Description) {
			t.Errorf("panel %d is called %q and %q", i, en.Panels[i].Title, ja.Panels[i].Title)
		}
	}
	rules := "groups:\n  - name: panels\n    rules:\n"
	for i, expr := range want {
		rules += fmt.Sprintf("      - {record: 'panel:%d', expr: %q}\n", i, expr)
	}
	path := filepath.Join(t.TempDir(), "panels.yaml")
	if err := os.WriteFile(path, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", path)
}

var (
	metricName  = regexp.MustCompile(`\b(?:kigen|process)_[a-z_]+`)
	metricTypes = regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
)

// What rules, dashboards and documentation name is measured by a running kigen, and what
// it measures is documented.
func TestWatchedMetricsExist(t *testing.T) {
	t.Parallel()
	w := &town{t: t, dir: t.TempDir()}
	w.slack = fakeslack.New(fakeslack.Options{Token: botToken, Channels: []string{channel, otherChannel}})
	server := httptest.NewServer(w.slack)
	t.Cleanup(server.Close)
	monitor := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(monitor.Close)
	w.api = server.URL + "/api/"
	w.write("  soc: SLACK", "  - {to: [soc]}")
	w.rewrite(fmt.Sprintf("heartbeat: {url: %q}\nbackup: {dir: backups}\nintake: {status: {feed: \"http://127.0.0.1:1/rss.xml\", vendor: sotas}}\n", monitor.URL))
	w.kigen = serve(t, w.dir)
	id, due := w.kigen.logDueIn(time.Second, "To be measured")
	eventually(t, time.Until(due)+30*time.Second, "the alert", func() bool { return len(w.in(channel, id)) == 1 })

	var measured, documented []string
	eventually(t, 30*time.Second, "the outcome in the metrics", func() bool {
		text := w.kigen.get("/metrics")
		measured, documented = nil, nil
		for _, found := range metricTypes.FindAllStringSubmatch(text, -1) {
			measured = append(measured, found[1])
			documented = append(documented, found[1])
			if found[2] == "histogram" {
				measured = append(measured, found[1]+"_bucket", found[1]+"_sum", found[1]+"_count")
			}
		}
		return slices.Contains(measured, "kigen_deliveries_total") && slices.Contains(measured, "kigen_delivery_lag_seconds")
	})
	uses := map[string]string{}
	_, expressions := readDashboard(t, "en")
	uses["dashboards"] = strings.Join(expressions, "\n")
	for _, rule := range readRules(t) {
		uses["rules"] += rule.Expr + "\n"
	}
	for _, lang := range []string{"en", "ja"} {
		text, err := os.ReadFile(filepath.Join("docs", lang, "operations.md"))
		if err != nil {
			t.Fatal(err)
		}
		uses["docs/"+lang] = string(text)
		for _, name := range documented {
			if strings.HasPrefix(name, "kigen_") && !strings.Contains(string(text), "`"+name) {
				t.Errorf("docs/%s/operations.md says nothing about %s", lang, name)
			}
		}
	}
	for where, text := range uses {
		names := metricName.FindAllString(text, -1)
		if len(names) == 0 {
			t.Errorf("%s name no metric", where)
		}
		for _, name := range names {
			if !slices.Contains(measured, name) {
				t.Errorf("%s name %s, which a running kigen does not measure", where, name)
			}
		}
	}
}
