package pgtest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	superuser = "postgres"
	owner     = "kigen"
	database  = "kigen"
)

// settings hold for every cluster. What a test proves is that processes die and come back,
// not that disks keep their content, so no commit waits for a disk.
const settings = `
listen_addresses = ''
max_connections = 200
shared_buffers = 32MB
fsync = off
full_page_writes = off
log_line_prefix = '%m [%p] %a '
`

// settingsVariable holds further settings with semicolons between them, for measurements:
//
//	KIGEN_PGTEST_SETTINGS='fsync = on; full_page_writes = on; shared_buffers = 1GB'
const settingsVariable = "KIGEN_PGTEST_SETTINGS"

// keeper waits until the process that started the cluster has gone, and then removes it.
const keeper = `read _; "$1/pg_ctl" -D "$2/data" -m immediate -w stop; cd /; rm -rf "$2"`

// Cluster is a PostgreSQL server with its data.
type Cluster struct {
	bin, dir string
	pipe     io.Closer // its closing ends the cluster
	gone     func() error
	once     sync.Once
}

// binaries returns the directory of the newest installed PostgreSQL's programs.
var binaries = sync.OnceValues(func() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
		return filepath.Dir(newest), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errors.New("PostgreSQL is not installed: no initdb in /usr/lib/postgresql or PATH")
})

// version returns the major version in a path such as /usr/lib/postgresql/15/bin/initdb.
func version(path string) float64 {
	v, err := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(path))), 64)
	if err != nil {
		return 0
	}
	return v
}

// start makes a cluster and waits until it takes connections.
func start(more ...string) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := directory()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, dir: dir}
	if err := c.keep(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.prepare(more); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

// directory makes the directory of a cluster, which the server's user can reach: a root's
// own temporary directory is often closed to others.
func directory() (string, error) {
	var failed error
	for _, base := range []string{os.TempDir(), "/dev/shm", "/tmp"} {
		if !reachable(base) {
			failed = errors.Join(failed, fmt.Errorf("%s is closed to the user of PostgreSQL", base))
			continue
		}
		dir, err := os.MkdirTemp(base, "kigen-pg-")
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		return dir, own(dir)
	}
	return "", failed
}

// keep starts the shell that removes the cluster.
func (c *Cluster) keep() error {
	cmd := c.command("/bin/sh", "-c", keeper, "keeper", c.bin, c.dir)
	cmd.SysProcAttr.Setsid = true // an interrupt from the terminal is not for it
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.pipe, c.gone = pipe, cmd.Wait
	return nil
}

// end stops the server and deletes its directory.
func (c *Cluster) end() {
	c.once.Do(func() {
		_ = c.pipe.Close()
		_ = c.gone()
	})
}

// prepare makes the data directory, starts the server, and makes the database.
func (c *Cluster) prepare(more []string) error {
	args := []string{"-D", c.data(), "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"}
	args = append(args, c.collation()...)
	if err := c.run("initdb", args...); err != nil {
		return err
	}
	more = append(more, strings.Split(os.Getenv(settingsVariable), ";")...)
	text := settings + fmt.Sprintf("unix_socket_directories = '%s'\n", c.dir) + strings.Join(more, "\n") + "\n"
	conf, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := conf.WriteString(text); err != nil {
		return errors.Join(err, conf.Close())
	}
	if err := conf.Close(); err != nil {
		return err
	}
	if err := c.start(); err != nil {
		return err
	}
	for _, query := range []string{"CREATE ROLE " + owner + " LOGIN", "CREATE DATABASE " + database + " OWNER " + owner} {
		if err := c.exec("postgres", query); err != nil {
			return err
		}
	}
	return nil
}

// collation asks for an order of texts that is not the order of their bytes, as most
// databases have: a query that depends on the order then shows it.
func (c *Cluster) collation() []string {
	help, err := c.command(filepath.Join(c.bin, "initdb"), "--help").Output()
	if err != nil || !bytes.Contains(help, []byte("--icu-locale")) {
		return []string{"--locale=C.UTF-8"}
	}
	return []string{"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"}
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// run runs one of PostgreSQL's programs to its end.
func (c *Cluster) run(name string, args ...string) error {
	out, err := os.CreateTemp(c.dir, "out-") // a file: the server would hold a pipe open
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(out.Close(), os.Remove(out.Name())) }()
	cmd := c.command(filepath.Join(c.bin, name), args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s%s", name, err, said, c.logged())
	}
	return nil
}

// logged returns the end of the server's log.
func (c *Cluster) logged() []byte {
	log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return log[max(0, len(log)-4000):]
}

// command prepares a command as the user that the server runs as.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...) //nolint:noctx,gosec // it ends by itself, or with the process; its name is in this package
	cmd.Dir = c.dir
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH"), "HOME=" + c.dir}
	cmd.SysProcAttr = asServer()
	return cmd
}

// superuser returns the address of a database of the cluster for the superuser.
func (c *Cluster) superuser(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: url.Values{"host": {c.dir}}.Encode()}
	return u.String()
}
