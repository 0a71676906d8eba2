package destinations

import "kigen/notify/wire"

// slackClass: what a bot has posted can be found and changed. An incoming webhook can do
// neither.
func slackClass(v Values) wire.Class {
	if v["token"] == "" {
		return wire.Blind
	}
	return wire.Askable | wire.Editable
}

func slackSettings() []Setting {
	return []Setting{
		{Key: "token"}, {Key: "channel", Show: ShowAll}, {Key: "api_url", Show: ShowNoLogin}, {Key: "app_token"}, {Key: "webhook_url", Show: ShowHost},
	}
}

func emailSettings() []Setting {
	return []Setting{{Key: "smtp", Show: ShowNoLogin}, {Key: "ca", Show: ShowAll}, {Key: "from", Show: ShowAll}, {Key: "to", Show: ShowAll}}
}

func webhookSettings() []Setting {
	return []Setting{{Key: "url", Show: ShowHost}, {Key: "secret"}}
}
