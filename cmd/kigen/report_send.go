package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/reporting"
)

// sendReport asks the running kigen to send a report, because only the daemon has
// senders and an outbox.
func (a *app) sendReport(ctx context.Context, period string, to []string) error {
	s, err := a.session(false)
	if err != nil {
		return err
	}
	body, err := s.daemon.Do(ctx, client.Request{
		Method: http.MethodPost, Path: "/reports/" + period + "/send", Body: map[string][]string{"to": to},
	})
	if err != nil {
		return fmt.Errorf("--send: %w", err)
	}
	var sent reporting.SendResult
	if err := client.Decode(body, &sent); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, say(s.lang, "edition_is_on_its_way"),
		sent.Period, sent.Edition, strings.Join(sent.To, ", "), strings.Join(append([]string{sent.Key}, sent.Files...), ", "))
	return err
}
