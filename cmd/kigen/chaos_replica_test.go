package main_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// replica is one of several kigens on a database, with a network of its own to the database
// and to Slack. When it ends without having been ended, it is started again.
type replica struct {
	t        testing.TB
	name     string
	dir      string
	env      []string
	database *wire
	slack    *wire

	mu      sync.Mutex
	path    string // of the binary
	cmd     *exec.Cmd
	out     *output  // of the present process
	earlier []string // what the processes before have printed
	wanted  bool     // it runs, or is started again
	ended   chan struct{}
	fallen  []string // the last line of each process that ended by itself
}

// begin starts the replica with a binary.
func (r *replica) begin(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.path, r.wanted = path, true
	r.launch()
}

// launch starts a process. The caller holds mu.
func (r *replica) launch() {
	if r.out != nil {
		r.earlier = append(r.earlier, r.out.String())
	}
	out, ended := &output{}, make(chan struct{})
	cmd := command(context.WithoutCancel(r.t.Context()), r.dir, append([]string{"KIGEN_LISTEN=127.0.0.1:0"}, r.env...), "serve", "--config", "kigen.yaml")
	cmd.Path, cmd.Stdout, cmd.Stderr = r.path, out, out
	r.cmd, r.out, r.ended = cmd, out, ended
	if err := cmd.Start(); err != nil {
		r.t.Errorf("replica %s: %v", r.name, err)
		close(ended)
		return
	}
	go func() {
		_ = cmd.Wait()
		close(ended)
		r.restart(cmd)
	}()
}

// restart starts the replica again where its process has ended by itself, as a service
// manager does.
func (r *replica) restart(of *exec.Cmd) {
	const pause = 500 * time.Millisecond
	time.AfterFunc(pause, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.wanted && r.cmd == of {
			lines := strings.Split(strings.TrimSpace(r.out.String()), "\n")
			r.fallen = append(r.fallen, lines[len(lines)-1])
			r.launch()
		}
	})
}

// end ends the process by a signal and waits for it.
func (r *replica) end(s syscall.Signal) {
	r.mu.Lock()
	r.wanted = false
	ended := r.ended
	r.mu.Unlock()
	if ended == nil {
		return
	}
	r.signal(s)
	<-ended
}

// signal sends a signal to the process.
func (r *replica) signal(s syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd != nil && r.cmd.Process != nil {
		_ = r.cmd.Process.Signal(s) // it may have ended
	}
}

// url is where the replica answers, empty before it says so.
func (r *replica) url() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.out == nil {
		return ""
	}
	return address.FindString(r.out.String())
}

// printed returns what each of its processes has printed.
func (r *replica) printed() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.earlier)
	if r.out != nil {
		all = append(all, r.out.String())
	}
	return all
}

var leadsLine = regexp.MustCompile(`msg="this replica leads" term=(\d+)`)

// terms are those by which a process says that it leads.
func terms(printed string) (all []int) {
	for _, found := range leadsLine.FindAllStringSubmatch(printed, -1) {
		n, err := strconv.Atoi(found[1])
		if err == nil {
			all = append(all, n)
		}
	}
	return all
}

// newest is the newest term by which the present process has led.
func (r *replica) newest() int {
	r.mu.Lock()
	out := r.out
	r.mu.Unlock()
	if out == nil {
		return 0
	}
	led := terms(out.String())
	if len(led) == 0 {
		return 0
	}
	return led[len(led)-1]
}

// endings are the last lines of the processes that ended by themselves.
func (r *replica) endings() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.fallen)
}

// tail is the end of what the replica's processes have printed.
func (r *replica) tail() string {
	const most = 6000
	text := strings.Join(r.printed(), fmt.Sprintf("\n-- %s again\n", r.name))
	return text[max(0, len(text)-most):]
}

// built is a kigen for tests, by the values that its linker sets.
func built(name, values string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		path := filepath.Join(filepath.Dir(binary), name)
		build := exec.Command("go", "build", "-buildvcs=false", "-ldflags", "-s -w "+values, "-o", path, ".")
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go build: %w\n%s", err, out)
		}
		return path, nil
	})
}

// replicaWaits shortens the waits for an unclear outcome, to 12 s until one is certain: by then
// the fake Slack has carried out all that it has read, also on a machine with much to do.
const replicaWaits = "-X kigen/notify.waitDivisor=5"

// steady is the kigen of a replica, and ahead one with a clock that is ten minutes ahead.
var (
	steady = built("kigen-replica", replicaWaits)
	ahead  = built("kigen-ahead", replicaWaits+" -X kigen/cmd/kigen/internal/daemon.clockAhead=10m")
)
