package notify

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/slack-go/slack"
)

// failure says what an error of the library means. The text of an error can
// hold what the server sent back, so the token is cut out of it.
func (s *Slack) failure(err error) *Failure {
	f := requestFailure(err, s.token)
	var word slack.SlackErrorResponse
	var status slack.StatusCodeError
	switch {
	case errors.As(err, &word):
		s.classifyWord(f, word.Err)
	case errors.As(err, &status):
		if status.Code < http.StatusInternalServerError {
			f.Kind = Broken // a proxy or a wrong api_url answers, not Slack
			f.Reason += fmt.Sprintf(": check api_url and any proxy (HTTP %d)", status.Code)
		}
	}
	return f
}

// classifyWord sorts Slack's own error words. A word that is not known means
// that the message was not taken: plain text is worth a try.
func (s *Slack) classifyWord(f *Failure, word string) {
	switch word {
	case "ratelimited", "rate_limited":
		f.Kind, f.RetryAfter = Limited, defaultRetryAfter
	case "fatal_error", "internal_error", "service_unavailable", "request_timeout":
		f.Kind = Unknown
	case "channel_not_found", "not_in_channel":
		f.Kind = Broken
		f.Reason += fmt.Sprintf(": invite the bot to channel %q, or correct the destination's channel", s.channel)
	case "is_archived":
		f.Kind = Broken
		f.Reason += fmt.Sprintf(": unarchive channel %q, or choose another", s.channel)
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type":
		f.Kind = Broken
		f.Reason += ": put a valid bot token into the destination's token"
	case "missing_scope", "no_permission":
		f.Kind = Broken
		f.Reason += ": give the app the scope chat:write and install it again"
	case "access_denied", "accesslimited", "ekm_access_denied", "enterprise_is_restricted", "org_login_required",
		"restricted_action", "restricted_action_non_threadable_channel", "restricted_action_read_only_channel",
		"restricted_action_thread_locked", "restricted_action_thread_only_channel", "team_access_not_granted",
		"team_not_found", "two_factor_setup_required", "user_is_restricted", "method_deprecated",
		"deprecated_endpoint", "unknown_method":
		f.Kind = Broken
		f.Reason += ": ask the administrator of the Slack workspace"
	default:
		f.Kind = Refused
	}
}

// uneditable reports whether an update failed because of the message that was
// to be changed.
func uneditable(err error) bool {
	var word slack.SlackErrorResponse
	if !errors.As(err, &word) {
		return false
	}
	switch word.Err {
	case "edit_window_closed", "message_not_found", "cant_update_message":
		return true
	}
	return false
}
