package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
)

// The whole way over real HTTP: posted, then turned green in place.
func TestSlackOverHTTP(t *testing.T) {
	fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	bot := slack.New(slack.Options{Token: token, Channel: channelID, APIURL: server.URL + "/api/"})

	d := overdue()
	receipt, err := bot.Post(t.Context(), writer("ja").Write(d, may7(9, 0)))
	if err != nil {
		t.Fatal(err)
	}
	posted := fake.Messages()
	if len(posted) != 1 || receipt != (outbox.Receipt{Channel: channelID, TS: posted[0].TS}) {
		t.Fatalf("receipt %+v for %+v", receipt, posted)
	}
	if got := posted[0].Key(slack.Key); got != d.Key {
		t.Errorf("metadata key %q, want %q", got, d.Key)
	}
	for _, want := range []string{"【期限超過】", "Sotas工程管理", "第2章 34.2", "次の営業開始", "担当者なし", "/incidents/KGN-42"} {
		if !strings.Contains(posted[0].Shown(), want) {
			t.Errorf("the message does not show %q:\n%s", want, posted[0].Shown())
		}
	}
	if !strings.HasPrefix(posted[0].Text, "【期限超過】") {
		t.Errorf("no plain text to fall back to: %q", posted[0].Text)
	}

	answered(d, sla.Late, may7(11, 10))
	if err := bot.Update(t.Context(), receipt, writer("ja").Write(d, may7(11, 11))); err != nil {
		t.Fatal(err)
	}
	updated := fake.Messages()
	if len(updated) != 1 || updated[0].Edits != 1 || !strings.Contains(updated[0].Shown(), "11:10 通知あり(期限の2時間10分後)") {
		t.Errorf("after the update: %+v", updated)
	}
}

// Slack's own syntax in outside text must stay text.
func TestSlackEscapes(t *testing.T) {
	fake, bot := workspace()
	d := overdue()
	d.Incident.Title = "<!channel> & <https://evil.example|click>"
	d.Incident.Acknowledged = sla.Acknowledgement{By: "<@U1>", At: may7(9, 0)}
	d.Clock.Explanation.Source.URL = "https://sotas.example/|<!here>"
	if _, err := bot.Post(t.Context(), writer("en").Write(d, may7(9, 1))); err != nil {
		t.Fatal(err)
	}
	m := fake.Messages()[0]
	for _, shown := range []string{m.Text, m.Shown()} {
		for _, bad := range []string{"<!", "<@", "evil.example|"} {
			if strings.Contains(strings.ReplaceAll(shown, "evil.example|click&gt;", ""), bad) {
				t.Errorf("%q stands unescaped in:\n%s", bad, shown)
			}
		}
		if !strings.Contains(shown, "&lt;!channel&gt; &amp;") {
			t.Errorf("the title is lost in:\n%s", shown)
		}
	}
}

func workspace() (*fakeslack.Slack, *slack.Channel) {
	fake := fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channelID}})
	return fake, slack.New(slack.Options{Token: token, Channel: channelID, Transport: fake.RoundTripper()})
}

// No text, however long or odd, makes a message that Slack refuses.
func TestSlackLimits(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		piece := rapid.StringOfN(rapid.RuneFrom([]rune("a&<>\"期\U0001F600\n|*`")), 1, 40, -1).Draw(t, "piece")
		return strings.Repeat(piece, rapid.IntRange(0, 400).Draw(t, "times"))
	})
	rapid.Check(t, func(t *rapid.T) {
		fake, bot := workspace()
		d := overdue()
		d.Incident.Title, d.Incident.Service = text.Draw(t, "title"), text.Draw(t, "service")
		d.Incident.Vendor = text.Draw(t, "vendor")
		d.Incident.Acknowledged = sla.Acknowledgement{By: text.Draw(t, "by"), At: may7(9, 0)}
		source := &d.Clock.Explanation.Source
		source.Quote, source.Document = text.Draw(t, "quote"), text.Draw(t, "document")
		source.URL = "https://sotas.example/" + text.Draw(t, "url")
		for range rapid.IntRange(0, 100).Draw(t, "steps") {
			d.Clock.Explanation.Steps = append(d.Clock.Explanation.Steps, d.Clock.Explanation.Steps[0])
		}
		d.PossibleRepeat = true
		m := writer("ja").Write(d, may7(13, 0))
		receipt, err := bot.Post(context.Background(), m)
		if err != nil {
			t.Fatalf("refused: %v: %v", err, fake.Calls()[0].Args)
		}
		m.Plain = true
		if err := bot.Update(context.Background(), receipt, m); err != nil {
			t.Fatalf("plain text refused: %v", err)
		}
		if shown := fake.Messages()[0]; shown.Shown() != shown.Text {
			t.Fatalf("blocks are left under the plain text: %s", shown.Shown())
		}
	})
}

// Whatever goes wrong, and whatever a server echoes, the token stays out of
// the error, and the error says what to do.
func TestSlackErrors(t *testing.T) {
	echo := func(status int, body string) http.RoundTripper {
		return roundTrip(func(req *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status, Status: fmt.Sprintf("%d %s", status, token),
				Header: http.Header{"Location": {"https://elsewhere.example/"}}, // of use to a redirect only
				Body:   io.NopCloser(strings.NewReader(body)), Request: req,
			}, nil
		})
	}
	fails := func(err error) http.RoundTripper {
		return roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	word := func(w string) http.RoundTripper { return echo(200, `{"ok":false,"error":"`+w+`"}`) }
	refusing := httptest.NewServer(http.NotFoundHandler())
	refusing.Close() // nobody listens there any more
	tests := []struct {
		name      string
		transport http.RoundTripper
		url       string
		kind      wire.Kind
		says      string
	}{
		{"echoed in the error word", word("bad_token " + token), "", wire.Refused, "bad_token [secret]"},
		{"echoed in the status line", echo(500, ""), "", wire.Unknown, "500 [secret]"},
		{"echoed in broken JSON", echo(200, token), "", wire.Unknown, "invalid character"},
		{"echoed by the transport", fails(errors.New("proxy refused " + token)), "", wire.Unknown, "proxy refused [secret]"},
		{"too many", echo(429, token), "", wire.Limited, "asked to wait 30s"},
		{"forbidden by a proxy", echo(403, token), "", wire.Refused, "api_url"},
		{"not found by a proxy", echo(404, token), "", wire.Broken, "api_url"},
		{"a proxy without a password", echo(407, token), "", wire.Unreached, "HTTPS_PROXY"},
		{"redirected", echo(307, ""), "", wire.Broken, "api_url"},
		{"connection refused", http.DefaultTransport, refusing.URL + "/api/", wire.Unreached, "refused"},
		{"wrong channel", word("channel_not_found"), "", wire.Broken, `invite the bot to channel "C0123456789"`},
		{"not in channel", word("not_in_channel"), "", wire.Broken, "invite the bot"},
		{"archived", word("is_archived"), "", wire.Broken, "unarchive"},
		{"invalid token", word("invalid_auth"), "", wire.Broken, "valid bot token"},
		{"missing scope", word("missing_scope"), "", wire.Broken, "chat:write"},
		{"restricted", word("restricted_action"), "", wire.Broken, "administrator"},
		{"workspace is full", word("message_limit_exceeded"), "", wire.Broken, "limit"},
		{"general channel", word("posting_to_general_channel_denied"), "", wire.Broken, `channel "C0123456789"`},
		{"blocks refused", word("invalid_blocks"), "", wire.Refused, "invalid_blocks"},
		{"rate limited by word", word("ratelimited"), "", wire.Limited, "ratelimited"},
		{"fatal", word("fatal_error"), "", wire.Unknown, "fatal_error"},
		{"success without ts", echo(200, "{}"), "", wire.Unknown, "without a message timestamp"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bot := slack.New(slack.Options{Token: token, Channel: channelID, APIURL: test.url, Transport: test.transport})
			m := writer("en").Write(overdue(), may7(9, 0))
			_, postErr := bot.Post(t.Context(), m)
			updateErr := bot.Update(t.Context(), outbox.Receipt{Channel: channelID, TS: "1.1"}, m)
			for _, err := range []error{postErr, updateErr} {
				var failure *wire.Failure
				if !errors.As(err, &failure) {
					t.Fatalf("%v is no Failure", err)
				}
				if failure.Kind != test.kind || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: %v; want %s saying %q", failure.Kind, err, test.kind, test.says)
				}
				if strings.Contains(err.Error(), token) || strings.Contains(fmt.Sprintf("%+v", err), token) {
					t.Errorf("the token is in: %v", err)
				}
			}
		})
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	date := time.Date(2026, 5, 7, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		header http.Header
		want   time.Duration
	}{
		{http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		{http.Header{"Retry-After": {"0"}}, time.Second},
		{http.Header{"Retry-After": {"-5"}}, time.Second},
		{http.Header{"Retry-After": {"99999999999"}}, time.Hour},
		{http.Header{}, 30 * time.Second},
		{http.Header{"Retry-After": {"soon"}}, 30 * time.Second},
		{http.Header{
			// The server's clock counts, ours may be wrong.
			"Retry-After": {date.Add(90 * time.Second).Format(http.TimeFormat)},
			"Date":        {date.Format(http.TimeFormat)},
		}, 90 * time.Second},
		{http.Header{
			"Retry-After": {date.Add(-time.Minute).Format(http.TimeFormat)},
			"Date":        {date.Format(http.TimeFormat)},
		}, time.Second},
	}
	for _, test := range tests {
		bot := slack.New(slack.Options{Token: token, Channel: channelID, Transport: roundTrip(
			func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusTooManyRequests, Header: test.header, Body: http.NoBody}, nil
			})})
		_, err := bot.Post(t.Context(), writer("en").Write(overdue(), may7(9, 0)))
		var failure *wire.Failure
		if !errors.As(err, &failure) || failure.RetryAfter != test.want {
			t.Errorf("%v: %v, want to wait %s", test.header, err, test.want)
		}
	}
}
