package daemon

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"kigen/config"
)

// certificate is read again when its files change, so that a renewed one is
// served without a restart.
type certificate struct {
	files config.TLS
	log   *slog.Logger

	mu     sync.Mutex
	stamps [2]stamp
	loaded *tls.Certificate
}

// stamp tells one content of a file from another.
type stamp struct {
	modified time.Time
	size     int64
}

func loadCertificate(files config.TLS, log *slog.Logger) (*certificate, error) {
	c := &certificate{files: files, log: log}
	if err := c.load(c.look()); err != nil {
		return nil, err
	}
	return c, nil
}

// look is how the files are now; the zero stamp for one that is gone.
func (c *certificate) look() (stamps [2]stamp) {
	for i, path := range []string{c.files.Cert, c.files.Key} {
		if info, err := os.Stat(path); err == nil {
			stamps[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return stamps
}

func (c *certificate) load(stamps [2]stamp) error {
	c.stamps = stamps // also of what can't be read: once is enough to say so
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w: set tls: to a certificate and its own key", c.files.Cert, c.files.Key, err)
	}
	c.loaded = &pair
	return nil
}

// get returns the certificate as its files are. While they do not fit together,
// as in the middle of a renewal, the one before is served on.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if stamps := c.look(); stamps != c.stamps {
		if err := c.load(stamps); err != nil {
			c.log.Error("certificate not renewed, the one before is served on", "error", err)
		} else {
			c.log.Info("certificate renewed", "file", c.files.Cert)
		}
	}
	return c.loaded, nil
}

// tlsConfig takes TLS 1.2 and later, with the ciphers that Go holds for safe.
func (c *certificate) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"},
	}
}
