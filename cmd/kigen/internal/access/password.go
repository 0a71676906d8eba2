package access

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

const (
	shortestPassword = 12   // characters
	longestPassword  = 1024 // bytes: argon2 reads all of it, and so much a stranger may make it read
	fewestDifferent  = 5    // different characters in a password
)

// common lists the passwords that are tried first everywhere, as far as they
// are long enough to be taken otherwise; each in small letters.
//
//go:embed common.txt
var common string

// PasswordError says what is wrong with a new password, never which it was.
type PasswordError struct{ Remedy string }

// Error names the remedy.
func (e *PasswordError) Error() string { return "password: " + e.Remedy }

// normal makes one password of what different keyboards write for it.
func normal(password string) string { return norm.NFKC.String(password) }

// checkPassword refuses what is guessed first. Length is what counts; no signs
// are asked for, which only lead to Password123! and its like.
func checkPassword(name, password string) error {
	password = normal(password)
	folded := strings.ToLower(password)
	different := map[rune]bool{}
	for _, r := range folded {
		different[r] = true
	}
	switch {
	case !utf8.ValidString(password):
		return &PasswordError{"is no text: use characters that a keyboard has"}
	case utf8.RuneCountInString(password) < shortestPassword:
		return &PasswordError{fmt.Sprintf("is too short: use %d characters at least; several words do well", shortestPassword)}
	case len(password) > longestPassword:
		return &PasswordError{fmt.Sprintf("is too long: use %d bytes at most", longestPassword)}
	case len(different) < fewestDifferent:
		return &PasswordError{"repeats a few characters: use several words"}
	case slices.Contains(strings.Fields(common), folded):
		return &PasswordError{"is one of those that are guessed first: use several words that do not belong together"}
	case strings.Trim(strings.ReplaceAll(folded, name, ""), "0123456789!.-_@ ") == "":
		return &PasswordError{"is the user's own name: use several words that do not belong together"}
	}
	return nil
}

// Cost is how much work one guess takes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultCost is what OWASP asks of argon2id at least: about 30 ms of one
// core, and little enough memory that a small machine takes a few at a time.
func DefaultCost() Cost { return Cost{MemoryKiB: 19 << 10, Passes: 2, Threads: 1} }

const (
	saltBytes = 16
	hashBytes = 32
	// What a stored hash may ask for: a row that somebody tampered with must not
	// stop the daemon.
	mostMemoryKiB = 1 << 20
	mostPasses    = 100
)

// hashPassword returns the password's hash with all that is needed to check
// it, in the PHC string form that other programs read.
func hashPassword(password string, c Cost) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) //nolint:errcheck // crypto/rand ends the program rather than fail
	sum := argon2.IDKey([]byte(normal(password)), salt, c.Passes, c.MemoryKiB, c.Threads, hashBytes)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Passes, c.Threads, encode(salt), encode(sum))
}

var errHash = errors.New("is no argon2id hash that this kigen reads")

// matches reports whether the password is the one that was hashed. It takes as
// long for a wrong one as for the right one.
func matches(password, stored string) (bool, error) {
	c, salt, sum, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	if len(password) > longestPassword {
		password = "" // nobody has one so long; the work is still done
	}
	got := argon2.IDKey([]byte(normal(password)), salt, c.Passes, c.MemoryKiB, c.Threads, hashBytes)
	return subtle.ConstantTimeCompare(got, sum) == 1, nil
}

func parseHash(stored string) (c Cost, salt, sum []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return Cost{}, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil {
		return Cost{}, nil, nil, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || len(sum) != hashBytes || len(salt) < saltBytes ||
		c.MemoryKiB > mostMemoryKiB || c.Passes < 1 || c.Passes > mostPasses || c.Threads < 1 {
		return Cost{}, nil, nil, errHash
	}
	return c, salt, sum, nil
}
