package intake

// The keys of reasons why an item of a feed is in its state.
const (
	ReasonFeedFirstPoll = "feed_first_poll"
	ReasonFeedNew       = "feed_new"
	ReasonFeedPage      = "feed_page"
	ReasonFeedNone      = "feed_none"
	ReasonFeedRecovery  = "feed_recovery"
	ReasonFeedAttached  = "feed_attached" // Item
	ReasonFeedUnproved  = "feed_unproved"
	ReasonFeedAfterEnd  = "feed_after_end" // Field, Given
	ReasonFeedFuture    = "feed_future"    // Field, Given
)
