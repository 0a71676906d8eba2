package notify

import (
	"encoding/json"
	"fmt"
	"time"

	"kigen/notify/wire"
	"kigen/sla/outbox"
)

// TestMessage builds a message to a destination like a report's, which needs no
// incident.
func (w Writer) TestMessage(destination string, now time.Time) (*wire.Message, error) {
	text := textsIn(w.Lang)
	body, err := json.Marshal(map[string]any{
		"title": text.Say("kigen_test_message"),
		"lines": []string{text.Say("alerts_for_arrive_here_no", "Name", destination)},
		"link":  w.BaseURL,
	})
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("test/%s/%d", destination, now.UnixMilli())
	return w.Write(&outbox.Delivery{
		Key: key, Destination: destination, Kind: outbox.Post, Attempts: 1,
		Alert: outbox.Alert{Key: key, Reason: outbox.ReasonReport, At: now, Body: body},
	}, now), nil
}
