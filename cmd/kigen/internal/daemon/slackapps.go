package daemon

import (
	"context"
	"maps"
	"slices"

	"kigen/cmd/kigen/internal/chasing/chat"
	"kigen/cmd/kigen/internal/slackapp"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/chaser"
)

// makeSlackApps makes one connection for each app token: destinations that
// share a token are channels of one app.
func (d *deployment) makeSlackApps() []*slackapp.App {
	byToken := map[config.Secret]*slackapp.Options{}
	for _, name := range slices.Sorted(maps.Keys(d.config.Destinations)) {
		s := d.config.Destinations[name].Slack()
		if s == nil || s.AppToken == "" {
			continue
		}
		o := byToken[s.AppToken]
		if o == nil {
			o = d.slackAppOptions(s)
			byToken[s.AppToken] = o
		}
		o.Channels[s.Channel] = s.Token.Reveal()
	}
	var apps []*slackapp.App
	for _, token := range slices.Sorted(maps.Keys(byToken)) {
		apps = append(apps, slackapp.New(*byToken[token]))
	}
	return apps
}

func (d *deployment) slackAppOptions(s *config.Slack) *slackapp.Options {
	return &slackapp.Options{
		AppToken: s.AppToken.Reveal(), Channels: map[string]string{}, APIURL: s.APIURL,
		Tracker: d.tracker, Incidents: d.store, Catalogue: d.config.Catalogue,
		Zone: d.config.Timezone, Lang: d.config.Language, BaseURL: d.config.BaseURL, Now: clock, Log: d.log,
		Chaser: d.chaserMail, Post: chat.Post{Service: d.chasing}, Inbox: d.intake, Who: slackapp.Who(d.config.SlackActs),
		Denied: func(ctx context.Context, actor, from, request string) error {
			return d.access.Denied(ctx, actor, from, request)
		},
	}
}

// chaserMail writes the mail that asks the vendor of an incident for missing
// notices; empty if none are missing.
func (d *deployment) chaserMail(inc *sla.Incident, lang string) string {
	vendor, _ := d.config.Catalogue.Vendor(inc.Vendor)
	letter, ok := chaser.Write(lang, chaser.About{Incident: inc, Vendor: vendor, Now: clock(), Zone: d.config.Timezone})
	if !ok {
		return ""
	}
	return letter.Subject + "\n\n" + letter.Body
}

// appsDown counts the apps whose connection is down.
func (d *deployment) appsDown() (down float64) {
	for _, app := range d.apps {
		if !app.Connected() {
			down++
		}
	}
	return down
}

// appFaults adds a fault for each disconnected Slack app.
func (d *deployment) appFaults(h *web.Health) {
	for _, app := range d.apps {
		if reason := app.Health().LastError; reason != "" {
			h.Fault(false, catalog.Both("slack_app_fails", "Error", errorOf(reason)))
		}
	}
}
