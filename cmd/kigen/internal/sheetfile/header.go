package sheetfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/prose"
)

// noticePrefix begins the columns of the vendor's notice.
const noticePrefix = "notice_"

// column is a field of an incident with the headers that people give it.
type column struct {
	field string
	time  bool
	heads []string
	// words are the values by their names in Japanese and English; nil: any text.
	values []string
	name   func(lang, value string) string
}

// columns lists the fields in the order in which people are shown them; the first two
// are required.
var columns = allColumns()

// required is the number of required columns.
const required = 2

func allColumns() []column {
	list := []column{
		{field: "vendor", heads: []string{"ベンダー", "ベンダ", "ベンダー名", "ベンダ名", "ベンダーID", "事業者", "事業者名", "委託先", "委託先名", "vendor name", "vendor id", "provider", "supplier"}},
		{field: "title", heads: []string{"件名", "タイトル", "事象", "事象名", "障害名", "summary", "subject"}},
		{field: "public_title", heads: []string{"ベンダー向けの件名", "ベンダー向け件名", "公開件名", "対外件名", "public title", "title for the vendor"}},
		{field: "service", heads: []string{"サービス", "サービス名", "製品", "製品名", "service name", "product"}},
		{field: "description", heads: []string{"内容", "詳細", "説明", "事象の内容", "details"}},
		{field: "kind", heads: []string{"種別", "種類", "区分", "type"}, values: strs(sla.Kinds()), name: phrase.Kind},
		{field: "impact", heads: []string{"影響", "影響度", "自社への影響"}, values: strs(sla.Impacts[:]), name: phrase.Impact},
		{field: "scope", heads: []string{"影響範囲", "範囲"}, values: strs(sla.Scopes[:]), name: phrase.Scope},
		{field: "severity", heads: []string{"深刻度", "重大度", "重要度"}, values: strs(sla.Severities[:]), name: phrase.Severity},
	}
	for _, m := range sla.EnteredMoments() {
		c := column{field: m.Field(), time: true, heads: append(slices.Clone(momentHeads[m]), m.String(), prose.MomentLabel("ja", m), prose.MomentLabel("en", m))}
		list = append(list, c)
	}
	return append(list,
		column{field: "reference", heads: []string{"管理番号", "参照番号", "チケット番号", "チケット", "インシデント番号", "整理番号", "ref", "ticket", "ticket number", "reference number"}},
		column{field: "tags", heads: []string{"タグ", "tag"}},
		column{field: noticePrefix + "received_at", time: true, heads: []string{"通知受領日時", "通知受領時刻", "通知受信日時", "通知日時", "受領日時", "notice received"}},
		column{field: noticePrefix + "sent_at", time: true, heads: []string{"通知送信日時", "通知送信時刻", "通知発信日時", "送信日時", "notice sent"}},
		column{field: noticePrefix + "channel", heads: []string{"通知手段", "通知方法", "連絡手段", "連絡方法"}, values: []string{"email", "phone", "portal", "site", "support"}, name: phrase.Channel},
		column{field: noticePrefix + "stage", heads: []string{"通知の種類", "通知種別", "通知段階"}},
		column{field: noticePrefix + "reference", heads: []string{"通知番号", "通知の参照番号", "ベンダーの参照番号"}},
		column{field: noticePrefix + "text", heads: []string{"通知内容", "通知本文", "通知文"}},
	)
}

// momentHeads are further headers of the moments.
var momentHeads = map[sla.Moment][]string{
	sla.Occurred:  {"発生日時", "発生時刻", "発生日", "発生"},
	sla.Detected:  {"検知日時", "検知時刻", "検知日", "検知", "検出日時"},
	sla.Confirmed: {"確認日時", "確認時刻", "確定日時", "判明日時"},
	sla.Declared:  {"公表日時", "公表時刻", "宣言日時", "発表日時"},
	sla.Aware:     {"認知日時", "認知時刻", "覚知日時", "把握日時"},
	sla.Scheduled: {"実施予定日時", "予定日時", "作業予定日時", "実施日時"},
	sla.Ended:     {"契約終了日時", "契約終了日", "解約日"},
}

// header is the name of the column that a person in "ja" or "en" is asked for.
func (c *column) header(lang string) string {
	if lang == localizer.Japanese {
		at := slices.IndexFunc(c.heads, func(head string) bool { return head[0] >= 0x80 })
		return c.heads[at]
	}
	return c.field
}

func strs[T ~string](list []T) []string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = string(v)
	}
	return names
}

// Columns lists the fields for people.
func Columns() string {
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = columns[i].field
	}
	return strings.Join(names, ", ")
}

// Japanese lists the Japanese headers for people, one for each field.
func Japanese() string {
	var names []string
	for i := range columns {
		names = append(names, columns[i].header(localizer.Japanese))
	}
	return strings.Join(names, "、")
}

// longestKey bounds the bytes of a text that can be a header or one of the listed values.
const longestKey = 300

// key is a header or a value as comparisons see it: without case, width, blanks and
// punctuation.
func key(text string) string {
	if len(text) > longestKey {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == 'ー' {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(text))
}

// fieldsByHead maps the key of each header to the index of its column.
var fieldsByHead = byHead()

func byHead() map[string]int {
	all := map[string]int{}
	for i := range columns {
		all[key(columns[i].field)] = i
	}
	for i := range columns {
		for _, head := range columns[i].heads {
			if _, taken := all[key(head)]; !taken {
				all[key(head)] = i
			}
		}
	}
	return all
}

// header is the meaning of a file's columns.
type header struct {
	names []string // as the file writes them, each on one line
	of    []int    // index into columns; leftOut: the column is not read
}

const leftOut = -1

// Map names the meaning of headers: the file's header to a field of Columns; an empty
// field leaves the column out.
type Map map[string]string

// ParseMap reads entries of the form 'their column=field'.
func ParseMap(entries []string) (Map, error) {
	m := Map{}
	for _, entry := range entries {
		at := strings.LastIndex(entry, "=")
		if at <= 0 || strings.TrimSpace(entry[:at]) == "" {
			return nil, fmt.Errorf("map %q: names no column: write it as 'their column=field', such as '概要=title'", entry)
		}
		m[strings.TrimSpace(entry[:at])] = strings.TrimSpace(entry[at+1:])
	}
	return m, nil
}

// find returns the column of a header.
func (m Map) find(head string) (index int, known bool) {
	for name, field := range m {
		if key(name) != key(head) {
			continue
		}
		if strings.TrimSpace(field) == "" {
			return leftOut, true
		}
		index, known = fieldsByHead[key(field)]
		return index, known
	}
	index, known = fieldsByHead[key(head)]
	return index, known
}

// check refuses entries that name no column of the file, and no field.
func (m Map) check(names []string) (faults []Fault) {
	for name, field := range m {
		if !slices.ContainsFunc(names, func(head string) bool { return key(head) == key(name) }) {
			faults = append(faults, Fault{Line: 0, Column: "map", Value: name + "=" + field,
				Text: localizer.Messagef("the file has no column of this name: write it as the file's header does")})
		} else if _, ok := fieldsByHead[key(field)]; !ok && strings.TrimSpace(field) != "" {
			faults = append(faults, Fault{Line: 0, Column: "map", Value: name + "=" + field,
				Text: localizer.Messagef("names no field: use one of %s, or nothing to leave the column out", Columns())})
		}
	}
	return faults
}

// readHeader reads the names of the columns. A column without a name is left out: a
// spreadsheet saves empty columns, too.
func readHeader(names []string, line int, m Map) (header, []Fault) {
	h := header{names: make([]string, len(names)), of: make([]int, len(names))}
	faults := m.check(names)
	for i, name := range names {
		h.names[i], h.of[i] = oneLine(name), leftOut
		if h.names[i] == "" {
			continue
		}
		index, known := m.find(name)
		switch {
		case !known:
			faults = append(faults, Fault{Line: line, Column: "column", Value: h.names[i],
				Text: unknownColumn(h.names[i])})
		case index != leftOut && slices.Contains(h.of[:i], index):
			faults = append(faults, Fault{Line: line, Column: "column", Value: h.names[i],
				Text: localizer.Messagef("appears twice: remove one of them")})
		default:
			h.of[i] = index
		}
	}
	for i := range columns[:required] {
		if !slices.Contains(h.of, i) {
			faults = append(faults, Fault{Line: line, Column: "column", Value: columns[i].field,
				Text: localizer.Messagef("is missing: add it as %s", columns[i].header)})
		}
	}
	return h, faults
}

// unknownColumn says how to name the field of a column, in words for a shell.
func unknownColumn(name string) localizer.Message {
	head := func(lang string) string {
		if shortened(name) != name {
			return catalog.In(lang).Say("their_header")
		}
		return strings.ReplaceAll(name, "'", "") // keys hold no punctuation
	}
	known := func(lang string) string {
		if lang == localizer.Japanese {
			return Japanese()
		}
		return Columns()
	}
	return localizer.Messagef("is unknown: use %s, or name its field with --map '%s=field', or leave it out with --map '%s='", known, head, head)
}

// oneLine is a header without the line breaks that cells of a spreadsheet hold, and
// without invisible characters. It has the key of the header.
func oneLine(name string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, name)
	return strings.Join(strings.Fields(visible), " ")
}

// known counts the names that are headers of fields.
func known(names []string, m Map) (n int) {
	for _, name := range names {
		if _, ok := m.find(name); ok && strings.TrimSpace(name) != "" {
			n++
		}
	}
	return n
}
