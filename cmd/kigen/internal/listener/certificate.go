package listener

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"kigen/config"
)

// Certificate is read again when its files change, so that a renewed one is
// served without a restart.
type Certificate struct {
	files config.TLS
	log   *slog.Logger

	mu     sync.Mutex
	stamps [2]stamp
	loaded *tls.Certificate
}

// stamp identifies a version of a file.
type stamp struct {
	modified time.Time
	size     int64
}

// LoadCertificate reads a certificate and its key.
func LoadCertificate(files config.TLS, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{files: files, log: log}
	if err := c.load(c.look()); err != nil {
		return nil, err
	}
	return c, nil
}

// look returns the present versions of the files; zero for a missing file.
func (c *Certificate) look() (stamps [2]stamp) {
	for i, path := range []string{c.files.Cert, c.files.Key} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return stamps
}

func (c *Certificate) load(stamps [2]stamp) error {
	c.stamps = stamps // also of unreadable files, so that the error is logged once
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w: set tls: to a certificate and its own key", c.files.Cert, c.files.Key, err)
	}
	c.loaded = &pair
	return nil
}

// get returns the certificate of the present files. While these do not match, as
// in the middle of a renewal, it returns the certificate before.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if stamps := c.look(); stamps != c.stamps {
		if err := c.load(stamps); err != nil {
			c.log.Error("certificate not renewed, the previous one stays in use", "error", err)
		} else {
			c.log.Info("certificate renewed", "file", c.files.Cert)
		}
	}
	return c.loaded, nil
}

// TLS accepts TLS 1.2 and later, with Go's default ciphers.
func (c *Certificate) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"},
	}
}

// Use changes the files. Until these can be read, the previous certificate stays
// in use.
func (c *Certificate) Use(files config.TLS) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files, c.stamps = files, [2]stamp{{size: -1}}
}
