package outbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kigen/sla"
)

// ItemDecision is what was decided last about the item of the inbox that an alert
// announces.
type ItemDecision struct {
	Action   string // record, log, link, dismiss, undo or reopen
	Waits    bool   // the item waits for a person again
	At       time.Time
	By       string         // as of events
	Incident sla.IncidentID // that the item belongs to, or belonged to before an undo; zero: none
	Reason   string
}

// ItemPrefix begins the keys of all alerts that announce the item alone.
func ItemPrefix(item int64) string { return fmt.Sprintf("intake/%d/", item) }

// ItemKey is the key of the alert that announces a revision of the item.
func ItemKey(item int64, revision int) string { return ItemPrefix(item) + strconv.Itoa(revision) }

// AnnouncedItem parses the item in the key of an alert; false: the key is not that of an
// alert about one item.
func AnnouncedItem(key string) (item int64, ok bool) {
	rest, ok := strings.CutPrefix(key, "intake/")
	number, _, more := strings.Cut(rest, "/")
	item, err := strconv.ParseInt(number, 10, 64)
	return item, ok && more && err == nil
}
