package intake

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"

	"kigen/sla"
	"kigen/sla/tracker"
)

// openFor is how long after it was logged an incident without an open clock may still be
// spoken of.
const openFor = 90 * 24 * time.Hour

// Known gathers what a reader of mails may know now.
func (s *Service) Known(ctx context.Context) (Known, error) {
	k := Known{Own: Own(s.Config.Own), Vendors: s.vendors(), Zone: s.Zone}
	incidents, err := s.OpenIncidents(ctx, s.Now().Add(-openFor))
	if err != nil {
		return k, err
	}
	for _, inc := range incidents {
		k.Open = append(k.Open, s.open(inc))
	}
	k.Earlier = func(messageID string) ([]byte, bool) { return s.earlier(ctx, messageID) }
	return k, nil
}

// vendors lists what is known of the senders of mails.
func (s *Service) vendors() []Vendor {
	list := make([]Vendor, 0, len(s.Tracker.Catalogue))
	for _, v := range s.Tracker.Catalogue {
		mail := s.Register[v.ID].Mail
		known := Vendor{ID: v.ID, Services: v.Services, Domains: mail.Domains, Desk: mail.Desk}
		for _, name := range []string{v.Name.Ja, v.Name.En} {
			if name != "" {
				known.Names = append(known.Names, name)
			}
		}
		if mail.Ticket != "" {
			known.Ticket = regexp.MustCompile(mail.Ticket) // checked when it was read
		}
		list = append(list, known)
	}
	return list
}

// open is an incident that an item may be about.
func (s *Service) open(inc *sla.Incident) Open {
	o := Open{Incident: inc.ID.String(), Vendor: inc.Vendor, Service: inc.Service, Kind: string(inc.Kind), Scope: inc.Scope, References: referencesOf(inc)}
	for _, c := range inc.Chasers {
		if c.MessageID != "" {
			o.Chasers = append(o.Chasers, c.MessageID)
		}
	}
	for _, stamp := range inc.Times {
		if stamp.Known() {
			o.Times = append(o.Times, stamp.At)
		}
	}
	vendor, ok := s.Tracker.Catalogue.Vendor(inc.Vendor)
	if !ok {
		return o
	}
	promises := vendor.Applying(inc.Kind, &inc.Times)
	for i := range inc.Clocks {
		if !inc.Clocks[i].State.Open() {
			continue
		}
		for _, p := range promises {
			if p.ID == inc.Clocks[i].Promise {
				o.Channels = append(o.Channels, p.Channels)
			}
		}
	}
	return o
}

// referencesOf lists the ticket numbers of an incident and its notices.
func referencesOf(inc *sla.Incident) (list []string) {
	split := func(text string) {
		list = append(list, strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' || r == 0x3001 })...)
	}
	split(inc.Reference)
	for _, n := range inc.Counted() {
		if !strings.HasPrefix(n.Reference, "<") { // a Message-ID
			split(n.Reference)
		}
	}
	return list
}

// earlier finds the mail that came with a Message-ID before, whatever source brought it.
func (s *Service) earlier(ctx context.Context, messageID string) (raw []byte, ok bool) {
	for _, source := range s.mailSources() {
		it, err := s.ItemOf(ctx, source, messageID)
		if errors.Is(err, tracker.ErrNotFound) {
			continue
		}
		if err == nil {
			_, raw, err = s.ItemEvidence(ctx, it.ID)
		}
		if err != nil { // it can't be compared: it counts as another mail
			return nil, true
		}
		return raw, true
	}
	return nil, false
}

// mailSources lists the sources that mails come by.
func (s *Service) mailSources() []string {
	names := []string{ByHand}
	for _, name := range s.Config.Names() {
		if !s.Config.Sources[name].Kind.Polled() {
			names = append(names, name)
		}
	}
	return names
}

// ByHand is the source of what people hand in where none is configured.
const ByHand = "mail"
