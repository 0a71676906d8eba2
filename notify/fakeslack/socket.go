package fakeslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Socket is a workspace with Socket Mode: in addition to the methods of Slack it
// opens connections, sends people's actions as envelopes, and accepts modals and
// ephemeral answers. It needs a real server, because a connection is a
// websocket.
type Socket struct {
	*Slack
	appToken string

	mu       sync.Mutex
	refusals map[string]string // the word that refuses a method
	line     *line             // the newest connection; nil before the first
	lines    int               // connections so far
	serial   int               // of envelopes, triggers and views

	opened  chan int
	opens   chan View
	answers chan Answer
	refused chan string
}

// View is a modal that the app opened.
type View struct {
	ID      string // names the view in a submission
	Trigger string // the trigger_id that it was opened with
	Raw     json.RawMessage
}

// Answer is a message of the app that only one person sees.
type Answer struct {
	Channel, User string // of chat.postEphemeral
	URL           string // the response_url that was used; empty: chat.postEphemeral
	Replace       bool   // the answer replaces the message that was clicked
	Text          string
	Blocks        json.RawMessage
}

// Shown returns all that the person sees: the texts of the blocks, one a line,
// or the plain text where there are none.
func (a *Answer) Shown() string {
	m := Message{Text: a.Text, Blocks: a.Blocks}
	return m.Shown()
}

// line is one open connection.
type line struct {
	conn  *websocket.Conn
	write sync.Mutex

	mu   sync.Mutex
	acks map[string]chan json.RawMessage // by envelope
	gone chan struct{}
}

// NewSocket adds Socket Mode to a workspace. Only appToken opens a connection.
func NewSocket(s *Slack, appToken string) *Socket {
	const plenty = 1000 // more than any test leaves unread
	return &Socket{
		Slack: s, appToken: appToken, refusals: map[string]string{},
		opened: make(chan int, plenty), opens: make(chan View, plenty),
		answers: make(chan Answer, plenty), refused: make(chan string, plenty),
	}
}

// ServeHTTP answers the methods of Socket Mode, and passes all others to Slack.
func (s *Socket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch method := path.Base(r.URL.Path); {
	case method == connect:
		write(w, s.openConnection(r)) // its body is empty
	case method == views:
		answer(w, r, s.openView)
	case method == ephemeral:
		answer(w, r, s.postEphemeral)
	case strings.HasPrefix(r.URL.Path, "/link/"):
		s.link(w, r)
	case strings.HasPrefix(r.URL.Path, "/response/"):
		s.takeResponse(w, r)
	default:
		s.Slack.ServeHTTP(w, r)
	}
}

func answer(w http.ResponseWriter, r *http.Request, f func(*Call) map[string]any) {
	call, err := readCall(r)
	if err != nil {
		write(w, says("invalid_form_data"))
		return
	}
	write(w, f(&call))
}

func (s *Socket) openConnection(r *http.Request) map[string]any {
	word := s.refusal(connect)
	if word == "" && r.Header.Get("Authorization") != "Bearer "+s.appToken {
		word = "invalid_auth"
	}
	if word != "" {
		s.refused <- word
		return says(word)
	}
	return map[string]any{"ok": true, "url": fmt.Sprintf("ws://%s/link/?ticket=fake-ticket", r.Host)}
}

// The methods that Refuse accepts.
const (
	connect   = "apps.connections.open"
	views     = "views.open"
	ephemeral = "chat.postEphemeral"
	response  = "response_url"
)

// Refuse makes a method fail with an error word such as invalid_auth; the empty
// word lets it pass again. The method is one of Socket Mode, or response_url.
func (s *Socket) Refuse(method, word string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals[method] = word
}

func (s *Socket) refusal(method string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusals[method]
}

// link serves the websocket of a connection: hello, envelopes out, acks in.
func (s *Socket) link(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer conn.Close()
	l := &line{conn: conn, acks: map[string]chan json.RawMessage{}, gone: make(chan struct{})}
	defer close(l.gone)
	go l.ping()
	if l.send(map[string]any{"type": "hello", "num_connections": 1, "connection_info": map[string]any{"app_id": "A0000000001"}}) != nil {
		return
	}
	s.mu.Lock()
	s.line = l
	s.lines++
	s.opened <- s.lines
	s.mu.Unlock()
	l.read()
}

// pingEvery is well below the 30 s after which a client closes a silent
// connection.
const pingEvery = 5 * time.Second

// ping keeps the connection alive until it ends.
func (l *line) ping() {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for l.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(pingEvery)) == nil {
		select {
		case <-ticker.C:
		case <-l.gone:
			return
		}
	}
}

// read takes acknowledgements until the connection ends.
func (l *line) read() {
	for {
		var ack struct {
			Envelope string          `json:"envelope_id"`
			Payload  json.RawMessage `json:"payload"`
		}
		if l.conn.ReadJSON(&ack) != nil {
			return
		}
		if taken := l.ackOf(ack.Envelope); taken != nil {
			taken <- ack.Payload
		}
	}
}

func (l *line) ackOf(envelope string) chan json.RawMessage {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acks[envelope]
}

// errNotConnected is the error of Send and Push while the app is not connected.
var errNotConnected = errors.New("fakeslack: the app is not connected")

func (s *Socket) current() (*line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line == nil {
		return nil, errNotConnected
	}
	return s.line, nil
}

// Send delivers an envelope over the newest connection and returns the payload
// of the acknowledgement, nil if it has none.
func (s *Socket) Send(ctx context.Context, e Envelope) (json.RawMessage, error) {
	l, err := s.current()
	if err != nil {
		return nil, err
	}
	acked := make(chan json.RawMessage, 1)
	l.mu.Lock()
	l.acks[e.ID] = acked
	l.mu.Unlock()
	if err := l.send(e); err != nil {
		return nil, err
	}
	select {
	case payload := <-acked:
		return payload, nil
	case <-l.gone:
		return nil, errNotConnected
	case <-ctx.Done():
		return nil, fmt.Errorf("fakeslack: envelope %s was not acknowledged: %w", e.ID, ctx.Err())
	}
}

// Push delivers an envelope without waiting for its acknowledgement.
func (s *Socket) Push(e Envelope) error {
	l, err := s.current()
	if err != nil {
		return err
	}
	return l.send(e)
}

func (l *line) send(v any) error {
	l.write.Lock()
	defer l.write.Unlock()
	return l.conn.WriteJSON(v)
}

// AskToReconnect sends the envelope by which Slack announces that it will
// close the connection.
func (s *Socket) AskToReconnect() error {
	l, err := s.current()
	if err != nil {
		return err
	}
	return l.send(map[string]any{"type": "disconnect", "reason": "refresh_requested"})
}

// Drop cuts the newest connection without a close frame.
func (s *Socket) Drop() error {
	l, err := s.current()
	if err != nil {
		return err
	}
	return l.conn.NetConn().Close()
}

// NextConnection waits for the app to connect and returns the number of
// connections so far.
func (s *Socket) NextConnection(ctx context.Context) (int, error) { return next(ctx, s.opened) }

// NextRefusal waits for a refused connection and returns the error word.
func (s *Socket) NextRefusal(ctx context.Context) (string, error) { return next(ctx, s.refused) }

// NextView waits for a modal.
func (s *Socket) NextView(ctx context.Context) (View, error) { return next(ctx, s.opens) }

// NextAnswer waits for an answer to one person.
func (s *Socket) NextAnswer(ctx context.Context) (Answer, error) { return next(ctx, s.answers) }

// Idle reports whether all views and answers have been read.
func (s *Socket) Idle() bool { return len(s.opens) == 0 && len(s.answers) == 0 }

func next[T any](ctx context.Context, c <-chan T) (value T, err error) {
	select {
	case value = <-c:
		return value, nil
	case <-ctx.Done():
		return value, fmt.Errorf("fakeslack: nothing came: %w", ctx.Err())
	}
}
