package web

import "net/http"

// The cookies that grant something.
const (
	SessionCookie = "kigen_session" // key of a session
	DeviceCookie  = "kigen_device"  // shows that a user has signed in with this browser before
)

// cookieName is the name of a cookie in this request. The prefix makes browsers
// refuse a cookie that another host, or a page without TLS, sets under this name.
func (s *Server) cookieName(r *http.Request, name string) string {
	switch {
	case !s.Secure(r):
		return name
	case s.Base == "":
		return "__Host-" + name
	default:
		return "__Secure-" + name // __Host- does not allow a path
	}
}

// Cookie returns the value of a cookie that NewCookie made; empty: none.
func (s *Server) Cookie(r *http.Request, name string) string {
	cookie, err := r.Cookie(s.cookieName(r, name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// NewCookie returns a cookie that is hidden from scripts and not sent by forms of
// other sites. It lasts until the browser closes.
func (s *Server) NewCookie(r *http.Request, name, value string) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(r, name), Value: value, Path: s.Base + "/",
		HttpOnly: true, Secure: s.Secure(r), SameSite: http.SameSiteLaxMode,
	}
}
