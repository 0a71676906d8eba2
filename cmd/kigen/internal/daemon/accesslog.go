package daemon

import (
	"context"

	"kigen/cmd/kigen/internal/accesslog"
	"kigen/notify"
)

// makeAccessLog makes the jobs that pass on the access log.
func (d *deployment) makeAccessLog(ctx context.Context, previous *deployment) error {
	if previous != nil {
		d.printer = previous.printer
	} else if d.options.Access != nil {
		d.printer = &accesslog.Printer{Lines: d.store, Log: d.options.Access, Own: d.log, Now: wallNow}
		if err := d.printer.Begin(ctx); err != nil {
			return err
		}
	}
	if hook := d.config.Audit.Webhook; hook != nil {
		d.forwarder = &accesslog.Forwarder{
			Lines: d.store, Now: wallNow, Log: d.log,
			Hook: notify.NewWebhook(notify.WebhookOptions{URL: hook.URL.Reveal(), Secret: hook.Secret.Reveal()}),
		}
	}
	return nil
}
