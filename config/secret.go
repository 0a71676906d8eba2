package config

import (
	"kigen/config/tree"
)

// Secret is a value that must not be shown. Printing and encoding return a mask.
type Secret = tree.Secret

// maskSecrets marks secret values. Below destinations all values are masked unless known
// to be harmless, because a token at the wrong key is still a token.
func maskSecrets(root *tree.Node) {
	if n := root.Get("database"); n != nil {
		n.Mask = tree.HideLogin
	}
	if heartbeat := root.Get("heartbeat"); heartbeat != nil {
		tree.Hide(heartbeat, tree.HideAddress)
		if every := heartbeat.Get("every"); every != nil {
			every.Mask = tree.ShowAll
		}
	}
	if oidc := root.Get("oidc"); oidc != nil {
		tree.Hide(oidc, tree.HideAll)
		for _, f := range oidc.Fields {
			tree.Hide(f.Value, oidcMask(f.Key))
		}
	}
	if audit := root.Get("audit"); audit != nil {
		tree.Hide(audit, tree.HideAll)
		for _, kind := range audit.Fields {
			for _, f := range kind.Value.Fields {
				tree.Hide(f.Value, destinationMask(f.Key))
			}
		}
	}
	maskIntake(root.Get("intake"))
	for _, destination := range root.Get("destinations").Children() {
		tree.Hide(destination, tree.HideAll)
		if fallback := destination.Get("fallback"); fallback != nil {
			fallback.Mask = tree.ShowAll
		}
		for _, kind := range destination.Fields {
			for _, f := range kind.Value.Fields {
				tree.Hide(f.Value, destinationMask(f.Key))
			}
		}
	}
}

func oidcMask(key string) tree.Mask {
	switch key {
	case "client_id", "scopes", "groups_claim", "roles", "default_role":
		return tree.ShowAll
	case "issuer":
		return tree.HideLogin
	}
	return tree.HideAll
}
