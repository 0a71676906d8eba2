package mailbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
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

// dovecot is an IMAP server of the test itself, on loopback and as a user without rights.
type dovecot struct {
	dir         string
	plain, tls  string // ports
	roots       *x509.CertPool
	uid, gid    int
	delivered   int
	settings    string // more of the configuration
	cmd         *exec.Cmd
	done        chan error
	executable  string
	description string
}

const (
	testUser     = "kigen"
	testPassword = "correct-horse-battery"
)

// nobody is the user of the server where the test is root.
const nobody = 65534

// serveMail starts a server whose mailbox is empty. Without Dovecot the test is skipped, or
// fails where KIGEN_REQUIRE_EXTRAS is 1.
func serveMail(t testing.TB, settings string) *dovecot {
	t.Helper()
	path := "/usr/sbin/dovecot" // no directory of a usual PATH
	if _, err := os.Stat(path); err != nil {
		if path, err = exec.LookPath("dovecot"); err != nil {
			if os.Getenv("KIGEN_REQUIRE_EXTRAS") == "1" {
				t.Fatal("dovecot is missing: install dovecot-imapd")
			}
			t.Skip("dovecot is missing")
		}
	}
	dir, err := os.MkdirTemp("/tmp", "kigen-dovecot-") // the paths of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &dovecot{dir: dir, uid: os.Getuid(), gid: os.Getgid(), settings: settings, executable: path}
	if d.uid == 0 {
		d.uid, d.gid = nobody, nobody
	}
	for _, folder := range []string{"Mail/cur", "Mail/new", "Mail/tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d.certify(t)
	d.own(t)
	d.start(t)
	t.Cleanup(d.stop)
	return d
}

// own gives the server's user all files.
func (d *dovecot) own(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(d.dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			err = os.Lchown(path, d.uid, d.gid)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *dovecot) certify(t testing.TB) {
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
	d.roots = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	d.roots.AddCert(parsed)
	d.write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	d.write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})))
}

func (d *dovecot) write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(d.dir, name)
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

const passwords = `
passdb {
  driver = static
  args = password=` + testPassword + `
}
`

// start starts the server, at other ports where something else took those of before.
func (d *dovecot) start(t testing.TB) {
	t.Helper()
	for range 5 {
		if d.plain == "" {
			d.plain, d.tls = freePort(t), freePort(t)
		}
		if d.try(t) {
			return
		}
		d.plain = ""
	}
	t.Fatalf("dovecot does not start:\n%s\n%s", d.description, d.log())
}

func (d *dovecot) try(t testing.TB) bool {
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
		"DIR": d.dir, "USER": owner.Username, "GROUP": group.Name, "PLAIN": d.plain, "TLS": d.tls, "UID": strconv.Itoa(d.uid), "=GID": "=" + strconv.Itoa(d.gid),
	} {
		text = string(bytes.ReplaceAll([]byte(text), []byte(from), []byte(to)))
	}
	d.write(t, "dovecot.conf", text)
	var said bytes.Buffer
	d.cmd = exec.Command(d.executable, "-F", "-c", filepath.Join(d.dir, "dovecot.conf"))
	d.cmd.Stdout, d.cmd.Stderr, d.cmd.Dir = &said, &said, d.dir
	if os.Getuid() == 0 {
		d.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(d.uid), Gid: uint32(d.gid), NoSetGroups: false}}
	}
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
			t.Fatalf("dovecot does not listen after a minute:\n%s", d.log())
		default:
		}
		if conn, err := net.Dial("tcp", "127.0.0.1:"+d.tls); err == nil {
			_ = conn.Close()
			return true
		}
		time.Sleep(10 * time.Millisecond) // until it listens
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func (d *dovecot) stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.done:
	case <-time.After(time.Minute):
		_ = d.cmd.Process.Kill()
		<-d.done
	}
	d.cmd = nil
}

func (d *dovecot) log() string {
	text, _ := os.ReadFile(filepath.Join(d.dir, "log"))
	return string(text)
}

// deliver delivers mails as a mail server does: written in tmp, moved to new.
func (d *dovecot) deliver(t testing.TB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		d.delivered++
		name := fmt.Sprintf("%d.M%dP1.test", time.Now().Unix(), d.delivered)
		d.write(t, "Mail/tmp/"+name, text)
		if err := os.Rename(filepath.Join(d.dir, "Mail/tmp", name), filepath.Join(d.dir, "Mail/new", name)); err != nil {
			t.Fatal(err)
		}
	}
}

// renumber makes the server give all mails other numbers under another UIDVALIDITY.
func (d *dovecot) renumber(t testing.TB) {
	t.Helper()
	d.stop()
	for _, pattern := range []string{"dovecot-uidlist", "dovecot.index*"} {
		files, _ := filepath.Glob(filepath.Join(d.dir, "Mail", pattern))
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.start(t)
}

// account is the mailbox by TLS.
func (d *dovecot) account() (Account, Net) {
	return Account{Host: "127.0.0.1", Port: d.tls, User: testUser, Mailbox: "INBOX", Security: TLS, Password: testPassword}, Net{Roots: d.roots}
}
