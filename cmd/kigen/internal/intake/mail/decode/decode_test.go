package decode_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"kigen/cmd/kigen/internal/intake/mail/decode"
)

func encode(t *testing.T, e encoding.Encoding, text string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestText decodes what mailers declare, rightly and wrongly.
func TestText(t *testing.T) {
	const text = "障害は①電源の故障です。㈱ﾃｽﾄ 髙橋"
	sjis, euc := encode(t, japanese.ShiftJIS, text), encode(t, japanese.EUCJP, text)
	for _, c := range []struct {
		name     string
		b        []byte
		declared string
	}{
		{"Shift_JIS", sjis, "Shift_JIS"}, {"cp932", sjis, "CP932"}, {"windows-31j", sjis, `"windows-31j"`}, {"undeclared", sjis, ""}, {"as UTF-8", sjis, "utf-8"},
		{"as ASCII", sjis, "us-ascii"}, {"unknown", sjis, "x-nothing"}, {"EUC-JP", euc, "euc-jp"}, {"EUC undeclared", euc, ""}, {"EUC as UTF-8", euc, "UTF-8"},
		{"UTF-8", []byte(text), "utf-8"}, {"UTF-8 undeclared", []byte(text), ""}, {"UTF-8 as Latin", []byte(text), "iso-8859-1"}, {"UTF-8 with BOM", []byte("\ufeff" + text), "shift_jis"},
	} {
		if got := decode.Text(c.b, c.declared); got != text {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// TestJIS decodes ISO-2022-JP as it is sent.
func TestJIS(t *testing.T) {
	for name, c := range map[string]struct{ b, want string }{
		"kanji":              {"\x1b$B>c32\x1b(B OK\r\n", "障害 OK\r\n"},
		"JIS C 6226":         {"\x1b$@>c32\x1b(J", "障害"},
		"half-width, escape": {"\x1b(I6@\x1b(B", "ｶﾀ"},
		"half-width, shift":  {"\x0e6@\x0f ok", "ｶﾀ ok"},
		"no escape at end":   {"\x1b$B>c32\r\nOK\r\n", "障害\r\nOK\r\n"},
		"NEC row 13":         {"\x1b$B-!-j\x1b(B", "①㈱"},
		"undecodable":        {"\x1b$B\x7f\x7f\x1b(B!", "\ufffd!"},
	} {
		got := decode.Text([]byte(c.b), "iso-2022-jp")
		if name == "undecodable" {
			if !strings.Contains(got, "\ufffd") || !strings.HasSuffix(got, "!") {
				t.Errorf("%s: %q", name, got)
			}
			continue
		}
		if got != c.want || decode.Text([]byte(c.b), "iso-2022-jp-ms") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestWords decodes header fields.
func TestWords(t *testing.T) {
	for raw, want := range map[string]string{
		"plain":                                 "plain",
		"=?UTF-8?B?6Zqc5a6z?=":                  "障害",
		"=?UTF-8?B?6Zqc5Q==?= =?UTF-8?B?rrM=?=": "障害", // split inside a character
		"=?utf-8?Q?=E9=9A=9C=E5?=\r\n =?UTF-8?q?=AE=B3_1?=":             "障害 1",
		"=?ISO-2022-JP?B?GyRCPmMbKEI=?= =?ISO-2022-JP?B?GyRCMzIbKEI=?=": "障害",
		"[A] =?UTF-8?B?6Zqc5a6z?= AKT-1":                                "[A] 障害 AKT-1",
		"=?UTF-8*ja?B?6Zqc5a6z?=":                                       "障害",
		"=?x-nothing?B?6Zqc5a6z?=":                                      "障害",
		"=?UTF-8?B?6Zqc5a6z":                                            "=?UTF-8?B?6Zqc5a6z",
		"\x8f\xe1\x8aQ":                                                 "障害", // raw Shift_JIS
	} {
		if got := decode.Words(raw, "shift_jis"); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

// TestMediaType reads parameters with continuations and character sets.
func TestMediaType(t *testing.T) {
	for field, want := range map[string]string{
		`attachment; filename="a.zip"`:                                          "a.zip",
		`attachment; filename*=UTF-8''%E5%A0%B1%E5%91%8A.pdf`:                   "報告.pdf",
		`attachment; filename*0*=utf-8'ja'%E5%A0%B1%E5; filename*1*=%91%8A.pdf`: "報告.pdf",
		`attachment; filename*1*=%91%8A.pdf; filename*0*=utf-8''%E5%A0%B1%E5`:   "報告.pdf",
		`attachment; filename="=?UTF-8?B?5aCx5ZGKLnBkZg==?="`:                   "報告.pdf",
		`attachment; filename*=shift_jis''%95%F1%8D%90.pdf`:                     "報告.pdf",
		`attachment; filename*0="a;b"; filename*1=".zip"`:                       "a;b.zip",
	} {
		value, parameters := decode.MediaType(field)
		if value != "attachment" || parameters["filename"] != want {
			t.Errorf("%s: %s %q, want %q", field, value, parameters, want)
		}
	}
}

// TestHTML shows what a reader sees, and nothing that is hidden.
func TestHTML(t *testing.T) {
	for source, want := range map[string]string{
		"<p>a</p><p>b<br>c</p>": "a\n\nb\nc\n\n",
		"<table><tr><td>発生</td><td>10:00</td></tr><tr><td>検知</td><td>10:05</td></tr></table>": "発生\t10:00\n検知\t10:05\n\n",
		`a<span style="display:none">x</span>b`:                                               "ab\n",
		`a<span style="color:#fff">x</span>b`:                                                 "ab\n",
		`<div style="background:#000"><span style="color: #ffffff">b</span></div>`:            "b\n",
		`a<span style="font-size:0">x</span><span style="font-size:10px">b</span>`:            "ab\n",
		`a<div hidden>x</div><script>x</script><style>x</style><!-- x -->b`:                   "ab\n",
		"<blockquote>x</blockquote>a":                                                         "> x\n\na\n",
		"a &lt;b&gt; &amp; c&nbsp;d":                                                          "a <b> & c d\n",
		"plain":                                                                               "plain\n",
	} {
		if got := decode.HTML(source); strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}
