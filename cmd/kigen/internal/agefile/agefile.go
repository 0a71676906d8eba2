// Package agefile encrypts backups to an age recipient and decrypts them with an
// identity file (https://age-encryption.org). Only the recipient's key opens them, so
// that kigen itself can't read what it has written.
package agefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// Extension ends the names of encrypted files.
const Extension = ".age"

// intro begins every encrypted file.
const intro = "age-encryption.org/"

// Sealer returns a function that encrypts what is written to its writer. The recipient
// is a public key such as age1….
func Sealer(recipient string) (func(io.Writer) (io.WriteCloser, error), error) {
	r, err := age.ParseX25519Recipient(strings.TrimSpace(recipient))
	if err != nil {
		return nil, fmt.Errorf("%q is not an age recipient: give the public key that age-keygen prints, such as age1…", recipient)
	}
	return func(w io.Writer) (io.WriteCloser, error) { return age.Encrypt(w, r) }, nil
}

// Sealed reports whether a file is encrypted.
func Sealed(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() { // a pipe would block
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	begin := make([]byte, len(intro))
	n, err := io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return bytes.Equal(begin[:n], []byte(intro)), nil
}

// Opened runs f with the path of a readable copy of a file: a decrypted one in a new
// folder below dir, which is removed afterwards, or the file itself if it is not
// encrypted. identity is the path of a file with secret keys, as age-keygen writes it.
func Opened(path, identity, dir string, f func(path string) error) (err error) {
	sealed, err := Sealed(path)
	switch {
	case err != nil:
		return err
	case !sealed && identity != "":
		return fmt.Errorf("%s is not encrypted: leave --identity out", path)
	case !sealed:
		return f(path)
	case identity == "":
		return fmt.Errorf("%s is encrypted: name the file of the secret key with --identity", path)
	}
	keys, err := identities(identity)
	if err != nil {
		return err
	}
	below, err := os.MkdirTemp(dir, ".kigen-decrypted-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(below)) }()
	readable := filepath.Join(below, strings.TrimSuffix(filepath.Base(path), Extension))
	if err := decrypt(path, readable, keys); err != nil {
		return fmt.Errorf("decrypt %s with the keys of %s: %w", path, identity, err)
	}
	return f(readable)
}

func identities(path string) ([]age.Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := age.ParseIdentities(f)
	if err != nil { // its text may quote a line of the file
		return nil, fmt.Errorf("%s holds no age identity: name the file that age-keygen wrote", path)
	}
	return keys, nil
}

func decrypt(from, to string, keys []age.Identity) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	plain, err := age.Decrypt(in, keys...)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, plain)
	return errors.Join(err, out.Close())
}
