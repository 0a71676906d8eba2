package mail

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail/decode"
	"kigen/cmd/kigen/internal/intake/mail/fresh"
	"kigen/cmd/kigen/internal/intake/mail/trust"
	"kigen/sla/inbox"
)

// sender is who sent a mail.
type sender struct {
	from    trust.Address
	vendor  *intake.Vendor
	base    string // the domain of the vendor that the address is in
	ours    bool   // the address is our own
	claims  bool   // it uses the name or a look-alike of a vendor that it is not
	doubts  []inbox.Reason
	matched []inbox.Reason
}

// who reads the sender of a mail and what speaks against it.
func (c *reading) who() sender {
	var s sender
	froms := c.m.Values("From")
	list, exact := trust.Addresses(strings.Join(froms, ", "))
	if len(list) > 0 {
		s.from = list[0]
	}
	if len(froms) != 1 || len(list) != 1 || !exact {
		s.doubts = append(s.doubts, intake.Because(intake.ReasonSenderUnclear))
	}
	if len(list) > 1 { // several senders: none of them
		for _, a := range list {
			if v, _, _ := c.j.vendorOf(a.Domain); v == nil {
				s.from = a
			}
		}
	}
	s.ours = c.j.isOurs(s.from.Domain)
	if s.ours {
		return s
	}
	var shared bool
	s.vendor, s.base, shared = c.j.vendorOf(s.from.Domain)
	if shared {
		s.doubts = append(s.doubts, intake.Because(intake.ReasonSenderShared, "Domain", s.from.Domain))
	}
	if s.vendor == nil {
		c.stranger(&s)
		return s
	}
	proof := trust.Prove(c.m.Fields, c.arrival, c.j.Own.AuthServID, s.from.Domain, s.base)
	if proof.Proved {
		s.matched = append(s.matched, proof.Reason)
	} else {
		s.doubts = append(s.doubts, proof.Reason)
	}
	for _, field := range c.m.Values("Reply-To") {
		replies, exact := trust.Addresses(field)
		for _, a := range replies {
			if !within(a.Domain, s.vendor.Domains) {
				s.doubts = append(s.doubts, intake.Because(intake.ReasonSenderReplyTo, "Address", a.Addr))
			}
		}
		if !exact {
			s.doubts = append(s.doubts, intake.Because(intake.ReasonSenderUnclear))
		}
	}
	return s
}

// stranger says whether a sender that no vendor has registered pretends to be one.
func (c *reading) stranger(s *sender) {
	for i := range c.j.Vendors {
		v := &c.j.Vendors[i]
		for _, domain := range v.Domains {
			if trust.Resembles(s.from.Domain, trust.Domain(domain)) {
				s.claims = true
				s.doubts = append(s.doubts, intake.Because(intake.ReasonSenderLookalike, "Domain", s.from.Domain, "Vendor", v.ID))
				return
			}
		}
	}
	shown := compact(decode.Words(s.from.Name, c.m.charset) + " " + c.subject + " " + c.parts.New)
	for i := range c.j.Vendors {
		v := &c.j.Vendors[i]
		for _, name := range slices.Concat(v.Names, v.Services, v.Domains) {
			if name = compact(name); len([]rune(name)) >= 4 && strings.Contains(shown, name) {
				s.claims = true
				s.doubts = append(s.doubts, intake.Because(intake.ReasonSenderClaims, "Vendor", v.ID, "Domain", s.from.Domain))
				return
			}
		}
	}
	s.doubts = append(s.doubts, intake.Because(intake.ReasonSenderUnknown, "Domain", s.from.Domain))
}

// compact folds a name so that spaces, brackets and widths do not matter.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r <= ' ', strings.ContainsRune("。、「」『』()[]【】・-_/,.", r) || r == '\u3000':
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}

func within(domain string, of []string) bool {
	return slices.ContainsFunc(of, func(d string) bool { return trust.Within(domain, trust.Domain(d)) })
}

// vendorOf finds the vendor with a domain: that of the longest listed domain.
func (j *Judge) vendorOf(domain string) (vendor *intake.Vendor, base string, shared bool) {
	for i := range j.Vendors {
		v := &j.Vendors[i]
		for _, d := range v.Domains {
			d = trust.Domain(d)
			if !trust.Within(domain, d) || len(d) < len(base) {
				continue
			}
			shared = len(d) == len(base) && vendor != nil && vendor != v
			vendor, base = v, d
		}
	}
	return vendor, base, shared
}

func (j *Judge) isOurs(domain string) bool { return domain != "" && within(domain, j.Own.Domains) }

// carried is a mail inside a forwarded one or a list's copy: what the vendor sent.
type carried struct {
	vendor  *intake.Vendor
	subject string
	text    string
	date    string
	inside  *Message // nil: it stands in the text
}

// forwarded finds what a mail of our own, or one that says so, carries.
func (c *reading) forwarded() *carried {
	for _, inner := range c.m.Forwarded {
		list, _ := trust.Addresses(strings.Join(inner.Values("From"), ", "))
		for _, a := range list {
			if v, _, _ := c.j.vendorOf(a.Domain); v != nil {
				return &carried{v, inner.Get("Subject"), fresh.Split(inner.Text).New, inner.Get("Date"), inner}
			}
		}
	}
	if in := c.parts.Inner; in != nil {
		list, _ := trust.Addresses(in.From)
		for _, a := range list {
			if v, _, _ := c.j.vendorOf(a.Domain); v != nil {
				return &carried{v, in.Subject, fresh.Split(in.Text).New, in.Date, nil}
			}
		}
	}
	return nil
}

// listed finds the vendor behind a copy of our own mailing list.
func (c *reading) listed() *intake.Vendor {
	for _, name := range []string{"X-Original-From", "X-Original-Sender", "Original-From", "Reply-To", "X-Mailfrom", "Return-Path"} {
		for _, field := range c.m.Values(name) {
			list, _ := trust.Addresses(field)
			for _, a := range list {
				if v, _, _ := c.j.vendorOf(a.Domain); v != nil {
					return v
				}
			}
		}
	}
	return nil
}
