// Package fakeslack is a Slack workspace for tests, and for tests only: the
// methods that kigen uses, with Slack's limits, error words and failures.
//
// It is one http.Handler. RoundTripper runs the same handler in the caller's
// goroutine, without a network, for tests in a testing/synctest bubble.
package fakeslack

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options describe the workspace.
type Options struct {
	Token    string           // the only valid bot token; empty: any
	Channels []string         // ids of the channels that the bot is in
	Now      func() time.Time // nil: time.Now

	// EnforceRate refuses more than one post a second and channel, beyond a
	// burst, as Slack does, and more than fifty calls a minute of each other
	// method.
	EnforceRate bool
	Burst       int           // 0: 1
	EditWindow  time.Duration // how long a message can be updated; 0: for ever
	HistoryLag  time.Duration // how much later a message shows in the history
	Forget      bool          // do not store calls, for runs with too many of them
}

// Slack is the fake workspace. It is safe for concurrent use.
type Slack struct {
	opts Options

	mu       sync.Mutex
	channels map[string]*channel
	calls    []Call
	arrived  int // calls so far
	script   []Fault
	judge    func(Call) *Fault
	lastTS   int64                  // microseconds
	recent   map[string][]time.Time // by method: the calls of the last minute
	files    map[string]*File       // by id, being uploaded
	revoked  map[string]bool        // tokens
	members  map[string]map[string]any
}

type channel struct {
	archived bool
	left     bool            // the bot left the channel
	locked   map[string]bool // threads that accept no replies, by ts
	messages []*Message      // oldest first, replies too
	budget   float64         // posts allowed at once
	refilled time.Time
}

// Message is one message as the channel shows it now.
type Message struct {
	Channel     string
	TS          string
	ThreadTS    string // of the thread's root; empty: not in a thread
	Text        string
	Blocks      json.RawMessage
	Attachments json.RawMessage
	Metadata    json.RawMessage
	Files       []File
	Posted      time.Time
	Edits       int
	Edited      time.Time // of the last edit
}

// Call is one request that arrived.
type Call struct {
	N      int // 1, 2, 3 …
	Method string
	At     time.Time
	Args   map[string]string // form fields, or the JSON's with structures as JSON
	Host   string            // of the request's URL
}

// New makes a workspace.
func New(opts Options) *Slack {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Burst == 0 {
		opts.Burst = 1
	}
	s := &Slack{
		opts: opts, channels: map[string]*channel{},
		recent: map[string][]time.Time{}, files: map[string]*File{}, revoked: map[string]bool{},
	}
	for _, id := range opts.Channels {
		s.channels[id] = &channel{budget: float64(opts.Burst), refilled: opts.Now()}
	}
	return s
}

// Archive closes a channel to messages.
func (s *Slack) Archive(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[id]; c != nil {
		c.archived = true
	}
}

// Unarchive opens an archived channel again.
func (s *Slack) Unarchive(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[id]; c != nil {
		c.archived = false
	}
}

// Remove takes the bot out of a channel.
func (s *Slack) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[id]; c != nil {
		c.left = true
	}
}

// Lock closes a message's thread to replies.
func (s *Slack) Lock(id, ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[id]; c != nil {
		if c.locked == nil {
			c.locked = map[string]bool{}
		}
		c.locked[ts] = true
	}
}

// Delete removes a message, as a person in the channel can.
func (s *Slack) Delete(id, ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[id]; c != nil {
		c.messages = slices.DeleteFunc(c.messages, func(m *Message) bool { return m.TS == ts })
	}
}

// Messages returns what the channels show, in the order of posting.
func (s *Slack) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Message
	for _, id := range slices.Sorted(maps.Keys(s.channels)) {
		for _, m := range s.channels[id].messages {
			all = append(all, *m)
		}
	}
	slices.SortStableFunc(all, func(a, b Message) int { return a.Posted.Compare(b.Posted) })
	return all
}

// Calls returns every request that arrived, failed ones too, to the given
// methods or to all.
func (s *Slack) Calls(methods ...string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []Call
	for _, c := range s.calls {
		if len(methods) == 0 || slices.Contains(methods, c.Method) {
			calls = append(calls, c)
		}
	}
	return calls
}

// Arrived is how many requests arrived so far.
func (s *Slack) Arrived() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrived
}

// Key returns a string field of the payload of the message's metadata.
func (m *Message) Key(field string) string {
	var meta struct {
		Payload map[string]any `json:"event_payload"`
	}
	if json.Unmarshal(m.Metadata, &meta) != nil {
		return ""
	}
	key, _ := meta.Payload[field].(string)
	return key
}

// Shown returns all that a reader sees: the texts of blocks and attachments,
// one a line, or the plain text where there are none.
func (m *Message) Shown() string {
	texts := append(textsIn(m.Blocks), textsIn(m.Attachments)...)
	if len(texts) == 0 {
		return m.Text
	}
	var shown string
	for _, text := range texts {
		shown += text + "\n"
	}
	return shown
}

// textsIn collects the text of every text object, in order.
func textsIn(raw json.RawMessage) []string {
	var content any
	if json.Unmarshal(raw, &content) != nil {
		return nil
	}
	var texts []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			if text, ok := v["text"].(string); ok {
				texts = append(texts, text)
			}
			for _, key := range []string{"text", "fields", "elements", "blocks"} {
				walk(v[key])
			}
		}
	}
	walk(content)
	return texts
}

// stamp gives the next message a ts that no other has. The caller holds mu.
func (s *Slack) stamp(now time.Time) string {
	s.lastTS = max(s.lastTS+1, now.UnixMicro())
	return fmt.Sprintf("%d.%06d", s.lastTS/1e6, s.lastTS%1e6)
}

// ServeHTTP answers one request to /api/METHOD or /METHOD, to the address of an
// upload under /upload/, or to an incoming webhook under /hooks/.
func (s *Slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, err := readCall(r)
	if err != nil {
		write(w, says("invalid_form_data"))
		return
	}
	fault := s.note(&call)
	if fault != nil && !fault.accept {
		fault.answer(w, r)
		return
	}
	answer := s.handle(&call)
	if answer == nil { // uploads and webhooks answer in plain text
		answer = map[string]any{"plain": "ok"}
	}
	if fault != nil {
		fault.answer(w, r)
		return
	}
	write(w, answer)
}

// note records the call and returns the fault for it, nil for none.
func (s *Slack) note(call *Call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	call.N, call.At = s.arrived, s.opts.Now()
	if !s.opts.Forget {
		s.calls = append(s.calls, *call)
	}
	if len(s.script) > 0 {
		fault := s.script[0]
		s.script = s.script[1:]
		if fault.none {
			return nil
		}
		return &fault
	}
	if s.judge != nil {
		return s.judge(*call)
	}
	return nil
}
