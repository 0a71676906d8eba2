package mailbox

import (
	"strings"
	"testing"
)

func TestParseAccount(t *testing.T) {
	for address, want := range map[string]Account{
		"imaps://kigen@imap.example.jp":                         {Host: "imap.example.jp", Port: "993", User: "kigen", Mailbox: "INBOX", Security: TLS},
		"imaps://kigen@imap.example.jp/":                        {Host: "imap.example.jp", Port: "993", User: "kigen", Mailbox: "INBOX", Security: TLS},
		"imaps://kigen%40example.jp:a%2Fb@h:9930/INBOX/Vendors": {Host: "h", Port: "9930", User: "kigen@example.jp", Mailbox: "INBOX/Vendors", Security: TLS, Password: "a/b"},
		"imaps://kigen@example.jp@outlook.office365.com/INBOX":  {Host: "outlook.office365.com", Port: "993", User: "kigen@example.jp", Mailbox: "INBOX", Security: TLS},
		"imaps://kigen@h/障害%20連絡":                               {Host: "h", Port: "993", User: "kigen", Mailbox: "障害 連絡", Security: TLS},
		"imap://kigen@imap.example.jp/INBOX":                    {Host: "imap.example.jp", Port: "143", User: "kigen", Mailbox: "INBOX", Security: StartTLS},
		"imap://kigen@127.0.0.1/INBOX":                          {Host: "127.0.0.1", Port: "143", User: "kigen", Mailbox: "INBOX", Security: Plain},
		"imap://kigen@[::1]:1143/INBOX":                         {Host: "::1", Port: "1143", User: "kigen", Mailbox: "INBOX", Security: Plain},
	} {
		if got, err := ParseAccount(address); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", address, got, err, want)
		}
	}
	for _, address := range []string{
		"", "imap.example.jp", "https://kigen:secret@h/", "imaps://h/INBOX", "imaps://kigen:secret@/INBOX", "imaps://kigen:secret@h/INBOX?x=1",
		"imaps://kigen:secret@h/%zz", "imaps://kigen:secret@h/a%0d%0ab", "imaps://ki%00gen:secret@h/INBOX",
	} {
		if a, err := ParseAccount(address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %+v, %v", address, a, err)
		}
	}
}
