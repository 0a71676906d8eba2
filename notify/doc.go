// Package notify tells people: it takes deliveries out of an outbox, writes
// each as a message by what is true when it is sent, and hands it to a
// destination: a Slack channel, a mail list, a webhook or the console.
//
// # No alert is lost
//
// A Sender takes three steps, each finished before the next begins:
//
//  1. the delivery is committed as sending,
//  2. the request is made, carrying the delivery's key,
//  3. the delivery is committed as sent, with the receipt.
//
// A crash between them leaves a row in sending, whose outcome nobody knows; a
// timeout or an answer that can't be read does the same. Such a row is in
// doubt: the destination is asked for its key, and it is sent again only when
// it is not there. Where the destination can't be asked, it is sent again and
// marked as a possible repeat: at least once, never silently not at all. A
// failure puts the delivery back with a time to try again; there is no last
// attempt.
//
// # Failures
//
// A Destination says what a failure means by returning a *Failure; its Kind
// decides what the Sender does next. Errors never contain secrets.
package notify
