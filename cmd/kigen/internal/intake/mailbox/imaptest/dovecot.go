// Package imaptest runs a real IMAP server for tests: Dovecot, on loopback, with one mailbox
// of its own. The server ends with the process that started it.
package imaptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Server is an IMAP server of one test, as a user without rights.
type Server struct {
	Dir        string         // holds all its files
	Plain, TLS string         // its ports
	Roots      *x509.CertPool // of its certificate, which is for 127.0.0.1

	uid, gid    int
	delivered   int
	settings    string
	cmd         *exec.Cmd
	done        chan error
	executable  string
	description string
}

// The login.
const (
	User     = "kigen"
	Password = "correct-horse-battery"
)

// nobody is the user of the server where the test is root.
const nobody = 65534

// Start starts a server with an empty mailbox, until the test ends. settings are added to
// its configuration, such as Passwords. Without Dovecot the test is skipped, or fails where
// KIGEN_REQUIRE_EXTRAS is set.
func Start(t testing.TB, settings string) *Server {
	t.Helper()
	path := "/usr/sbin/dovecot" // no directory of a usual PATH
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("dovecot"); err != nil {
			if os.Getenv("KIGEN_REQUIRE_EXTRAS") != "" {
				t.Fatal("dovecot is missing: install dovecot-imapd")
			}
			t.Skip("dovecot is missing")
		}
	}
	dir, err := os.MkdirTemp("/tmp", "kigen-dovecot-") //nolint:usetesting // the paths of sockets are short, and the server's user may enter
	if err != nil {
		t.Fatal(err)
	}
	d := &Server{Dir: dir, uid: os.Getuid(), gid: os.Getgid(), settings: settings, executable: path}
	if d.uid == 0 {
		d.uid, d.gid = nobody, nobody
	}
	d.Folder(t, "")
	d.certify(t)
	d.keep(t)
	d.start(t)
	return d
}

// keeper waits until the process that started the server has gone, and then ends it and
// removes its files.
const keeper = `read _; cd /; pid="$1/run/master.pid"; n=0
while [ -s "$pid" ] && [ $n -lt 50 ]; do kill "$(cat "$pid")" 2>/dev/null; sleep 0.1; n=$((n + 1)); done
rm -rf "$1"`

func (d *Server) keep(t testing.TB) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", keeper, "keeper", d.Dir) //nolint:noctx,gosec // it ends with the pipe; the names are of this file
	cmd.Dir, cmd.SysProcAttr = d.Dir, d.asServer()
	cmd.SysProcAttr.Setsid = true // an interrupt from the terminal is not for it
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Stop()
		_ = pipe.Close()
		_ = cmd.Wait()
	})
}

// asServer are the rights of the server's user.
func (d *Server) asServer() *syscall.SysProcAttr {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(d.uid), Gid: uint32(d.gid)}}
}

// own gives the server's user all files.
func (d *Server) own(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(d.Dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			err = os.Lchown(path, d.uid, d.gid) //nolint:gosec // the directory is the test's own
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a lock of the server, which runs
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *Server) certify(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	d.Roots = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	d.Roots.AddCert(parsed)
	d.Write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	d.Write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})))
}

// Write writes a file below Dir, readable for the server.
func (d *Server) Write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(d.Dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Lchown(path, d.uid, d.gid); err != nil {
			t.Fatal(err)
		}
	}
}

// configuration is of Dovecot 2.3, all of whose processes run as one user without rights.
const configuration = `
base_dir = DIR/run
state_dir = DIR/run
log_path = DIR/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
disable_plaintext_auth = no
default_internal_user = USER
default_internal_group = GROUP
default_login_user = USER
first_valid_uid = 1
mail_location = maildir:DIR/Mail
maildir_very_dirty_syncs = no
auth_mechanisms = plain login
auth_failure_delay = 0
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = PLAIN
  }
  inet_listener imaps {
    port = TLS
    ssl = yes
  }
}
userdb {
  driver = static
  args = uid=UID gid=GID home=DIR
}
`

// Passwords lets User in with Password.
const Passwords = `
passdb {
  driver = static
  args = password=` + Password + `
}
`

// start starts the server, at other ports where something else took those of before.
func (d *Server) start(t testing.TB) {
	t.Helper()
	for range 5 {
		if d.Plain == "" {
			d.Plain, d.TLS = freePort(t), freePort(t)
		}
		if d.try(t) {
			return
		}
		d.Plain = ""
	}
	t.Fatalf("dovecot does not start:\n%s\n%s", d.description, d.Log())
}

func (d *Server) try(t testing.TB) bool {
	t.Helper()
	owner, err := user.LookupId(strconv.Itoa(d.uid))
	if err != nil {
		t.Fatal(err)
	}
	group, err := user.LookupGroupId(strconv.Itoa(d.gid))
	if err != nil {
		t.Fatal(err)
	}
	text := configuration + d.settings
	for from, to := range map[string]string{
		"DIR": d.Dir, "USER": owner.Username, "GROUP": group.Name, "PLAIN": d.Plain, "TLS": d.TLS, "UID": strconv.Itoa(d.uid), "=GID": "=" + strconv.Itoa(d.gid),
	} {
		text = string(bytes.ReplaceAll([]byte(text), []byte(from), []byte(to)))
	}
	d.Write(t, "dovecot.conf", text)
	var said bytes.Buffer
	d.cmd = exec.Command(d.executable, "-F", "-c", filepath.Join(d.Dir, "dovecot.conf")) //nolint:noctx,gosec // Stop ends it, and its name is in this file
	d.cmd.Stdout, d.cmd.Stderr, d.cmd.Dir = &said, &said, d.Dir
	d.cmd.SysProcAttr = d.asServer()
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.done = make(chan error, 1)
	go func(cmd *exec.Cmd, done chan error) { done <- cmd.Wait() }(d.cmd, d.done)
	limit := time.After(time.Minute)
	for {
		select {
		case err := <-d.done:
			d.cmd, d.description = nil, fmt.Sprint(err, said.String())
			return false
		case <-limit:
			t.Fatalf("dovecot does not listen after a minute:\n%s", d.Log())
		default:
		}
		if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+d.TLS); err == nil {
			_ = conn.Close()
			return true
		}
		time.Sleep(10 * time.Millisecond) // until it listens
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// Stop stops the server. Its mails stay.
func (d *Server) Stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.done: //nolint:errcheck // it is told to end, however it does
	case <-time.After(time.Minute):
		_ = d.cmd.Process.Kill()
		<-d.done //nolint:errcheck // it was killed
	}
	d.cmd = nil
}

// Log returns what the server logged.
func (d *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(d.Dir, "log"))
	return string(text)
}

// Deliver delivers mails as a mail server does: written in tmp, moved to new.
func (d *Server) Deliver(t testing.TB, texts ...string) {
	t.Helper()
	d.DeliverTo(t, "", texts...)
}

// DeliverTo is Deliver for a folder, by its name in a Maildir.
func (d *Server) DeliverTo(t testing.TB, folder string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		d.delivered++
		name := fmt.Sprintf("%d.M%06dP1.test", time.Now().Unix(), d.delivered)
		d.Write(t, filepath.Join("Mail", folder, "tmp", name), text)
		if err := os.Rename(filepath.Join(d.Dir, "Mail", folder, "tmp", name), filepath.Join(d.Dir, "Mail", folder, "new", name)); err != nil {
			t.Fatal(err)
		}
	}
}

// Folder makes a folder, by its name in a Maildir.
func (d *Server) Folder(t testing.TB, folder string) {
	t.Helper()
	for _, part := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(d.Dir, "Mail", folder, part), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.own(t)
}

// Renumber makes the server give all mails other numbers under another UIDVALIDITY.
func (d *Server) Renumber(t testing.TB) {
	t.Helper()
	d.Stop()
	for _, pattern := range []string{"dovecot-uidlist", "dovecot.index*"} {
		files, _ := filepath.Glob(filepath.Join(d.Dir, "Mail", pattern))
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.start(t)
}
