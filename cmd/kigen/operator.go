package main

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"unicode"
)

// longestSudo bounds the name that sudo gives, in characters.
const longestSudo = 64

// user returns the name of the operating-system user, by the real user id: $USER is
// anyone's choice. Beside it stands who became this user by sudo, as sudo says.
func (a *app) user() string {
	name := "uid " + strconv.Itoa(os.Getuid())
	if u, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil && u.Username != "" {
		name = u.Username
	}
	if by := sudoName(a.env("SUDO_USER")); by != "" && by != name {
		return fmt.Sprintf("%s (sudo %s)", name, by)
	}
	return name
}

// sudoName removes what would change the meaning of an actor: the variable can be set
// by hand.
func sudoName(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.IsSpace(r) || strings.ContainsRune(":()", r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text[:min(len(text), 4*longestSudo)], ""))
	runes := []rune(text)
	return string(runes[:min(len(runes), longestSudo)])
}
