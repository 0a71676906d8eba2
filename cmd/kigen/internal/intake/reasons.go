package intake

import "kigen/sla/inbox"

// Because makes a reason from its key and the names and values of its placeholders.
func Because(key string, pairs ...string) inbox.Reason { return inbox.Reason{Key: key, Args: pairs} }

// The keys of reasons why a mail was matched.
const (
	ReasonProvedByDMARC      = "proved_dmarc"
	ReasonProvedByDKIM       = "proved_dkim"
	ReasonProvedBySPF        = "proved_spf"
	ReasonMatchedTicket      = "matched_ticket"
	ReasonMatchedReply       = "matched_reply"
	ReasonMatchedNumber      = "matched_number"
	ReasonMatchedServiceTime = "matched_service_time"
)

// The keys of reasons why a mail was not taken by itself.
const (
	ReasonSenderUnproved       = "sender_unproved"
	ReasonSenderFailed         = "sender_failed"
	ReasonSenderUnaligned      = "sender_unaligned"
	ReasonSenderUnclear        = "sender_unclear"
	ReasonSenderReplyTo        = "sender_reply_to"
	ReasonSenderLookalike      = "sender_lookalike"
	ReasonSenderClaims         = "sender_claims"
	ReasonSenderUnknown        = "sender_unknown"
	ReasonSenderOurs           = "sender_ours"
	ReasonSenderShared         = "sender_shared"
	ReasonCopyForwarded        = "copy_forwarded"
	ReasonCopyOfList           = "copy_of_list"
	ReasonOwnLoop              = "own_loop"
	ReasonAutoReply            = "auto_reply"
	ReasonAutoBounce           = "auto_bounce"
	ReasonIncidentNone         = "incident_none"
	ReasonIncidentSeveral      = "incident_several"
	ReasonIncidentConflict     = "incident_conflict"
	ReasonIncidentOtherTicket  = "incident_other_ticket"
	ReasonIncidentOtherService = "incident_other_service"
	ReasonChannelUnnamed       = "channel_unnamed"
	ReasonChannelNoClock       = "channel_no_clock"
	ReasonTextKind             = "text_kind"
	ReasonTextEmpty            = "text_empty"
	ReasonTextHolding          = "text_holding"
	ReasonTextAttached         = "text_attached"
	ReasonTextEncrypted        = "text_encrypted"
	ReasonTextTooLarge         = "text_too_large"
	ReasonTextOld              = "text_old"
	ReasonTextGone             = "text_gone"
	ReasonTextBroken           = "text_broken"
	ReasonTextCut              = "text_cut"
	ReasonTextMalformed        = "text_malformed"
	ReasonTextGarbled          = "text_garbled"
	ReasonTextCorrection       = "text_correction"
	ReasonTextNotAffected      = "text_not_affected"
	ReasonTextDrill            = "text_drill"
	ReasonTextOtherMatter      = "text_other_matter"
	ReasonTextOurs             = "text_ours"
	ReasonHeaderIDReused       = "header_id_reused"
	ReasonHeaderDateAhead      = "header_date_ahead"
	ReasonHeaderNoReceipt      = "header_no_receipt"
)
