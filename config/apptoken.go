package config

import (
	"regexp"
	"strings"

	"kigen/config/tree"
)

var channelID = regexp.MustCompile(`^[CDG][A-Z0-9]{2,}$`)

// appToken checks the settings of the connection from Slack. Acts carry the
// channel's id, so channel must be an id and not a name.
func (d *decoder) appToken(n *tree.Node, s *Slack) {
	if s.AppToken == "" {
		return
	}
	if !strings.HasPrefix(string(s.AppToken), "xapp-") {
		d.reportf(n.Get("app_token"), "is not an app-level token: use the one that starts with xapp-, with the scope connections:write")
	}
	if s.WebhookURL != "" && n.Get("token") == nil && n.Get("channel") == nil {
		d.reportf(n.Get("app_token"), "also needs token and channel: a webhook alone cannot answer people")
	}
	if s.Channel != "" && !channelID.MatchString(s.Channel) {
		d.reportf(n.Get("channel"), "is not a channel id: with app_token give the id, such as C0123456789 (at the end of the channel's details in Slack)")
	}
}
