package slack

import (
	"strings"

	"kigen/calendar"
)

// subject is the scope of one of Slack's error words.
type subject uint8

const (
	ofMessage subject = iota // the message: its form or content
	ofEarlier                // the message to edit, or the thread to reply in
	ofChannel                // the channel in the request
	ofAccount                // the bot, its token, the workspace: all requests fail
	ofService                // Slack itself: the message may have arrived
	ofPace                   // too many requests
)

// errorWord is one of Slack's error words with the key of its remedy.
type errorWord struct {
	word   string
	of     subject
	remedy string
}

// The keys of the remedies.
const (
	remedyForm      = "remedy_form"
	remedyEarlier   = "remedy_earlier"
	remedyInvite    = "remedy_invite"
	remedyUnarchive = "remedy_unarchive"
	remedyPosting   = "remedy_posting"
	remedyLimit     = "remedy_limit"
	remedyToken     = "remedy_token"
	remedyScope     = "remedy_scope"
	remedyAdmin     = "remedy_admin"
	remedyHook      = "remedy_hook"
	remedyNone      = ""
)

// errorWords is the table of the error words of chat.postMessage, chat.update,
// files.*, conversations.* and incoming webhooks. A word that is not in it counts
// as a refusal of the message.
var errorWords = [...]errorWord{
	{"invalid_blocks", ofMessage, remedyForm},
	{"invalid_blocks_format", ofMessage, remedyForm},
	{"invalid_attachments", ofMessage, remedyForm},
	{"invalid_metadata_format", ofMessage, remedyForm},
	{"invalid_metadata_schema", ofMessage, remedyForm},
	{"metadata_too_large", ofMessage, remedyForm},
	{"msg_too_long", ofMessage, remedyForm},
	{"msg_blocks_too_long", ofMessage, remedyForm},
	{"no_text", ofMessage, remedyForm},
	{"too_many_attachments", ofMessage, remedyForm},
	{"invalid_payload", ofMessage, remedyForm},

	{"message_not_found", ofEarlier, remedyEarlier},
	{"thread_not_found", ofEarlier, remedyEarlier},
	{"cannot_reply_to_message", ofEarlier, remedyEarlier},
	{"restricted_action_thread_locked", ofEarlier, remedyEarlier},
	{"restricted_action_non_threadable_channel", ofEarlier, remedyEarlier},

	{"channel_not_found", ofChannel, remedyInvite},
	{"not_in_channel", ofChannel, remedyInvite},
	{"is_archived", ofChannel, remedyUnarchive},
	{"channel_is_archived", ofChannel, remedyUnarchive},
	{"posting_to_general_channel_denied", ofChannel, remedyPosting},
	{"posting_to_channel_denied", ofChannel, remedyPosting},
	{"restricted_action", ofChannel, remedyAdmin},
	{"restricted_action_read_only_channel", ofChannel, remedyPosting},
	{"restricted_action_thread_only_channel", ofChannel, remedyPosting},
	{"message_limit_exceeded", ofChannel, remedyLimit},

	{"invalid_auth", ofAccount, remedyToken},
	{"not_authed", ofAccount, remedyToken},
	{"account_inactive", ofAccount, remedyToken},
	{"token_revoked", ofAccount, remedyToken},
	{"token_expired", ofAccount, remedyToken},
	{"not_allowed_token_type", ofAccount, remedyToken},
	{"missing_scope", ofAccount, remedyScope},
	{"no_permission", ofAccount, remedyScope},
	{"access_denied", ofAccount, remedyAdmin},
	{"accesslimited", ofAccount, remedyAdmin},
	{"ekm_access_denied", ofAccount, remedyAdmin},
	{"enterprise_is_restricted", ofAccount, remedyAdmin},
	{"org_login_required", ofAccount, remedyAdmin},
	{"team_access_not_granted", ofAccount, remedyAdmin},
	{"team_not_found", ofAccount, remedyAdmin},
	{"team_disabled", ofAccount, remedyAdmin},
	{"two_factor_setup_required", ofAccount, remedyAdmin},
	{"user_is_restricted", ofAccount, remedyAdmin},
	{"method_deprecated", ofAccount, remedyAdmin},
	{"deprecated_endpoint", ofAccount, remedyAdmin},
	{"unknown_method", ofAccount, remedyAdmin},
	{"action_prohibited", ofAccount, remedyAdmin},
	{"invalid_token", ofAccount, remedyHook},
	{"no_active_hooks", ofAccount, remedyHook},
	{"no_service", ofAccount, remedyHook},
	{"no_service_id", ofAccount, remedyHook},
	{"no_team", ofAccount, remedyHook},

	{"fatal_error", ofService, remedyNone},
	{"internal_error", ofService, remedyNone},
	{"service_unavailable", ofService, remedyNone},
	{"request_timeout", ofService, remedyNone},
	{"rollup_error", ofService, remedyNone},

	{"ratelimited", ofPace, remedyNone},
	{"rate_limited", ofPace, remedyNone},
}

// errorWordOf looks a word up.
func errorWordOf(word string) (errorWord, bool) {
	for i := range errorWords {
		if w := &errorWords[i]; w.word == word {
			return *w, true
		}
	}
	return errorWord{word: word}, false
}

// Remedy returns the remedy for a failure's reason that contains one of Slack's
// error words; empty for any other reason.
func Remedy(reason string) calendar.Text {
	for _, part := range strings.FieldsFunc(reason, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		if w, known := errorWordOf(part); known && w.remedy != remedyNone && strings.Contains(part, "_") {
			return catalog.Both(w.remedy, "Channel", channelIn(reason))
		}
	}
	return calendar.Text{}
}

// channelIn returns the channel that a reason names, after a space; empty if it
// names none.
func channelIn(reason string) string {
	_, after, found := strings.Cut(reason, `channel "`)
	name, _, closed := strings.Cut(after, `"`)
	if !found || !closed {
		return ""
	}
	return " " + name
}
