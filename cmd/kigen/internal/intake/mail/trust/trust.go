// Package trust answers who sent a mail and when it reached us, from the lines of its
// header that our own servers wrote. Everything else in a header is the sender's word.
package trust

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"kigen/sla/pattern"

	"github.com/emersion/go-msgauth/authres"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/inbox"
)

// Field is a header field, its value unfolded but not decoded.
type Field struct{ Name, Value string }

// Arrival is the first Received line from the top that one of our MX wrote: every server
// writes its line above those that it finds, so what stands above was written inside, and
// what stands below by anybody.
type Arrival struct {
	Index int       // of the line; -1: there is none
	At    time.Time // zero: the line has no readable time
}

// Arrived finds the arrival of a mail.
func Arrived(header []Field, mx []string) Arrival {
	for i, f := range header {
		if strings.EqualFold(f.Name, "Received") && isOneOf(receiver(f.Value), mx) {
			return Arrival{i, stamp(f.Value)}
		}
	}
	return Arrival{Index: -1}
}

func isOneOf(name string, names []string) bool {
	return name != "" && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSuffix(n, "."), name) })
}

// receiver is the server that wrote a Received line: the word behind "by". The name that
// the client gave behind "from" may be anything, "by" too.
func receiver(line string) string {
	line, _ = withoutComments(line)
	line, _, _ = strings.Cut(line, ";")
	words := strings.Fields(line)
	for i := 0; i+1 < len(words); i++ {
		switch strings.ToLower(words[i]) {
		case "from", "with", "id", "for", "via":
			i++
		case "by":
			return strings.TrimSuffix(words[i+1], ".")
		}
	}
	return ""
}

// stamp is the time at the end of a Received line.
func stamp(line string) time.Time {
	line, _ = withoutComments(line)
	at := strings.LastIndexByte(line, ';')
	if at < 0 {
		return time.Time{}
	}
	return Date(line[at+1:])
}

// Date reads the date of a header field; zero if it is none.
func Date(value string) time.Time {
	value, _ = withoutComments(value)
	t, err := mail.ParseDate(strings.Join(strings.Fields(value), " "))
	if err != nil || t.Year() < 1990 || t.Year() > 2199 {
		return time.Time{}
	}
	return t
}

// withoutComments drops comments, which may hold anything a sender chooses, such as the
// name that a client gave. Quoted texts keep only their harmless letters. ok is false for
// a bracket or quote that does not end.
func withoutComments(s string) (clean string, ok bool) {
	var out strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
			if c > ' ' && c < 0x7f && !strings.ContainsRune(";=()<>,", rune(c)) {
				out.WriteByte(c)
			}
		case c == '(':
			depth++
			out.WriteByte(' ')
		case c == ')':
			if depth--; depth < 0 {
				return out.String(), false
			}
		case depth == 0:
			out.WriteByte(c)
		}
	}
	return out.String(), depth == 0 && !quoted
}

// Proof is the verdict of our own mail server on a sender.
type Proof struct {
	Proved bool
	Reason inbox.Reason
}

// verdicts collects the results of our server's lines.
type verdicts struct {
	dmarc    []*authres.DMARCResult
	dkim     []*authres.DKIMResult
	spf      []*authres.SPFResult
	unclear  bool
	anything bool
}

// Prove reads the Authentication-Results that our server wrote above the arrival, for a
// sender's domain inside the vendor's domain base. DMARC decides where there is a verdict
// of it; else DKIM or SPF must have passed for a domain inside base. Two verdicts of DMARC
// in one line are none, because the line may hold a piece that the sender chose; those of
// two lines, which two of our servers wrote, must agree.
func Prove(header []Field, arrival Arrival, authServID, from, base string) Proof {
	if arrival.Index < 0 {
		return Proof{Reason: intake.Because(intake.ReasonSenderUnproved)}
	}
	var v verdicts
	for _, f := range header[:arrival.Index] {
		if strings.EqualFold(f.Name, "Authentication-Results") {
			v.read(f.Value, authServID)
		}
	}
	if v.unclear || !v.anything {
		return Proof{Reason: intake.Because(intake.ReasonSenderUnproved)}
	}
	if len(v.dmarc) > 0 && !strings.EqualFold(string(v.dmarc[0].Value), string(authres.ResultNone)) {
		d := v.dmarc[0]
		switch {
		case d.Value != authres.ResultPass:
			return Proof{Reason: intake.Because(intake.ReasonSenderFailed, "Result", "dmarc="+word(string(d.Value)))}
		case Domain(d.From) != from:
			return Proof{Reason: intake.Because(intake.ReasonSenderUnaligned, "Domain", from)}
		}
		return Proof{true, intake.Because(intake.ReasonProvedByDMARC, "Domain", from)}
	}
	for _, d := range v.dkim {
		domain := Domain(d.Domain)
		if domain == "" {
			domain = Domain(d.Identifier)
		}
		if d.Value == authres.ResultPass && Within(domain, base) {
			return Proof{true, intake.Because(intake.ReasonProvedByDKIM, "Domain", domain)}
		}
	}
	for _, s := range v.spf {
		if s.Value == authres.ResultPass && Within(Domain(s.From), base) {
			return Proof{true, intake.Because(intake.ReasonProvedBySPF, "Domain", Domain(s.From))}
		}
	}
	return Proof{Reason: intake.Because(intake.ReasonSenderUnaligned, "Domain", from)}
}

// read reads one line, if it is our server's.
func (v *verdicts) read(line, authServID string) {
	clean, ok := withoutComments(line)
	id, _, _ := strings.Cut(clean, ";")
	if words := strings.Fields(id); len(words) == 0 || !strings.EqualFold(words[0], authServID) {
		return
	}
	_, results, err := authres.Parse(strings.ToLower(clean))
	if !ok || err != nil {
		v.unclear = true
		return
	}
	before := len(v.dmarc)
	for _, r := range results {
		v.anything = true
		switch r := r.(type) {
		case *authres.DMARCResult:
			v.unclear = v.unclear || len(v.dmarc) > before || before > 0 && (v.dmarc[0].Value != r.Value || v.dmarc[0].From != r.From)
			v.dmarc = append(v.dmarc, r)
		case *authres.DKIMResult:
			v.dkim = append(v.dkim, r)
		case *authres.SPFResult:
			v.spf = append(v.spf, r)
		}
	}
}

var plainWord = pattern.New(`^[a-z]{1,20}$`)

// word is a result as it may be shown.
func word(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "?"
}
