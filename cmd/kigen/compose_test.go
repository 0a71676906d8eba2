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
		ReadOnly    bool `yaml:"read_only"`
		Tmpfs       []string
		CapDrop     []string `yaml:"cap_drop"`
		Volumes     []string
		Configs     []struct{ Source, Target string }
		Networks    map[string]struct {
			Address string `yaml:"ipv4_address"`
		}
	}
	Secrets map[string]struct{ File string }
	Configs map[string]struct{ Content string }
}

const packaging = "../../.packaging"

// TestComposeFiles: the configuration in each compose file is one that kigen accepts, its
// parts fit together, and a page shows it as it is.
func TestComposeFiles(t *testing.T) {
	t.Run("single", func(t *testing.T) {
		file := readComposed(t, "single", "installation")
		checkComposedKigen(t, file, "kigen")
		if volumes := file.Services["kigen"].Volumes; !slices.Contains(volumes, "kigen:/var/lib/kigen") {
			t.Errorf("the database is in no volume: %v", volumes)
		}
	})
	t.Run("two-replicas", func(t *testing.T) {
		file := readComposed(t, "two-replicas", "postgresql")
		checkComposedKigen(t, file, "kigen-1", "kigen-2")
		checkComposedProxy(t, file)
	})
}

// readComposed reads a compose file that a page shows.
func readComposed(t *testing.T, name, topic string) *composed {
	t.Helper()
	dir := filepath.Join(packaging, "compose", name)
	text, err := os.ReadFile(filepath.Join(dir, "compose.yaml"))
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
	checkContainerfile(t, dir, &file)
	for _, lang := range []string{"ja", "en"} {
		page, _ := docs.Read(lang, topic)
		if !slices.ContainsFunc(page.Blocks(), func(b docs.Block) bool {
			return b.Kind == "yaml" && strings.TrimSpace(b.Text) == strings.TrimSpace(string(text))
		}) {
			t.Errorf("the page %s does not show the compose file as it is", lang)
		}
	}
	return &file
}

// checkComposedKigen checks kigen of a compose file: its configuration, and that it runs on a
// root that it cannot write to.
func checkComposedKigen(t *testing.T, file *composed, names ...string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "kigen.yaml"), file.Configs["kigen"].Content)
	write(t, filepath.Join(dir, "database_url"), "postgres://kigen:geheim@127.0.0.1:1/kigen?sslmode=disable")
	for _, name := range names {
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
		shown := runIn(t, dir, env, "", "config", "print").stdout
		if len(s.Secrets) > 0 && !strings.Contains(shown, "127.0.0.1:1/kigen") || len(s.Secrets) == 0 && !strings.Contains(shown, "/var/lib/kigen/kigen.db") || strings.Contains(shown, "geheim") {
			t.Errorf("%s: kigen config print shows\n%s", name, shown)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.Tmpfs) != 1 || !strings.HasPrefix(s.Tmpfs[0], "/tmp:") {
			t.Errorf("%s: read_only %v, cap_drop %v, tmpfs %v", name, s.ReadOnly, s.CapDrop, s.Tmpfs)
		}
	}
	if !strings.Contains(file.Configs["kigen"].Content, "listen: 0.0.0.0:8080\n") {
		t.Error("kigen does not listen where its port leads")
	}
}

// checkComposedProxy checks that the proxy knows the replicas, and they it.
func checkComposedProxy(t *testing.T, file *composed) {
	t.Helper()
	for _, name := range []string{"kigen-1", "kigen-2"} {
		if !strings.Contains(file.Configs["proxy"].Content, "server "+name+" "+name+":8080") {
			t.Errorf("the proxy does not know %s", name)
		}
	}
	proxy := file.Services["proxy"].Networks["default"].Address
	if want := "trusted_proxies: [" + proxy + "]\n"; !strings.Contains(file.Configs["kigen"].Content, want) {
		t.Errorf("the configuration of the replicas lacks %q", want)
	}
	if !strings.Contains(file.Configs["proxy"].Content, "option httpchk GET /readyz?replica") {
		t.Error("the proxy does not ask /readyz?replica")
	}
}

// checkContainerfile checks that the image is built by the Go of go.mod from these sources.
func checkContainerfile(t *testing.T, dir string, file *composed) {
	t.Helper()
	for name, s := range file.Services {
		if !strings.HasPrefix(name, "kigen") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, s.Build.Context, s.Build.Dockerfile))
		if err != nil {
			t.Fatal(err)
		}
		mod, err := os.ReadFile(filepath.Join(dir, s.Build.Context, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)[1]
		for _, want := range []string{"golang:" + string(version) + "-", ".packaging/container/root", "\nFROM scratch\n", "\nUSER 10001:10001\n"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %q", s.Build.Dockerfile, want)
			}
		}
	}
}

// The pages show the unit of the Debian package as it is, and its configuration is one that
// kigen accepts.
func TestPackagedFiles(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join(packaging, "deb", "kigen.service"))
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"ja", "en"} {
		page, _ := docs.Read(lang, "installation")
		if !slices.ContainsFunc(page.Blocks(), func(b docs.Block) bool { return b.Kind == "ini" && b.Text == string(unit) }) {
			t.Errorf("the page %s does not show the packaged unit as it is", lang)
		}
	}
	config, err := os.ReadFile(filepath.Join(packaging, "deb", "kigen.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	checkConfiguration(t, string(config))
	proposed := regexp.MustCompile(`(?m)^# ((destinations|alerts):| {2}.*)$`).ReplaceAllString(string(config), "$1")
	if strings.Count(proposed, "\n#") == strings.Count(string(config), "\n#") {
		t.Fatal("the proposed keys were not found")
	}
	checkConfiguration(t, proposed)
}
