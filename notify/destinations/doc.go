// Package destinations is the table of all kinds of destinations: how the configuration
// writes each, what it can do about a message that it may have already, and, for the kinds
// that speak JSON over HTTP, their whole protocol.
//
// The rest of kigen follows the table. The configuration reads the settings that a row
// names, hides those that are secret and hashes those that make the place; the pipeline
// follows the class; the daemon hands the requests of a protocol to the network. So another
// kind is one file with its protocol, and one line in the table.
//
// The package does no I/O.
package destinations
