// Package outbox says what people are alerted about and how far each message has come:
// the alert with its reason, a delivery of it at one destination with its states, the
// digest that combines many, and what a message has said of an incident. The store keeps
// these, and notify sends them.
//
// It is pure, and decides nothing about clocks.
package outbox
