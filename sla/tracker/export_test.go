package tracker

// HashOf is the hash of an entry under its idempotency key.
func HashOf(e Entry) string { return e.hash() }

// HashOfAll is the hash of a list of entries.
func HashOfAll(e []Entry) string { return hashAll(e) }
