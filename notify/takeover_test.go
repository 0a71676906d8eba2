package notify

import (
	"io"
	"testing"
	"time"
)

// A Sender that takes over keeps the patience that is used up already.
func TestSenderTakesOverTheCircuit(t *testing.T) {
	now := time.Now()
	before := NewSender("soc", NewConsole(io.Discard, false), nil, Writer{}, Options{})
	before.breaker.breaks(now, now)
	after := NewSender("soc", NewConsole(io.Discard, false), nil, Writer{}, Options{After: before})
	if wait, failing := after.breaker.untilDown(now, time.Hour); !failing || wait > 0 || after.breaker.delay(now) <= 0 {
		t.Error("a broken destination was forgotten")
	}
	fresh := NewSender("soc", NewConsole(io.Discard, false), nil, Writer{}, Options{})
	if _, failing := fresh.breaker.untilDown(now, time.Hour); failing {
		t.Error("a new destination is broken from the start")
	}
}
