package notify

// breaker is the circuit breaker that the Sender starts with. After a reload it
// is the previous Sender's, so that fallbackPatience does not restart.
func (o *Options) breaker() *breaker {
	if o.After != nil {
		return o.After.breaker
	}
	return new(breaker)
}
