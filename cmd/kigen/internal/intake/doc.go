// Package intake takes in what vendors send and publish: mails, feeds and signed hooks
// become items, of which a person makes a notice or an incident. An item stops a clock by
// itself only where its source may and everything about it agrees: a wrong automatic stop
// hides a breach, a wrong candidate costs a click.
//
// Its subpackages read: mail the mails, feed the status pages. They know no database and
// no clock.
package intake
