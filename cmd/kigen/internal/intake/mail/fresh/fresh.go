// Package fresh separates what is new in a mail from what it quotes, forwards or signs
// with. Only what is new may speak for its sender: the quoted history holds our own words
// and our own times.
package fresh

import (
	"strings"

	"kigen/sla/pattern"

	"golang.org/x/text/unicode/norm"
)

// Parts are the parts of a mail's text.
type Parts struct {
	New    string // without quotes, signature and footers
	Quotes string // what was quoted
	Inner  *Inner // the first mail that is quoted or forwarded with its header
	Marked bool   // a mark says that a forwarded mail follows
	Ours   bool   // New holds lines of our own enquiry without a mark of quotation
}

// Inner is a mail inside the text, with the fields above it.
type Inner struct{ From, Date, Subject, Text string }

var (
	quoted = pattern.New(`^\s{0,4}(?:[>＞|]|＞|&gt;)`)
	// original matches the line above a quoted or forwarded mail.
	original = pattern.New(`(?i)^\s*[-_=*~—━─＿]{2,}\s*(?:original (?:message|appointment)|元の(?:メッセージ|メール)|オリジナル(?:メッセージ|メール)|転送(?:された)?(?:メッセージ|メール)|forwarded (?:message|by)|begin forwarded message|返信元メッセージ|ここから(?:転送|引用)|reply above|以下(?:、)?(?:転送|引用))`)
	forward  = pattern.New(`(?i)転送|forwarded`)
	begin    = pattern.New(`(?i)^\s*(?:begin forwarded message:|---------- forwarded message|以下(?:、)?転送|(?:以下|下記)のメールを転送)`)
	// field matches a line of the header of a quoted mail.
	field = pattern.New(`(?i)^\s*[*>]*\s*(from|sent|date|to|cc|subject|reply-to|差出人|送信者|送信元|発信者|送信日時|送信日|送信|日時|日付|受信日時|宛先|件名|題名)\s*[*]*\s*[:：]\s*[*]?\s*(.*)$`)
	// attribution matches the line that introduces a quotation.
	attribution = pattern.New(`(?i)(?:^\s*(?:on|le|am)\b.{6,200}\b(?:wrote|said)\s*[:：]?\s*$|wrote\s*[:：]\s*$|(?:さん|様|氏)?(?:は|が)?(?:書きました|wrote|のメッセージ|からのメール|のメール)\s*[:：]?\s*$|\d{1,4}[年/.-]\s?\d{1,2}[月/.-].*<[^<>\s]+@[^<>\s]+>\s*[:：]?\s*$|^\s*\S.{0,60}<[^<>\s]+@[^<>\s]+>\s*[:：]\s*$)`)
	// above matches the mark of help desks, below which older comments stand.
	above     = pattern.New(`(?i)^\s*[#*\s-]*(?:(?:please )?(?:type|write|reply|respond)\b.{0,40}above this line|この行より上に|この線より上に|返信は(?:、)?この行)`)
	separator = pattern.New(`^\s*(?:[-_=*─━＿―—]{8,})\s*$`)
	underline = pattern.New(`^\s*_{20,}\s*$`)
)

// Bounds of what is looked at: the lines, and the bytes of one that marks or introduces a
// quotation.
const (
	mostLines   = 60000
	longestMark = 4000
)

// Split splits a text into its parts.
func Split(text string) Parts {
	lines := strings.Split(text, "\n")
	if len(lines) > mostLines {
		lines = lines[:mostLines]
	}
	var p Parts
	var kept, quotes []string
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \t\r\u3000")
		if len(line) > longestMark {
			kept = append(kept, line)
			continue
		}
		if end, inner, ok := cut(lines, i, &p); ok {
			p.Inner = inner
			quotes = append(quotes, lines[end:]...)
			break
		}
		switch {
		case isQuoted(line):
			quotes = append(quotes, line)
		case line == "--" || strings.HasPrefix(lines[i], "-- ") && len(strings.TrimSpace(line)) == 2:
			i = signature(lines, i)
		case attributes(lines, i):
			if !quotesFollow(lines, i) {
				quotes = append(quotes, lines[i:]...)
				i = len(lines)
				continue
			}
			if isHalf(lines, i) {
				i++ // the attribution goes on in the next line
			}
		default:
			kept = append(kept, line)
		}
	}
	p.New = strings.Trim(strings.Join(belowDeskMark(kept), "\n"), "\n") + "\n"
	p.Quotes = strings.Join(quotes, "\n")
	p.Ours = isOurs(p.New[:min(len(p.New), 128<<10)])
	if strings.TrimSpace(p.New) == "" {
		p.New = ""
	}
	return p
}

// isQuoted reports whether a line has the mark of a quotation. A table drawn with | is
// none.
func isQuoted(line string) bool {
	trimmed := strings.TrimLeft(line, " \t")
	if strings.HasPrefix(trimmed, "|") {
		return strings.Count(trimmed, "|") == 1
	}
	return quoted.MatchString(line)
}

// signature skips a signature, up to the next quotation.
func signature(lines []string, i int) int {
	for ; i+1 < len(lines); i++ {
		if isQuoted(lines[i+1]) || original.MatchString(lines[i+1]) || attributes(lines, i+1) {
			return i
		}
	}
	return len(lines)
}

// cut finds the header of a quoted mail at a line: everything from there on is history.
func cut(lines []string, i int, p *Parts) (end int, inner *Inner, ok bool) {
	line := lines[i]
	isOriginal := original.MatchString(line) || begin.MatchString(line)
	if isOriginal || underline.MatchString(line) {
		at := i + 1
		for at < len(lines) && strings.TrimSpace(lines[at]) == "" && at < i+4 {
			at++
		}
		inner, found := header(lines, at)
		if found || isOriginal {
			p.Marked = p.Marked || forward.MatchString(line) || begin.MatchString(line)
			if inner == nil {
				inner = &Inner{Text: strings.Join(lines[min(at, len(lines)):], "\n")}
			}
			return i, inner, true
		}
		if underline.MatchString(line) && i > 0 && tail(lines[i:]) {
			return i, nil, true // the footer of a mailing list
		}
		return 0, nil, false
	}
	if inner, found := header(lines, i); found {
		return i, inner, true
	}
	return 0, nil, false
}

// tail reports whether what follows is short enough to be a footer.
func tail(lines []string) bool {
	n := 0
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	return n <= 6
}

// header reads the fields of a quoted mail: a sender, and two more.
func header(lines []string, i int) (*Inner, bool) {
	var inner Inner
	count := 0
	at := i
	for ; at < len(lines) && at < i+10 && len(lines[at]) <= longestMark; at++ {
		m := field.FindStringSubmatch(lines[at])
		if m == nil {
			if count > 0 && strings.TrimSpace(lines[at]) != "" && (lines[at][0] == ' ' || lines[at][0] == '\t') {
				continue // a folded field
			}
			break
		}
		count++
		value := strings.Trim(strings.TrimSpace(m[2]), "*")
		switch strings.ToLower(m[1]) {
		case "from", "差出人", "送信者", "送信元", "発信者":
			inner.From = value
		case "sent", "date", "送信日時", "送信日", "送信", "日時", "日付", "受信日時":
			inner.Date = value
		case "subject", "件名", "題名":
			inner.Subject = value
		}
	}
	if count < 3 || inner.From == "" {
		return nil, false
	}
	inner.Text = strings.Trim(strings.Join(lines[at:], "\n"), "\n") + "\n"
	return &inner, true
}

// attributes reports whether a line introduces a quotation, alone or with the next one.
func attributes(lines []string, i int) bool {
	if len(lines[i]) > longestMark {
		return false
	}
	line := norm.NFKC.String(lines[i])
	if len(line) > 400 || strings.TrimSpace(line) == "" {
		return false
	}
	return attribution.MatchString(line) && (quotesFollow(lines, i) || strings.Contains(line, "@") || strings.Contains(strings.ToLower(line), "wrote")) || isHalf(lines, i)
}

var half = pattern.New(`(?i)^\s*on\b.{6,200}$|\d{4}[年/-].{4,200}$`)

// isHalf reports whether an attribution is broken over two lines.
func isHalf(lines []string, i int) bool {
	if i+1 >= len(lines) || !half.MatchString(lines[i]) || len(lines[i]) > 300 || len(lines[i+1]) > 300 {
		return false
	}
	next := norm.NFKC.String(strings.TrimSpace(lines[i+1]))
	return attributionEnd.MatchString(next) && quotesFollow(lines, i+1)
}

// quotesFollow reports whether the next line that is not empty is quoted.
func quotesFollow(lines []string, i int) bool {
	for at := i + 1; at < len(lines) && at < i+4; at++ {
		if strings.TrimSpace(lines[at]) != "" {
			return isQuoted(lines[at])
		}
	}
	return false
}

// belowDeskMark takes the newest comment of a help desk's mail: what stands between the
// mark and the next separator.
func belowDeskMark(lines []string) []string {
	for i, line := range lines {
		if i > 10 {
			break
		}
		if !above.MatchString(norm.NFKC.String(line)) {
			continue
		}
		rest := lines[i+1:]
		some := false
		for j, l := range rest {
			if separator.MatchString(l) && some {
				return rest[:j]
			}
			some = some || strings.TrimSpace(l) != "" && !separator.MatchString(l)
		}
		return rest
	}
	return lines
}

var ours = pattern.New(`(?m)弊社管理番号\s*[:：]?\s*KGN-|^\s*■\s*お願いしたいこと|^\s*our reference\s*:\s*kgn-|^\s*■\s*期限の算定|弊社の算定では|貴社からの(?:ご)?(?:通知|連絡)(?:は|を)?まだ|状況ご確認のお願い|could you tell us where this stands`)

// isOurs recognizes the lines of the enquiries that we send.
func isOurs(text string) bool {
	return ours.MatchString(strings.ToLower(norm.NFKC.String(text))) || ours.MatchString(norm.NFKC.String(text))
}

var (
	attributionEnd = pattern.New(`(?i)(?:^|\s)wrote:\s*$|^<?[^<>\s]+@[^<>\s]+>\s*:?\s*$|^[^。]{0,60}<[^<>\s]+@[^<>\s]+>\s*(?:wrote)?\s*:\s*$`)
)
