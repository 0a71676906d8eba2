package frame_test

import (
	standard "html/template"
	"strings"
	"testing"

	ours "github.com/DataDog/datadog-agent/pkg/template/html"
	"pgregory.net/rapid"
)

// contexts are the places of a page in which a text can stand, each with its own escaping.
var contexts = []string{
	`<p>{{.}}</p>`, `<title>{{.}}</title>`, `<textarea>{{.}}</textarea>`, `<!-- {{.}} --><p>`,
	`<a title="{{.}}">`, `<a title='{{.}}'>`, `<a title={{.}}>`, `<a {{.}}>`, `<{{.}}>`,
	`<a href="{{.}}">`, `<a href="/x?q={{.}}&r=1">`, `<a href="/{{.}}/x#{{.}}">`, `<a href='{{.}}'>`, `<a href={{.}}>`,
	`<img src="{{.}}" srcset="{{.}} 2x, /a?b={{.}} 1x">`, `<form action="{{.}}">`, `<meta http-equiv="refresh" content="0;url={{.}}">`,
	`<p style="color: {{.}}">`, `<p style="background: url('{{.}}')">`, `<style>p { font: "{{.}}"; width: {{.}} }</style>`,
	`<script>var x = {{.}};</script>`, `<script>var x = "{{.}}";</script>`, `<script>var x = '{{.}}'; /* {{.}} */</script>`,
	`<script>var x = /{{.}}/.test("a");</script>`, "<script>var x = `{{.}}`;</script>", "<script>var x = `a${ {{.}} }b`;</script>",
	`<script type="application/json">{"a": {{.}}}</script>`, `<script type="text/template"><p>{{.}}</p></script>`,
	`<button onclick="go({{.}})">`, `<button onclick="go('{{.}}')">`, `<svg><title>{{.}}</title></svg>`,
	`{{if .}}<a href="{{else}}<a href="/y?{{end}}{{.}}">`,
}

// hostile is what breaks out of a place that escapes for another one.
var hostile = []string{
	`"`, `'`, "`", "<", ">", "&", "=", "/", `\`, "${", "}", "//", "/*", "*/", "<!--", "-->", "]]>", "</script>", "</style>", "<script", "javascript:", "JAVASCRIPT\t:",
	"data:text/html,", "vbscript:", "expression(", "url(", "\x00", "\n", "\r", "\u2028", "\u2029", "\ufeff", "%", "%2", "&#", "&quot;", "障害", "\xff", " ", "a", "1",
}

// The templates of pages and reports are a copy of Go's without calls of methods, so that
// Go's own corrections do not reach them with the next Go. Here both escape alike: where
// this fails after an upgrade of one of them, upgrade the other.
func TestEscapingIsThatOfGo(t *testing.T) {
	type both struct {
		theirs *standard.Template
		ours   *ours.Template
	}
	parsed := map[string]both{}
	for _, text := range contexts {
		parsed[text] = both{standard.Must(standard.New("").Parse(text)), ours.Must(ours.New("").Parse(text))}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()), 0, 6).Draw(t, "text"), "")
		value := rapid.SampledFrom([]any{
			text, []string{text}, map[string]any{text: text}, struct{ A, B any }{text, 1.5}, nil, true, len(text),
			standard.HTML(text), standard.HTMLAttr(text), standard.URL(text), standard.JS(text), standard.JSStr(text), standard.CSS(text), standard.Srcset(text), //nolint:gosec // hostile on purpose
		}).Draw(t, "value")
		for context, p := range parsed {
			var want, got strings.Builder
			wantErr, gotErr := p.theirs.Execute(&want, value), p.ours.Execute(&got, value)
			if got.String() != want.String() || (gotErr == nil) != (wantErr == nil) {
				t.Fatalf("%s of %T:\n%s %v\nGo writes\n%s %v", context, value, got.String(), gotErr, want.String(), wantErr)
			}
		}
	})
}
