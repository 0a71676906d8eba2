package config

import (
	"regexp"
	"strings"
)

var channelID = regexp.MustCompile(`^[CDG][A-Z0-9]{2,}$`)

// appToken checks what a connection from Slack needs. Who acts from Slack is
// known by the channel's id, so a name won't do there.
func (d *decoder) appToken(n *node, s *Slack) {
	if s.AppToken == "" {
		return
	}
	if !strings.HasPrefix(string(s.AppToken), "xapp-") {
		d.reportf(n.get("app_token"), "is no app-level token: use the one that starts with xapp-, with the scope connections:write")
	}
	if s.WebhookURL != "" && n.get("token") == nil && n.get("channel") == nil {
		d.reportf(n.get("app_token"), "needs token and channel besides: a webhook alone can't answer anybody")
	}
	if s.Channel != "" && !channelID.MatchString(s.Channel) {
		d.reportf(n.get("channel"), "is no channel id: with app_token give the id, such as C0123456789 (at the end of the channel's details in Slack)")
	}
}
