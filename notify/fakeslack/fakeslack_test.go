package fakeslack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"kigen/notify/fakeslack"
)

const (
	token   = "xoxb-test"
	channel = "C0123456789"
)

// place is a workspace with a clock that the test moves, and a client of it.
type place struct {
	*fakeslack.Slack
	now time.Time
	api *slack.Client
}

func open(opts fakeslack.Options) *place {
	p := &place{now: time.Date(2026, 5, 7, 0, 0, 0, 0, time.UTC)}
	opts.Token, opts.Channels = token, []string{channel}
	opts.Now = func() time.Time { return p.now }
	p.Slack = fakeslack.New(opts)
	p.api = slack.New(token, slack.OptionHTTPClient(&http.Client{Transport: p.RoundTripper()}))
	return p
}

func (p *place) post(t *testing.T, options ...slack.MsgOption) string {
	t.Helper()
	_, ts, err := p.api.PostMessageContext(t.Context(), channel, options...)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func text(s string) slack.MsgOption { return slack.MsgOptionText(s, false) }

func header(s string) slack.Block {
	return slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, s, false, false))
}

func section(s string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, s, false, false), nil, nil)
}

func repeated(b slack.Block, n int) slack.MsgOption {
	blocks := make([]slack.Block, n)
	for i := range blocks {
		blocks[i] = b
	}
	return slack.MsgOptionBlocks(blocks...)
}

func TestLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("期", n) }
	fields := func(n, length int) slack.Block {
		objects := make([]*slack.TextBlockObject, n)
		for i := range objects {
			objects[i] = slack.NewTextBlockObject(slack.MarkdownType, long(length), false, false)
		}
		return slack.NewSectionBlock(nil, objects, nil)
	}
	button := func(label, value int) slack.Block {
		return slack.NewActionBlock("", slack.NewButtonBlockElement("a", long(value), slack.NewTextBlockObject(slack.PlainTextType, long(label), false, false)))
	}
	contextOf := func(n int) slack.Block {
		elements := make([]slack.MixedElement, n)
		for i := range elements {
			elements[i] = slack.NewTextBlockObject(slack.MarkdownType, "x", false, false)
		}
		return slack.NewContextBlock("", elements...)
	}
	attached := func(b slack.Block) slack.MsgOption {
		return slack.MsgOptionAttachments(slack.Attachment{Blocks: slack.Blocks{BlockSet: []slack.Block{b}}})
	}
	tests := []struct {
		name   string
		option slack.MsgOption
		word   string
	}{
		{"longest text", text(long(4000)), ""},
		{"text too long", text(long(4001)), "msg_too_long"},
		{"nothing", text(""), "no_text"},
		{"most blocks", repeated(header("x"), 50), ""},
		{"too many blocks", repeated(header("x"), 51), "invalid_blocks"},
		{"longest header", repeated(header(long(150)), 1), ""},
		{"header too long", repeated(header(long(151)), 1), "invalid_blocks"},
		{"header empty", repeated(header(""), 1), "invalid_blocks"},
		{"longest section", repeated(section(long(3000)), 1), ""},
		{"section too long", repeated(section(long(3001)), 1), "invalid_blocks"},
		{"section in an attachment too long", attached(section(long(3001))), "invalid_blocks"},
		{"most fields", repeated(fields(10, 10), 1), ""},
		{"too many fields", repeated(fields(11, 10), 1), "invalid_blocks"},
		{"field too long", repeated(fields(1, 2001), 1), "invalid_blocks"},
		{"blocks too long together", repeated(section(long(3000)), 4), "msg_blocks_too_long"},
		{"longest button", repeated(button(75, 2000), 1), ""},
		{"button too long", repeated(button(76, 1), 1), "invalid_blocks"},
		{"value too long", repeated(button(1, 2001), 1), "invalid_blocks"},
		{"most in a context", repeated(contextOf(10), 1), ""},
		{"too many in a context", repeated(contextOf(11), 1), "invalid_blocks"},
		{"metadata without type", slack.MsgOptionCompose(text("x"), slack.MsgOptionMetadata(slack.SlackMetadata{})), "invalid_metadata_format"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := open(fakeslack.Options{})
			_, ts, err := p.api.PostMessageContext(t.Context(), channel, test.option)
			if word := wordOf(err); word != test.word || (word == "") != (ts != "") {
				t.Errorf("ts %q, error %v; want %q", ts, err, test.word)
			}
			if n := len(p.Messages()); (n == 1) != (test.word == "") {
				t.Errorf("%d messages", n)
			}
		})
	}
}

func wordOf(err error) string {
	var response slack.SlackErrorResponse
	if errors.As(err, &response) {
		return response.Err
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestAccess(t *testing.T) {
	p := open(fakeslack.Options{})
	for name, want := range map[string]string{"": "not_authed", "xoxb-other": "invalid_auth"} {
		api := slack.New(name, slack.OptionHTTPClient(&http.Client{Transport: p.RoundTripper()}))
		if _, err := api.AuthTestContext(t.Context()); wordOf(err) != want {
			t.Errorf("token %q: %v, want %s", name, err, want)
		}
	}
	if _, err := p.api.AuthTestContext(t.Context()); err != nil {
		t.Error(err)
	}
	if _, _, err := p.api.PostMessageContext(t.Context(), "C9", text("x")); wordOf(err) != "channel_not_found" {
		t.Error(err)
	}
	p.Archive(channel)
	if _, _, err := p.api.PostMessageContext(t.Context(), channel, text("x")); wordOf(err) != "is_archived" {
		t.Error(err)
	}
	if _, err := p.api.GetTeamInfoContext(t.Context()); wordOf(err) != "unknown_method" {
		t.Error(err)
	}
}

func TestUpdate(t *testing.T) {
	p := open(fakeslack.Options{EditWindow: time.Hour})
	ts := p.post(t, text("before"), repeated(header("before"), 1),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "e", EventPayload: map[string]any{"key": "k"}}))
	if _, _, _, err := p.api.UpdateMessageContext(t.Context(), channel, ts, text("after"), slack.MsgOptionBlocks()); err != nil {
		t.Fatal(err)
	}
	if m := p.Messages()[0]; m.Shown() != "after" || m.Edits != 1 || m.Key("key") != "k" {
		t.Errorf("after the update: %+v", m)
	}
	if _, _, _, err := p.api.UpdateMessageContext(t.Context(), channel, "1.000000", text("x")); wordOf(err) != "message_not_found" {
		t.Error(err)
	}
	p.now = p.now.Add(time.Hour + time.Second)
	if _, _, _, err := p.api.UpdateMessageContext(t.Context(), channel, ts, text("x")); wordOf(err) != "edit_window_closed" {
		t.Error(err)
	}
}

func TestHistory(t *testing.T) {
	p := open(fakeslack.Options{HistoryLag: time.Minute})
	var stamps []string
	for i := range 5 {
		stamps = append(stamps, p.post(t, text(fmt.Sprint(i)),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "e", EventPayload: map[string]any{"n": i}})))
		p.now = p.now.Add(time.Second)
	}
	p.post(t, text("a reply"), slack.MsgOptionTS(stamps[0]))
	ask := func(params slack.GetConversationHistoryParameters) (texts string, next string) {
		params.ChannelID = channel
		h, err := p.api.GetConversationHistoryContext(t.Context(), &params)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range h.Messages {
			texts += m.Text
			if got := m.Metadata.EventType == "e"; got != params.IncludeAllMetadata {
				t.Errorf("metadata shown: %v", got)
			}
		}
		return texts, h.ResponseMetaData.NextCursor
	}
	if texts, _ := ask(slack.GetConversationHistoryParameters{}); texts != "" {
		t.Errorf("%q is seen before the lag is over", texts)
	}
	p.now = p.now.Add(2 * time.Minute)
	if texts, _ := ask(slack.GetConversationHistoryParameters{IncludeAllMetadata: true}); texts != "43210" {
		t.Errorf("history %q, want newest first without replies", texts)
	}
	if texts, _ := ask(slack.GetConversationHistoryParameters{Oldest: stamps[1], Latest: stamps[3]}); texts != "2" {
		t.Errorf("between: %q", texts)
	}
	if texts, _ := ask(slack.GetConversationHistoryParameters{Oldest: stamps[1], Latest: stamps[3], Inclusive: true}); texts != "321" {
		t.Errorf("between, inclusive: %q", texts)
	}
	all, cursor := ask(slack.GetConversationHistoryParameters{Limit: 2})
	for cursor != "" {
		var texts string
		texts, cursor = ask(slack.GetConversationHistoryParameters{Limit: 2, Cursor: cursor})
		all += "," + texts
	}
	if all != "43,21,0" {
		t.Errorf("pages %q", all)
	}
}

func TestRate(t *testing.T) {
	p := open(fakeslack.Options{EnforceRate: true, Burst: 2})
	try := func() bool {
		_, _, err := p.api.PostMessageContext(t.Context(), channel, text("x"))
		var limited *slack.RateLimitedError
		if err != nil && (!errors.As(err, &limited) || limited.RetryAfter != time.Second) {
			t.Fatalf("%v, want to be told to wait a second", err)
		}
		return err == nil
	}
	steps := []struct {
		later time.Duration
		want  []bool
	}{
		{0, []bool{true, true, false}},
		{time.Second, []bool{true, false}},
		{time.Hour, []bool{true, true, false}}, // the budget never exceeds the burst
	}
	for _, step := range steps {
		p.now = p.now.Add(step.later)
		for i, want := range step.want {
			if try() != want {
				t.Errorf("%s later, post %d passed: %v", step.later, i+1, !want)
			}
		}
	}
}

// Each fault over a real connection is what the caller of a failing Slack sees,
// and the same without a network.
func TestFaults(t *testing.T) {
	p := open(fakeslack.Options{})
	server := httptest.NewServer(p.Slack)
	t.Cleanup(server.Close)
	transports := map[string]http.RoundTripper{"http": http.DefaultTransport, "in process": p.RoundTripper()}
	for name, transport := range transports {
		t.Run(name, func(t *testing.T) {
			call := func(ctx context.Context) (status, body string, err error) {
				form := strings.NewReader("token=" + token + "&channel=" + channel + "&text=hello")
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/api/chat.postMessage", form)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				resp, err := (&http.Client{Transport: transport}).Do(req)
				if err != nil {
					return "", "", err
				}
				defer func() { _ = resp.Body.Close() }()
				content, err := io.ReadAll(resp.Body)
				return fmt.Sprint(resp.StatusCode, resp.Header["Retry-After"]), string(content), err
			}
			before := len(p.Messages())
			p.Fail(fakeslack.Pass(), fakeslack.TooMany("7"), fakeslack.Status(503), fakeslack.Body("{}").Accepted(), fakeslack.HangUp(), fakeslack.BlackHole())
			if status, body, err := call(t.Context()); err != nil || status != "200 []" || !strings.Contains(body, `"ok":true`) {
				t.Errorf("passed: %v %q %v", status, body, err)
			}
			if status, _, err := call(t.Context()); err != nil || status != "429 [7]" {
				t.Errorf("too many: %v %v", status, err)
			}
			if status, _, err := call(t.Context()); err != nil || status != "503 []" {
				t.Errorf("status: %v %v", status, err)
			}
			if _, body, err := call(t.Context()); err != nil || body != "{}" {
				t.Errorf("body: %q %v", body, err)
			}
			if _, _, err := call(t.Context()); !errors.Is(err, io.EOF) {
				t.Errorf("hung up: %v, want EOF", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, _, err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("black hole: %v, want the deadline", err)
			}
			if n := len(p.Messages()) - before; n != 2 {
				t.Errorf("%d messages, want the passed and the accepted one", n)
			}
		})
	}
}

func TestJudgeAndCalls(t *testing.T) {
	p := open(fakeslack.Options{})
	p.FailWhen(func(c fakeslack.Call) *fakeslack.Fault {
		if c.Args["text"] == "bad" {
			return fakeslack.Says("fatal_error").Ptr()
		}
		return nil
	})
	p.post(t, text("good"))
	if _, _, err := p.api.PostMessageContext(t.Context(), channel, text("bad")); wordOf(err) != "fatal_error" {
		t.Error(err)
	}
	if _, err := p.api.AuthTestContext(t.Context()); err != nil {
		t.Error(err)
	}
	if calls := p.Calls("chat.postMessage"); len(calls) != 2 || calls[1].N != 2 || calls[1].Args["text"] != "bad" {
		t.Errorf("calls %+v", calls)
	}
	if n := len(p.Calls()); n != 3 {
		t.Errorf("%d calls in all, want 3", n)
	}
}

// JSON bodies with a bearer token are the other form that Slack takes.
func TestJSONBody(t *testing.T) {
	p := open(fakeslack.Options{})
	body, err := json.Marshal(map[string]any{
		"channel": channel, "text": "hello",
		"blocks": []any{map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "shown"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://slack.example/api/chat.postMessage", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := (&http.Client{Transport: p.RoundTripper()}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if messages := p.Messages(); len(messages) != 1 || messages[0].Shown() != "shown\n" || messages[0].Text != "hello" {
		t.Errorf("messages %+v", messages)
	}
}
