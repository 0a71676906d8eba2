package slackapp

import "time"

// SetAckBound shortens how long a form's acknowledgement waits.
func (a *App) SetAckBound(d time.Duration) { a.ackBound = d }
