package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the built kigen, which these tests run as a user would.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "kigen-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "kigen")
	// No version stamp: the checkout may belong to another user than the test.
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags", "-s -w", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// command prepares a run of the binary in a directory of its own, without the
// tester's own configuration.
func command(ctx context.Context, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir = dir
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "KIGEN_") && !strings.HasPrefix(line, "TMPDIR=") {
			cmd.Env = append(cmd.Env, line)
		}
	}
	cmd.Env = append(cmd.Env, "USER=mallory", "SUDO_USER=tester", "TMPDIR="+dir)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// operator is who runs the commands: the real user, with the one that sudo names.
func operator(t *testing.T) string {
	t.Helper()
	u, err := user.LookupId(strconv.Itoa(os.Getuid()))
	if err != nil {
		t.Fatal(err)
	}
	return u.Username + " (sudo tester)"
}

// english is the environment of commands whose errors a test compares.
var english = []string{"KIGEN_LANGUAGE=en"}

// result is how a command ended.
type result struct {
	stdout, stderr string
	code           int
}

// runIn runs the binary to its end.
func runIn(t testing.TB, dir string, env []string, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := command(ctx, dir, env, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("kigen %s: %v", strings.Join(args, " "), err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// kigen runs the binary and expects it to work.
func kigen(t *testing.T, args ...string) string {
	t.Helper()
	return worked(t, runIn(t, t.TempDir(), nil, "", args...), args...)
}

func worked(t testing.TB, r result, args ...string) string {
	t.Helper()
	if r.code != 0 {
		t.Fatalf("kigen %s: exit %d, %s", strings.Join(args, " "), r.code, r.stderr)
	}
	return r.stdout
}

// process is a kigen that keeps running.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	dir  string
	out  *output
	url  string
	once sync.Once
	err  error
}

// output gathers what a process prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start runs the binary in the background and waits until it says where it
// answers. It is killed when the test ends.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	return startBinary(t, binary, dir, args...)
}

func startBinary(t *testing.T, path, dir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, dir: dir, out: &output{}}
	p.cmd = command(context.WithoutCancel(t.Context()), dir, []string{"KIGEN_LISTEN=127.0.0.1:0"}, args...)
	p.cmd.Path = path
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.signal(syscall.SIGKILL)
		if t.Failed() {
			t.Logf("kigen %s printed:\n%s", strings.Join(args, " "), p.out)
		}
	})
	eventually(t, 20*time.Second, "the address that kigen answers on", func() bool {
		p.url = address.FindString(p.out.String())
		return p.url != ""
	})
	return p
}

// signal sends a signal and waits for the end.
func (p *process) signal(s syscall.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	return p.wait()
}

// wait waits for the end and returns the exit code.
func (p *process) wait() int {
	p.once.Do(func() { p.err = p.cmd.Wait() })
	return p.cmd.ProcessState.ExitCode()
}

// ask runs a command against this daemon and expects it to work.
func (p *process) ask(args ...string) string {
	p.t.Helper()
	return worked(p.t, p.try(args...), args...)
}

func (p *process) try(args ...string) result {
	p.t.Helper()
	return runIn(p.t, p.dir, []string{"KIGEN_URL=" + p.url}, "", args...)
}

// get reads a page of this daemon.
func (p *process) get(path string) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		p.t.Fatalf("GET %s: %s, %v\n%s", path, response.Status, err, body)
	}
	return string(body)
}

// eventually polls: what it waits for happens in another process.
func eventually(t testing.TB, within time.Duration, what string, happened func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !happened() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s in vain for %s", within, what)
		case <-tick.C:
		}
	}
}

// pause waits in real time, to see that something does not happen.
func pause(t testing.TB, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// Both ways to ask for the version print the same line.
func TestVersionFlag(t *testing.T) {
	t.Parallel()
	if flag, command := kigen(t, "--version"), kigen(t, "version"); flag != command || !strings.HasPrefix(flag, "kigen ") {
		t.Errorf("--version prints %q, version prints %q", flag, command)
	}
}
