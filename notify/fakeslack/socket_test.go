package fakeslack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"kigen/notify/fakeslack"
)

// plug opens a workspace with Socket Mode and connects the library's own
// client to it, which acknowledges everything but the text "silent".
func plug(t *testing.T) (*fakeslack.Socket, *slack.Client, fakeslack.Person) {
	t.Helper()
	socket := fakeslack.NewSocket(fakeslack.New(fakeslack.Options{Token: token, Channels: []string{channel}}), "xapp-test")
	server := httptest.NewServer(socket)
	t.Cleanup(server.Close)
	api := slack.New(token, slack.OptionAPIURL(server.URL+"/api/"), slack.OptionAppLevelToken("xapp-test"))
	client := socketmode.New(api)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- client.RunContext(ctx) }()
	acked := make(chan struct{})
	go func() {
		defer close(acked)
		for {
			select {
			case event := <-client.Events:
				command, _ := event.Data.(slack.SlashCommand)
				if event.Request != nil && event.Request.EnvelopeID != "" && command.Text != "silent" {
					_ = client.AckCtx(ctx, event.Request.EnvelopeID, map[string]string{"said": command.Text})
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-acked
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the client ended with %v", err)
		}
	})
	if _, err := socket.NextConnection(t.Context()); err != nil {
		t.Fatal(err)
	}
	return socket, api, fakeslack.Person{User: "U1", Name: "mori", Channel: channel, BaseURL: server.URL}
}

func TestSocketAcknowledgements(t *testing.T) {
	socket, _, mori := plug(t)
	command := socket.Command(mori, "list")
	for range 2 { // an envelope may come twice
		if payload, err := socket.Send(t.Context(), command); string(payload) != `{"said":"list"}` || err != nil {
			t.Errorf("acknowledged with %s, %v", payload, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := socket.Send(ctx, socket.Command(mori, "silent")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a missing acknowledgement gives %v", err)
	}
	for i, end := range []func() error{socket.Drop, socket.AskToReconnect} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if n, err := socket.NextConnection(t.Context()); n != i+2 || err != nil {
			t.Fatalf("connection %d, %v", n, err)
		}
		if _, err := socket.Send(t.Context(), socket.Click(mori, "a", "v")); err != nil {
			t.Error(err)
		}
	}
}

func TestSocketRefusals(t *testing.T) {
	socket := fakeslack.NewSocket(fakeslack.New(fakeslack.Options{}), "xapp-test")
	server := httptest.NewServer(socket)
	t.Cleanup(server.Close)
	for appToken, word := range map[string]string{"xapp-other": "invalid_auth", "xapp-test": "account_inactive"} {
		if word != "invalid_auth" {
			socket.Refuse("apps.connections.open", word)
		}
		api := slack.New("", slack.OptionAPIURL(server.URL+"/api/"), slack.OptionAppLevelToken(appToken))
		if err := socketmode.New(api).RunContext(t.Context()); err == nil || err.Error() != word {
			t.Errorf("%s ended with %v, want %s", appToken, err, word)
		}
		if got, err := socket.NextRefusal(t.Context()); got != word || err != nil {
			t.Error(got, err)
		}
		socket.Refuse("apps.connections.open", "")
	}
	if _, err := socket.Send(t.Context(), socket.Command(fakeslack.Person{}, "x")); err == nil {
		t.Error("an envelope was sent to nobody")
	}
}

// A form is held to Slack's limits, and comes back with what was filled in.
func TestSocketForms(t *testing.T) {
	socket, api, mori := plug(t)
	label := slack.NewTextBlockObject(slack.PlainTextType, "Label", false, false)
	option := func(value string) *slack.OptionBlockObject { return slack.NewOptionBlockObject(value, label, nil) }
	form := func(change func(*slack.ModalViewRequest)) slack.ModalViewRequest {
		line := slack.NewPlainTextInputBlockElement(nil, "line")
		line.InitialValue = "as it was"
		choice := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "choice", option("one"), option("two"))
		view := slack.ModalViewRequest{Type: slack.VTModal, Title: label, Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("line", label, nil, line), slack.NewInputBlock("choice", label, nil, choice),
		}}}
		if change != nil {
			change(&view)
		}
		return view
	}
	long := func(n int) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, strings.Repeat("長", n), false, false)
	}
	for i, change := range []func(*slack.ModalViewRequest){
		func(v *slack.ModalViewRequest) { v.Title = long(25) },
		func(v *slack.ModalViewRequest) { v.Submit = long(25) },
		func(v *slack.ModalViewRequest) { v.PrivateMetadata = strings.Repeat("x", 3001) },
		func(v *slack.ModalViewRequest) { v.Blocks.BlockSet = nil },
		func(v *slack.ModalViewRequest) {
			v.Blocks.BlockSet[0] = slack.NewInputBlock("choice2", label, nil,
				slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "choice2", slack.NewOptionBlockObject("v", long(76), nil)))
		},
	} {
		if _, err := api.OpenViewContext(t.Context(), "t", form(change)); err == nil {
			t.Errorf("form %d is taken", i)
		}
	}
	if _, err := api.OpenViewContext(t.Context(), "t", form(nil)); err != nil {
		t.Fatal(err)
	}
	view, err := socket.NextView(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sent, err := socket.Submit(mori, view, map[string]string{"choice": "two"})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(sent.Payload["view"]); !strings.Contains(got, "value:as it was") || !strings.Contains(got, "value:two") {
		t.Errorf("sent %s", got)
	}
	if _, err := socket.Submit(mori, view, map[string]string{"none": "x"}); err == nil {
		t.Error("a field was filled in that the form does not have")
	}
}

func TestSocketAnswers(t *testing.T) {
	socket, api, mori := plug(t)
	if _, err := api.PostEphemeralContext(t.Context(), channel, "U1", text("as the bot")); err != nil {
		t.Fatal(err)
	}
	address, _ := socket.Command(mori, "x").Payload["response_url"].(string)
	message := slack.WebhookMessage{Text: "at the address", ResponseType: slack.ResponseTypeEphemeral, ReplaceOriginal: true}
	if err := slack.PostWebhookContext(t.Context(), address, &message); err != nil {
		t.Fatal(err)
	}
	first, _ := socket.NextAnswer(t.Context())
	second, err := socket.NextAnswer(t.Context())
	if err != nil || first.Shown() != "as the bot" || first.User != "U1" || second.Shown() != "at the address" || !second.Replace || !socket.Idle() {
		t.Errorf("%v: %+v, %+v", err, first, second)
	}
	message.ResponseType = slack.ResponseTypeInChannel
	if slack.PostWebhookContext(t.Context(), address, &message) == nil {
		t.Error("an answer that everybody sees is taken")
	}
	if resp, err := http.Get(strings.Replace(address, "/response/", "/link/", 1)); err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a link without a websocket: %v, %v", resp, err)
	} else if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
}
