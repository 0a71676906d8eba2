package slack

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"kigen/notify"
	"kigen/notify/wire"
	"kigen/sla/outbox"
	"kigen/sla/phrase/localizer"
)

// place is the place that a request to Slack writes to.
type place struct {
	channel string // empty: that of an incoming webhook
	former  bool   // the channel is, or may be, another one than that of new messages
	earlier bool   // the request edits or replies to an earlier message
}

// named returns the words that follow "channel" in a sentence.
func (p place) named() string {
	if p.channel == "" {
		return "of the webhook"
	}
	return strconv.Quote(p.channel)
}

// present is the place of new messages.
func (s *Channel) present() place { return place{channel: s.channelID()} }

// placeOf is the place of the message that the receipt names.
func (s *Channel) placeOf(r outbox.Receipt) place {
	return place{channel: r.Channel, former: r.Channel != s.channelID(), earlier: true}
}

// under returns the message's thread; empty if the thread is in a former
// channel.
func (s *Channel) under(m *wire.Message) string {
	if m.Under.Channel != "" && isChannelID(s.channelID()) && m.Under.Channel != s.channelID() {
		return ""
	}
	return m.Under.TS
}

// isChannelID distinguishes a channel's id from its name, which is lower case.
func isChannelID(channel string) bool {
	return channel != "" && strings.Trim(channel, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// failure classifies an error of the library for a new message. It removes the
// token from the text, because a server may echo the request.
func (s *Channel) failure(err error) *wire.Failure { return s.failureAt(err, s.present()) }

// failureAt classifies an error of the library for a message to the given place.
func (s *Channel) failureAt(err error, at place) *wire.Failure {
	f := notify.RequestFailure(err, s.token)
	var word slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &word):
		classifyWord(f, word.Err, at)
	case errors.As(err, &status) && status.Code == http.StatusProxyAuthRequired:
		f.Kind = wire.Unreached
		f.Reason += wire.ProxyRemedy
	case errors.As(err, &status) && status.Code < http.StatusInternalServerError:
		f.Kind = wire.Broken // the answer comes from a proxy or a wrong api_url, not from Slack
		if byContent(status.Code) {
			f.Kind = wire.Refused
		}
		f.Reason += fmt.Sprintf(": check api_url and any proxy (HTTP %d)", status.Code)
	}
	return f
}

// byContent reports whether the status may depend on the message's content: a
// gateway may scan outgoing requests for secrets or limit their size.
func byContent(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotAcceptable, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// classifyWord sets the Kind and the remedy for one of Slack's error words.
func classifyWord(f *wire.Failure, word string, at place) {
	w, known := errorWordOf(word)
	switch {
	case !known || w.of == ofMessage:
		f.Kind = wire.Refused
		return
	case w.of == ofPace:
		f.Kind, f.RetryAfter = wire.Limited, wire.DefaultRetryAfter
	case w.of == ofService:
		f.Kind = wire.Unknown
	case w.of == ofEarlier && at.earlier, w.of == ofChannel && at.former:
		f.Kind = wire.Gone
		f.Reason += fmt.Sprintf(", where the earlier message stands: channel %q", at.channel)
		return
	case w.of == ofEarlier:
		f.Kind = wire.Refused
		return
	default:
		f.Kind = wire.Broken
	}
	if w.remedy != remedyNone {
		f.Reason += ": " + catalog.In(localizer.English).Say(w.remedy, "Channel", " "+at.named())
	}
}

// uneditable reports whether an update failed because the message exists but can
// no longer be edited.
func uneditable(err error) bool {
	var word slack.SlackErrorResponse
	if !errors.As(err, &word) {
		return false
	}
	switch word.Err {
	case "edit_window_closed", "cant_update_message":
		return true
	}
	return false
}
