package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
)

// The purposes of sealed texts: a text that is sealed for one is worthless for
// another.
const (
	sealDevice  = "device"
	sealPending = "pending"
)

// longestSealed bounds a sealed text before it is decoded, in bytes.
const longestSealed = 4 << 10

// sealer signs values that browsers keep. Its key is in the database, so that
// sealed values outlast a restart.
type sealer struct {
	mu  sync.Mutex
	key []byte // nil: not read yet
}

// sealKey returns the key, which it reads or creates on first use.
func (k *Keeper) sealKey(ctx context.Context) ([]byte, error) {
	k.sealing.mu.Lock()
	defer k.sealing.mu.Unlock()
	if k.sealing.key != nil {
		return k.sealing.key, nil
	}
	fresh := make([]byte, sha256.Size)
	rand.Read(fresh) //nolint:errcheck // crypto/rand ends the program rather than fail
	key, err := k.store.AccessKey(ctx, "seal", fresh, k.now())
	if err == nil {
		k.sealing.key = key
	}
	return key, err
}

func signature(key []byte, purpose, body string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(purpose + "\x00" + body))
	return mac.Sum(nil)
}

// seal encodes a value and signs it for a purpose. The value can be read by all.
func (k *Keeper) seal(ctx context.Context, purpose string, v any) (string, error) {
	key, err := k.sealKey(ctx)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	body := base64.RawURLEncoding.EncodeToString(text)
	return body + "." + base64.RawURLEncoding.EncodeToString(signature(key, purpose, body)), nil
}

// unseal decodes a value that was sealed for the purpose; false if it was not.
func (k *Keeper) unseal(ctx context.Context, purpose, sealed string, v any) bool {
	body, sum, ok := strings.Cut(sealed, ".")
	if !ok || len(sealed) > longestSealed {
		return false
	}
	given, err := base64.RawURLEncoding.DecodeString(sum)
	if err != nil {
		return false
	}
	key, err := k.sealKey(ctx)
	if err != nil || !hmac.Equal(given, signature(key, purpose, body)) {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	return err == nil && json.Unmarshal(text, v) == nil
}
