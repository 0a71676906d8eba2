// Package access knows who may use kigen: users with passwords, people who sign
// in at an OpenID Connect issuer, the sessions of both, and tokens for programs.
// Each has one of three roles. It keeps nothing that would let anybody in:
// passwords are stored as argon2id, the keys of sessions and tokens as SHA-256.
//
// A Keeper asks the database anew with every request, so what is changed there,
// by another process too, holds at once. Whatever is changed is written to the
// access log in the same transaction, with who, when and from where.
package access
