// Package access authenticates and authorizes: users with passwords, people who
// sign in at an OpenID Connect issuer, their sessions, and tokens for programs.
// Each has one of three roles. The database holds no usable credentials:
// passwords are stored as argon2id hashes, keys of sessions and tokens as SHA-256.
//
// A Keeper reads the database on every request, so a change, also by another
// process, takes effect at once. Every change is written to the access log in
// the same transaction, with actor, time and origin.
package access
