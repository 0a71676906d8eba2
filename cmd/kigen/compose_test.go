package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"kigen/cmd/kigen/docs"
)

// composed is what the test reads of a compose file.
type composed struct {
	Services map[string]struct {
		Image       string
		Build       struct{ Context, Dockerfile string }
		Ports       []string
		Environment map[string]string
		Secrets     []string
		Configs     []struct{ Source, Target string }
		Networks    map[string]struct {
			Address string `yaml:"ipv4_address"`
		}
	}
	Secrets map[string]struct{ File string }
	Configs map[string]struct{ Content string }
}

const composeDir = "../../.packaging/compose/two-replicas"

// TestComposeFile: the configuration in the compose file is one that kigen accepts, its
// parts fit together, and the page shows it as it is.
func TestComposeFile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(composeDir, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file composed
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for name, s := range file.Services {
		if !regexp.MustCompile(`^(kigen:local|docker\.io/library/(haproxy:2\.8|postgres:15))$`).MatchString(s.Image) {
			t.Errorf("%s has the image %s", name, s.Image)
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s is open to others at %s", name, port)
			}
		}
		for _, secret := range s.Secrets {
			if file.Secrets[secret].File == "" {
				t.Errorf("%s names the secret %s, which has no file", name, secret)
			}
		}
		for _, c := range s.Configs {
			if file.Configs[c.Source].Content == "" {
				t.Errorf("%s names the configuration %s, which is empty", name, c.Source)
			}
		}
	}
	checkComposedKigen(t, &file)
	checkComposedImage(t, &file)
	for _, lang := range []string{"ja", "en"} {
		page, _ := docs.Read(lang, "postgresql")
		if !slices.ContainsFunc(page.Blocks(), func(b docs.Block) bool {
			return b.Kind == "yaml" && strings.TrimSpace(b.Text) == strings.TrimSpace(string(text))
		}) {
			t.Errorf("the page %s does not show the compose file as it is", lang)
		}
	}
}

// checkComposedKigen checks the configuration of the replicas and of the proxy.
func checkComposedKigen(t *testing.T, file *composed) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kigen.yaml"), file.Configs["kigen"].Content)
	write(t, filepath.Join(dir, "database_url"), "postgres://kigen:geheim@127.0.0.1:1/kigen?sslmode=disable")
	for _, name := range []string{"kigen-1", "kigen-2"} {
		s, there := file.Services[name]
		if !there {
			t.Fatalf("there is no %s", name)
		}
		var env []string
		for key, value := range s.Environment {
			value = strings.ReplaceAll(strings.ReplaceAll(value, "/run/secrets", dir), "/etc/kigen", dir)
			env = append(env, key+"="+value)
		}
		r := runIn(t, dir, env, "", "config", "check")
		if r.code != 0 {
			t.Errorf("%s: kigen config check: exit %d\n%s%s", name, r.code, r.stdout, r.stderr)
		}
		if shown := runIn(t, dir, env, "", "config", "print"); !strings.Contains(shown.stdout, "127.0.0.1:1/kigen") || strings.Contains(shown.stdout, "geheim") {
			t.Errorf("%s: kigen config print shows\n%s", name, shown.stdout)
		}
		if !strings.Contains(file.Configs["proxy"].Content, "server "+name+" "+name+":8080") {
			t.Errorf("the proxy does not know %s", name)
		}
	}
	proxy := file.Services["proxy"].Networks["default"].Address
	for _, want := range []string{"listen: 0.0.0.0:8080\n", "trusted_proxies: [" + proxy + "]\n"} {
		if !strings.Contains(file.Configs["kigen"].Content, want) {
			t.Errorf("the configuration of the replicas lacks %q", want)
		}
	}
	if !strings.Contains(file.Configs["proxy"].Content, "option httpchk GET /readyz?replica") {
		t.Error("the proxy does not ask /readyz?replica")
	}
}

// checkComposedImage checks that the image is built by the Go of go.mod from these sources.
func checkComposedImage(t *testing.T, file *composed) {
	t.Helper()
	build := file.Services["kigen-1"].Build
	docker, err := os.ReadFile(filepath.Join(composeDir, build.Context, build.Dockerfile))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)[1]
	if !strings.Contains(string(docker), "golang:"+string(version)+"-") || !strings.Contains(string(docker), "./cmd/kigen\n") {
		t.Errorf("the image is not built by Go %s from ./cmd/kigen:\n%s", version, docker)
	}
}
