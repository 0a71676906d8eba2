package slackapp

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// Who says who may act from Slack, besides membership of the channel.
type Who struct {
	Anyone bool     // every member of the channel, guests and other organisations included
	Teams  []string // ids of further workspaces or organisations whose full members may act
	Users  []string // ids of guests and others who may act
}

const (
	memberFor   = 5 * time.Minute // how long what Slack says of a person is used
	mostMembers = 4096
)

// members caches who may act: Slack limits how often it may be asked.
type members struct {
	mu    sync.Mutex
	known map[string]membership // by user
}

type membership struct {
	refusal string // id of the text; empty: may act
	at      time.Time
}

func (m *members) get(user string, now time.Time) (membership, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.known[user]
	return k, ok && now.Sub(k.at) < memberFor && !now.Before(k.at)
}

func (m *members) set(user string, k membership) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= mostMembers {
		m.known = map[string]membership{}
	}
	m.known[user] = k
}

// gate returns the answer to a person who may not act here, and has the denial logged;
// false: the person may.
func (a *App) gate(ctx context.Context, by act, what string) (answer, bool) {
	if a.bots[by.channel] == nil {
		a.denied(ctx, by, what, "another channel")
		return a.elsewhere(), true
	}
	refusal, err := a.barred(ctx, by)
	if err != nil {
		a.Log.ErrorContext(ctx, "slack app: cannot learn whether a person may act", "user", by.user, "error", a.reason(err))
		a.denied(ctx, by, what, "unknown member")
		return plainly(a.texts.say("member_unknown", nil)), true
	}
	if refusal != "" {
		a.Log.WarnContext(ctx, "slack app: refused a person", "user", by.user, "team", by.team, "reason", refusal)
		a.denied(ctx, by, what, refusal)
		return plainly(a.texts.say(refusal, nil)), true
	}
	return answer{}, false
}

// longestDenial bounds the text of a denial in the access log, in bytes.
const longestDenial = 200

// denied has a denial written to the access log.
func (a *App) denied(ctx context.Context, by act, what, why string) {
	if a.Denied == nil {
		return
	}
	text := strings.Trim(strconv.QuoteToASCII(fmt.Sprintf("slack %s (%s)", what, why)), `"`)
	if err := a.Denied(ctx, by.actor, by.request("").Origin, text[:min(len(text), longestDenial)]); err != nil {
		a.Log.WarnContext(ctx, "slack app: a denial was not logged", "error", err)
	}
}

// barred returns the id of the text that says why the person may not act.
func (a *App) barred(ctx context.Context, by act) (string, error) {
	if a.Who.Anyone || slices.Contains(a.Who.Users, by.user) {
		return "", nil
	}
	now := a.Now()
	if k, ok := a.members.get(by.user, now); ok {
		return k.refusal, nil
	}
	bot := a.bots[by.channel]
	home, err := bot.AuthTestContext(ctx)
	if err != nil {
		return "", fmt.Errorf("auth.test: %w", err)
	}
	person, err := bot.GetUserInfoContext(ctx, by.user)
	if err != nil {
		return "", fmt.Errorf("users.info: %w", err)
	}
	k := membership{refusal: a.judgeMember(home, person), at: now}
	a.members.set(by.user, k)
	return k.refusal, nil
}

// judgeMember compares a person with the bot's own workspace.
func (a *App) judgeMember(home *slack.AuthTestResponse, p *slack.User) string {
	ours := p.TeamID == home.TeamID || home.EnterpriseID != "" && p.Enterprise.EnterpriseID == home.EnterpriseID
	theirs := slices.Contains(a.Who.Teams, p.TeamID) || p.Enterprise.EnterpriseID != "" && slices.Contains(a.Who.Teams, p.Enterprise.EnterpriseID)
	switch {
	case p.Deleted || p.IsBot:
		return "member_none"
	case p.IsRestricted || p.IsUltraRestricted:
		return "member_guest"
	case (p.IsStranger || !ours) && !theirs:
		return "member_foreign"
	}
	return ""
}
