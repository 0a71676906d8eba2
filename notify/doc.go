// Package notify sends alerts: it takes deliveries out of an outbox, builds a
// message from the incident's state at the time of sending, and passes it to a
// destination: a Slack channel (notify/slack), a mail list (notify/email), a
// webhook, the console, or a kind with a protocol in the table of destinations
// (notify/destinations), which Spoken speaks. Message, Failure and Class are in
// notify/wire.
//
// # No alert is lost
//
// A Sender takes three steps, each finished before the next begins:
//
//  1. the delivery is committed as sending,
//  2. the request is made, carrying the delivery's key,
//  3. the delivery is committed as sent, with the receipt.
//
// A crash between them leaves a row in sending, whose outcome is unknown; a
// timeout or an unreadable answer has the same effect. Such a delivery is
// unconfirmed: the Sender searches the destination for its key and sends it
// again only when the key is not found. The class of the destination, which the
// table of destinations states, decides what can be done:
//
//	class      | an unconfirmed delivery is              | so that an alert arrives
//	-----------|-----------------------------------------|----------------------------------
//	idempotent | sent again with its key                 | exactly once
//	askable    | searched for; sent again if not found   | exactly once, if the search works
//	blind      | sent again, marked as a possible repeat | at least once
//
// After any other failure the delivery is pending again with a time for the
// next attempt; the number of attempts has no limit.
//
// # The states of a delivery
//
// These are all transitions of a post. Other kinds take the same ones; an
// update of a message that is gone, and a refused part of a digest, go from
// sending to superseded.
//
//	from    | what happens                                              | to
//	--------|-----------------------------------------------------------|-----------
//	pending | its Sender claims it                                      | sending
//	pending | too many are due, it joins a digest                       | merged
//	pending | a later alert supersedes it                               | superseded
//	pending | the trial that raised it withdraws it                     | superseded
//	sending | the destination accepts it                                | sent
//	sending | it did not arrive                                         | pending
//	sending | no answer                                                 | unknown
//	sending | the process ended, another one finds the row              | unknown
//	sending | it is refused in every form                               | refused
//	unknown | it is found at the destination                            | sent
//	unknown | the search does not find it, or is impossible             | pending
//	merged  | its digest page is refused: it is sent alone              | pending
//	merged  | a later alert supersedes it, the page is pending          | superseded
//	refused | its next try is due, or kigen starts, still relevant      | pending
//	refused | its next try is due, a later message replaced it          | superseded
//	refused | three messages in a row: the destination refuses all      | pending
//	refused | the trial that raised it withdraws it                     | superseded
//	pending | an answer to an earlier attempt is recorded late          | sent
//	pending | an earlier attempt is recorded as refused late            | refused
//
// # One change, one message
//
// A change of an incident queues an update of each of its posts. Where several posts
// share one message at the destination, only the last of them gets the update. A
// destination that can edit its messages applies every update. One that cannot says so in
// its digest form (outbox.DigestForm.Once): then the outbox keeps one update of
// the incident, which is sent in reply to the incident's first sent message and
// lists the changes since the last message about the incident (outbox.Said, stored
// with each delivery). The update waits a second for further changes. Many
// incidents that change at about the same time share one digest of changes.
//
// A decision about an item of the inbox queues an update of the message that announced
// it; a destination that cannot edit its messages drops that update.
//
// # Superseded alerts
//
// A later alert supersedes the earlier ones of its clock that did not arrive,
// attempted or not. An unconfirmed one is marked as moot and no longer delays
// others: if a search finds it, it counts as sent and is updated like any
// other; if not, or if it cannot be searched, it is superseded and never sent
// again. If it may have arrived and no other message corrects it, the next update
// is posted as a message of its own, which later updates change.
//
// # Failures
//
// A Destination classifies a failure by returning a *Failure. Its Kind names
// the scope of the failure and decides the Sender's next step:
//
//	kind      | scope                            | next step
//	----------|----------------------------------|---------------------------------------------
//	Unknown   | the destination                  | the delivery is unconfirmed
//	Unreached | the destination                  | again at 30 s, 1, 2, 5, 10, then every 15 min
//	Limited   | the destination                  | again after the time that the destination gave
//	Refused   | this message                     | plainer forms, then the delivery is put aside
//	Gone      | the place of an earlier message  | a new message where new messages go
//	Broken    | the destination                  | a probe every 5 min
//
// An unconfirmed delivery is searched for at the intervals of Unreached, and as soon as
// the destination accepts another message after a failure.
//
// A refused message does not delay other messages. Its delivery is put aside in
// state refused, its alert goes to the fallback, and it is listed on /health, on
// the incident and in kigen_deliveries_total{outcome="refused"} until a later
// message of its incident is queued, the incident is acknowledged, or 30 days
// have passed. The Sender tries it again after 5 min, 1 h, 6 h and then daily,
// and when kigen starts. When messages of three different incidents are refused
// in a row and none is accepted between them, the destination counts as broken:
// the deliveries put aside on the way are pending again, and the Sender sends
// three messages at a time as probes.
//
// # The fallback
//
// The fallback gets each alert once: everything that waits at a broken
// destination; everything that waits or is unconfirmed when no message has
// arrived for five minutes, counted from the first failed request; and each
// refused alert. An alert that the fallback got stays queued at its own
// destination as well.
//
// Errors never contain secrets.
package notify
