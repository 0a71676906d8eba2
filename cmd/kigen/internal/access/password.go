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

	"kigen/sla/phrase/localizer"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

const (
	shortestPassword = 12   // characters
	longestPassword  = 1024 // bytes: argon2 reads all of them, so this bounds the work for a stranger
	fewestDifferent  = 5    // different characters in a password
)

// common lists frequently guessed passwords of sufficient length, in lower case.
//
//go:embed common.txt
var common string

// PasswordError is a problem of a new password; it never contains the password.
type PasswordError struct{ Remedy localizer.Message }

// WeakPasswordf is the problem of a new password, as localizer.Messagef writes it.
func WeakPasswordf(format string, args ...any) *PasswordError {
	return &PasswordError{localizer.Messagef(format, args...)}
}

func (e *PasswordError) Error() string { return "password: " + e.Remedy.String() }

// In returns the problem as a sentence in a language.
func (e *PasswordError) In(lang string) string {
	return localizer.Messagef("The new password %s.", e.Remedy).In(lang)
}

// normal makes passwords equal that different keyboards encode differently.
func normal(password string) string { return norm.NFKC.String(password) }

// checkPassword rejects easily guessed passwords. It checks length and not
// character classes, which only lead to Password123! and the like.
func checkPassword(name, password string) error {
	if len(password) > longestPassword { // normalising multiplies the length
		return tooLong()
	}
	password = normal(password)
	folded := strings.ToLower(password)
	different := map[rune]bool{}
	for _, r := range folded {
		different[r] = true
	}
	switch {
	case !utf8.ValidString(password):
		return WeakPasswordf("contains invalid characters: use those of a keyboard")
	case utf8.RuneCountInString(password) < shortestPassword:
		return WeakPasswordf("is too short: use at least %d characters, such as several words", shortestPassword)
	case len(password) > longestPassword:
		return tooLong()
	case len(different) < fewestDifferent:
		return WeakPasswordf("repeats a few characters: use several words")
	case slices.Contains(strings.Fields(common), folded):
		return WeakPasswordf("is among the first to be guessed: use several unrelated words")
	case strings.Trim(strings.ReplaceAll(folded, name, ""), "0123456789!.-_@ ") == "":
		return WeakPasswordf("is the user's own name: use several unrelated words")
	}
	return nil
}

func tooLong() *PasswordError {
	return WeakPasswordf("is too long: use %d bytes at most", longestPassword)
}

// Cost is the work of one hash.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultCost is OWASP's minimum for argon2id: about 30 ms of one core, and
// little enough memory for several at a time on a small machine.
func DefaultCost() Cost { return Cost{MemoryKiB: 19 << 10, Passes: 2, Threads: 1} }

const (
	saltBytes = 16
	hashBytes = 32
	// Limits for the parameters of a stored hash: a manipulated row must not stop the
	// daemon.
	mostMemoryKiB = 1 << 20
	mostPasses    = 100
)

// hashPassword returns the hash with its parameters in PHC string format, which
// other programs can read.
func hashPassword(password string, c Cost) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt) //nolint:errcheck // crypto/rand ends the program rather than fail
	sum := argon2.IDKey([]byte(normal(password)), salt, c.Passes, c.MemoryKiB, c.Threads, hashBytes)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Passes, c.Threads, encode(salt), encode(sum))
}

var errHash = errors.New("is not a valid argon2id hash")

// matches reports whether the password has this hash, in equal time for right and
// wrong passwords.
func matches(password, stored string) (bool, error) {
	c, salt, sum, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	if len(password) > longestPassword {
		password = "" // never a valid password; the work is done all the same
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
