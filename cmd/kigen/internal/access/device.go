package access

import (
	"context"
	"net/netip"
	"time"
)

// DeviceLife is how long a browser stays known after its last sign-in.
const DeviceLife = 180 * 24 * time.Hour

// device is a browser in which a user has signed in before. Failed attempts by
// strangers do not delay it, and its own do not delay others.
type device struct {
	ID   string `json:"d"`
	Name string `json:"n"` // of the user
	At   int64  `json:"t"` // of the sign-in, in Unix seconds
}

// device returns the device of a cookie; the zero value if it is not valid.
func (k *Keeper) device(ctx context.Context, cookie string) (d device) {
	if cookie == "" || !k.unseal(ctx, sealDevice, cookie, &d) || k.now().Sub(time.Unix(d.At, 0)) > DeviceLife {
		return device{}
	}
	return d
}

// KnownDevice returns the id of the browser that sent the cookie; empty if no one has
// signed in with it.
func (k *Keeper) KnownDevice(ctx context.Context, cookie string) string {
	return k.device(ctx, cookie).ID
}

// remember returns the cookie that makes the browser known for the user. A browser
// that is known already keeps its id.
func (k *Keeper) remember(ctx context.Context, name, cookie string) (string, error) {
	d := k.device(ctx, cookie)
	if d.Name != name {
		d.ID, _ = newKey("")
	}
	return k.seal(ctx, sealDevice, device{ID: d.ID, Name: name, At: k.now().Unix()})
}

// Network groups addresses by client: with IPv6, one client controls a /64.
func Network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if addr = addr.Unmap().WithZone(""); addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
