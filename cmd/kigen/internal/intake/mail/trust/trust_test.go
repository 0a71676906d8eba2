package trust_test

import (
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail/trust"
)

func fields(pairs ...string) (list []trust.Field) {
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, trust.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

var mx = []string{"in1.ours.example", "in2.ours.example"}

// TestArrived: the first line from the top that our MX wrote, whatever names a client gave.
func TestArrived(t *testing.T) {
	for line, want := range map[string]string{
		"from a.example (a.example [192.0.2.1]) by in1.ours.example (Postfix) with ESMTPS id 1; Tue, 02 Mar 2027 12:00:00 +0900 (JST)": "2027-03-02T03:00:00Z",
		"from a (by in1.ours.example) by IN2.OURS.EXAMPLE. with SMTP; 2 Mar 2027 12:00 +0900":                                          "2027-03-02T03:00:00Z",
		"by in1.ours.example; Tue, 2 Mar 2027 03:00:00 GMT":                                                                            "2027-03-02T03:00:00Z",
		"from by (by [192.0.2.1]) by in1.ours.example; Tue, 2 Mar 2027 03:00:00 +0000":                                                 "2027-03-02T03:00:00Z",
		"from by by in1.evil.example; Tue, 2 Mar 2027 03:00:00 +0000":                                                                  "",
		"from x (by in1.ours.example; Tue, 2 Mar 2027 03:00:00 +0000) by mx.evil.example; Tue, 2 Mar 2027 04:00:00 +0000":              "",
		"from in1.ours.example by mx.evil.example; Tue, 2 Mar 2027 04:00:00 +0000":                                                     "",
		"from a by in1.ours.example.evil.example; Tue, 2 Mar 2027 04:00:00 +0000":                                                      "",
		"from a by xin1.ours.example; Tue, 2 Mar 2027 04:00:00 +0000":                                                                  "",
		"from a by \"in1\" ; Tue, 2 Mar 2027 04:00:00 +0000":                                                                           "",
	} {
		got := trust.Arrived(fields("X-A", "b", "Received", line), mx)
		if want == "" {
			if got.Index != -1 {
				t.Errorf("%s: taken for ours", line)
			}
			continue
		}
		if got.Index != 1 || got.At.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s: %d %s, want %s", line, got.Index, got.At, want)
		}
	}
	if got := trust.Arrived(fields("Received", "from a by in1.ours.example"), mx); got.Index != 0 || !got.At.IsZero() {
		t.Errorf("a line without a time: %+v", got)
	}
}

// TestProve: what our server's line must say about a sender vendor.example or below.
func TestProve(t *testing.T) {
	const received = "from a by in1.ours.example; Tue, 2 Mar 2027 03:00:00 +0000"
	const ours = "auth.ours.example; "
	for _, c := range []struct {
		line, from, key string
	}{
		{ours + "dmarc=pass header.from=vendor.example", "vendor.example", intake.ReasonProvedByDMARC},
		{"AUTH.ours.example 1; DMARC=Pass (p=reject) header.from=Vendor.Example", "vendor.example", intake.ReasonProvedByDMARC},
		{ours + "dmarc=pass header.from=other.example", "vendor.example", intake.ReasonSenderUnaligned},
		{ours + "dmarc=pass", "vendor.example", intake.ReasonSenderUnaligned},
		{ours + "dkim=pass header.d=vendor.example; dmarc=fail header.from=vendor.example", "vendor.example", intake.ReasonSenderFailed},
		{ours + "dkim=pass header.d=vendor.example; dmarc=permerror header.from=vendor.example", "vendor.example", intake.ReasonSenderFailed},
		{ours + "dkim=pass header.d=vendor.example; dmarc=none", "vendor.example", intake.ReasonProvedByDKIM},
		{ours + "dkim=pass header.d=vendor.example", "mail.vendor.example", intake.ReasonProvedByDKIM},
		{ours + "dkim=pass header.i=@mail.vendor.example", "vendor.example", intake.ReasonProvedByDKIM},
		{ours + "dkim=fail header.d=vendor.example; dkim=pass header.d=other.example", "vendor.example", intake.ReasonSenderUnaligned},
		{ours + "dkim=pass header.d=notvendor.example", "vendor.example", intake.ReasonSenderUnaligned},
		{ours + "dkim=pass header.d=example", "vendor.example", intake.ReasonSenderUnaligned},
		{ours + "spf=pass smtp.mailfrom=bounce@mail.vendor.example", "vendor.example", intake.ReasonProvedBySPF},
		{ours + "spf=softfail smtp.mailfrom=vendor.example", "vendor.example", intake.ReasonSenderUnaligned},
		{ours + "spf=pass smtp.helo=vendor.example", "vendor.example", intake.ReasonSenderUnaligned},
		{ours + "none", "vendor.example", intake.ReasonSenderUnproved},
		{"auth.evil.example; dmarc=pass header.from=vendor.example", "vendor.example", intake.ReasonSenderUnproved},
		{"dmarc=pass header.from=vendor.example", "vendor.example", intake.ReasonSenderUnproved},
		{"auth.ours.example.evil.example; dmarc=pass header.from=vendor.example", "vendor.example", intake.ReasonSenderUnproved},
		// What a sender chooses stands in comments, quotes and local parts.
		{ours + "spf=pass (a; dmarc=pass header.from=vendor.example) smtp.mailfrom=x@evil.example", "vendor.example", intake.ReasonSenderUnaligned},
		{ours + `spf=pass smtp.mailfrom="x; dmarc=pass header.from=vendor.example"@evil.example; dmarc=fail header.from=vendor.example`, "vendor.example", intake.ReasonSenderFailed},
		{ours + "spf=pass smtp.mailfrom=x;dmarc=pass header.from=vendor.example;y@evil.example; dmarc=fail header.from=vendor.example", "vendor.example", intake.ReasonSenderUnproved},
		{ours + "dmarc=pass (unclosed header.from=vendor.example", "vendor.example", intake.ReasonSenderUnproved},
		{ours + `dmarc=pass "unclosed header.from=vendor.example`, "vendor.example", intake.ReasonSenderUnproved},
	} {
		header := fields("Authentication-Results", c.line, "Received", received)
		proof := trust.Prove(header, trust.Arrived(header, mx), "auth.ours.example", c.from, "vendor.example")
		proved := c.key == intake.ReasonProvedByDMARC || c.key == intake.ReasonProvedByDKIM || c.key == intake.ReasonProvedBySPF
		if proof.Proved != proved || proof.Reason.Key != c.key {
			t.Errorf("%s: %t because %s, want %s", c.line, proof.Proved, proof.Reason.Key, c.key)
		}
	}
	pass, fail := ours+"dmarc=pass header.from=vendor.example", ours+"dmarc=fail header.from=vendor.example"
	for _, c := range []struct {
		header []trust.Field
		want   bool
	}{
		{fields("Authentication-Results", pass, "Authentication-Results", pass, "Received", received), true},
		{fields("Authentication-Results", pass, "Authentication-Results", fail, "Received", received), false},
		{fields("Received", received, "Authentication-Results", pass), false},
		{fields("Received", received, "Authentication-Results", pass, "Received", received), false},
		{fields("Authentication-Results", pass), false},
		{fields("Authentication-Results", pass, "Received", "from a by mx.evil.example; Tue, 2 Mar 2027 03:00:00 +0000"), false},
	} {
		if got := trust.Prove(c.header, trust.Arrived(c.header, mx), "auth.ours.example", "vendor.example", "vendor.example"); got.Proved != c.want {
			t.Errorf("%v: %t, want %t", c.header, got.Proved, c.want)
		}
	}
}

// TestAddresses: one address is exact only if no reader could see another.
func TestAddresses(t *testing.T) {
	for field, want := range map[string]struct {
		addr  string
		n     int
		exact bool
	}{
		"a@vendor.example":                                      {"a@vendor.example", 1, true},
		"<A@Vendor.Example>":                                    {"a@vendor.example", 1, true},
		`"Desk, support" <a@vendor.example>`:                    {"a@vendor.example", 1, true},
		"Desk (the second) <a@vendor.example>":                  {"a@vendor.example", 1, true},
		`"a@vendor.example" <x@evil.example>`:                   {"x@evil.example", 1, true},
		"a@vendor.example <x@evil.example>":                     {"x@evil.example", 1, false},
		"<a@vendor.example> <x@evil.example>":                   {"a@vendor.example", 1, false},
		"a@vendor.example, x@evil.example":                      {"a@vendor.example", 2, true},
		"undisclosed: a@vendor.example;":                        {"", 0, false},
		`"unclosed <a@vendor.example>`:                          {"", 0, false},
		"a@b@vendor.example":                                    {"", 0, false},
		"":                                                      {"", 0, true},
		"=?UTF-8?B?YUB2ZW5kb3IuZXhhbXBsZQ==?= <x@evil.example>": {"x@evil.example", 1, true},
		"<a@vendor.example":                                     {"a@vendor.example", 1, false},
	} {
		list, exact := trust.Addresses(field)
		addr := ""
		if len(list) > 0 {
			addr = list[0].Addr
		}
		if addr != want.addr || len(list) != want.n || exact != want.exact {
			t.Errorf("%s: %q of %d, exact %t, want %+v", field, addr, len(list), exact, want)
		}
	}
}

// TestResembles: what is meant to be taken for sazanami-pay.example or sotto.co.jp.
func TestResembles(t *testing.T) {
	for domain, want := range map[string][2]bool{
		"sazanami-pay.example":              {false, false},
		"mail.sazanami-pay.example":         {false, false},
		"sazanami-pay-support.example":      {true, false},
		"support-sazanami-pay.example":      {true, false},
		"sazanarni-pay.example":             {true, false},
		"sazanami-pay.example.evil.example": {true, false},
		"sazanami-pay.invalid":              {true, false},
		"sazanmi-pay.example":               {true, false},
		"xn--sazanmi-pay-2ij.example":       {true, false}, // a Cyrillic letter
		"s0tto.co.jp":                       {false, true},
		"sotto.com":                         {false, true},
		"sotto-support.example":             {false, true},
		"notsotto.co.jp":                    {false, true},
		"unrelated.example":                 {false, false},
		"co.jp":                             {false, false},
		"example.co.jp":                     {false, false},
	} {
		got := [2]bool{trust.Resembles(domain, "sazanami-pay.example"), trust.Resembles(domain, "sotto.co.jp")}
		if got != want {
			t.Errorf("%s: %v, want %v", domain, got, want)
		}
	}
}
