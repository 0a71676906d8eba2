// Package drafting turns the file of a vendor's paper into a draft of the configuration,
// and compares a new edition with the promises that are held. It puts nothing into effect.
package drafting
