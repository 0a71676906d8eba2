package config

import (
	"net/url"

	"kigen/config/tree"
)

// page reads a source that is a page: its address and how it is read.
func (d *decoder) page(n, place *tree.Node, s *Source) {
	s.Place = Secret(d.webURL(place))
	s.Service, s.Services = d.Text(n.Get("service")), d.services(n.Get("services"))
	s.Anchor, s.Select, s.MustContain = d.Text(n.Get("anchor")), d.Text(n.Get("select")), d.Text(n.Get("must_contain"))
	s.Token = Secret(d.Text(n.Get("token")))
	u, err := url.Parse(s.Place.Reveal())
	if err != nil {
		return // reported
	}
	if u.User != nil {
		d.Reportf(place, "holds a login, which no page is asked with: leave it out, or give the source a token")
	}
	switch {
	case s.Token == "" && s.Kind == SourceM365 && n.Get("token") == nil && n.Get("oauth2") == nil:
		d.Missing(n, "oauth2", "Microsoft Graph needs client credentials: token_url, client_id and client_secret")
	case s.Token != "" && n.Get("oauth2") != nil:
		d.Reportf(n.Get("token"), "stands beside oauth2: give either of them")
	case (s.Token != "" || n.Get("oauth2") != nil) && u.Scheme == "http" && !loopbackHost(u.Hostname()):
		d.Reportf(place, "would send the token unencrypted: use https://")
	}
}

// services reads what the page calls the services of the vendor.
func (d *decoder) services(n *tree.Node) map[string]string {
	if n == nil || !d.Is(n, tree.Object) {
		return nil
	}
	names := map[string]string{}
	for _, f := range n.Fields {
		names[f.Key] = d.Text(f.Value)
	}
	return names
}
