// Package pages puts the pages for people together.
package pages

import (
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/about"
	"kigen/cmd/kigen/internal/web/account"
	"kigen/cmd/kigen/internal/web/board"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/cmd/kigen/internal/web/inboxes"
	"kigen/cmd/kigen/internal/web/reports"
	"kigen/cmd/kigen/internal/web/vendors"
)

// Mount adds the pages to s.
func Mount(s *web.Server) {
	site := frame.New(s)
	board.Mount(site)
	inboxes.Mount(site)
	reports.Mount(site)
	vendors.Mount(site)
	account.Mount(site)
	about.Mount(site)
}
