package intake

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"strconv"
	"time"

	"kigen/config"
	"kigen/sla/tracker"
)

// The headers of a signed push, as of the webhooks that kigen sends: the signature is
// "sha256=" and the hex digits of the HMAC-SHA256 of timestamp, full stop and body.
const (
	HeaderTimestamp = "Kigen-Timestamp" // Unix seconds
	HeaderSignature = "Kigen-Signature"
)

// Bounds of what is pushed, in bytes.
const (
	LargestMail = 25 << 20
	LargestHook = 1 << 20
)

// signedFor is how far the timestamp of a signature may be from now.
const signedFor = 5 * time.Minute

// Signed reports whether a push carries the signature of its source's secret.
func Signed(src config.Source, timestamp, signature string, body []byte, now time.Time) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	secret := src.Secret.Reveal()
	if age := now.Sub(time.Unix(seconds, 0)); err != nil || secret == "" || age > signedFor || age < -signedFor {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hmac.Equal([]byte(signature), []byte("sha256="+hex.EncodeToString(mac.Sum(nil))))
}

// Hinted reports whether a push to a source is only a hint to read its page.
func Hinted(src config.Source) bool { return src.Kind == config.SourceStatuspage }

// Admits reports whether a push without a role is let in: one that is signed, which is
// checked once the body is there, and a small hint.
func (s *Service) Admits(source string, signed bool, length int64) bool {
	src, _ := s.SourceNamed(source)
	if Hinted(src) {
		return length >= 0 && length <= LargestHook
	}
	return signed && src.Secret != ""
}

// SourceNamed returns the source that a push names. What people hand in needs none.
func (s *Service) SourceNamed(name string) (src config.Source, ok bool) {
	src, ok = s.Config.Sources[name]
	if !ok && name == ByHand {
		return config.Source{Kind: config.SourceMaildir}, true
	}
	return src, ok
}

// Push takes in what was sent: a raw mail, or JSON by the source's map.
func (s *Service) Push(ctx context.Context, source, contentType string, body []byte) (*Taken, error) {
	src, ok := s.SourceNamed(source)
	if !ok {
		return nil, tracker.Invalidf("source", source, "is unknown: name it under intake: in the configuration")
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = contentType
	}
	b := Batch{Source: source, Pushed: true}
	switch media {
	case "message/rfc822":
		if src.Kind.Polled() {
			return nil, tracker.Invalidf("Content-Type", media, "is a mail, and the source %s is a page: name a source of mails or hooks", source)
		}
		if b.Entries, err = s.readPushed(ctx, body); err != nil {
			return nil, err
		}
	case "application/json":
		if b.Entries, err = s.readHook(source, src, body); err != nil {
			return nil, err
		}
	default:
		return nil, tracker.Invalidf("Content-Type", contentType, "is not taken: send a mail as message/rfc822, or application/json by the source's map")
	}
	return s.Take(ctx, b)
}
