package access

// Issuer is an OpenID Connect issuer at which people sign in.
type Issuer struct{}
