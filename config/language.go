package config

import (
	"regexp"

	"kigen/config/reading"
	"kigen/config/tree"
)

// languageLine finds the language in a file that is not YAML.
var languageLine = regexp.MustCompile(`(?m)^language:\s*["']?(ja|en)\b`)

// LanguageOf returns the language of a configuration, also of one that Load refuses,
// so that its mistakes are named in that language. Where it names none, or the file
// cannot be read, it is the default.
func LanguageOf(path string, environ []string) string {
	env := environment(environ)
	var data []byte
	if path != "" {
		data, _ = reading.ReadFile(path) // Load reports the error
	}
	root, _, whole := tree.ParseWhole(path, data, env)
	if root.Kind != tree.Object || !whole {
		root = &tree.Node{Kind: tree.Object}
		if line := languageLine.FindSubmatch(data); line != nil {
			root.Set("language", &tree.Node{Kind: tree.Scalar, Text: string(line[1])})
		}
	}
	_ = override(root, env) // Load reports its problems
	if language := root.Get("language"); language != nil && (language.Text == "ja" || language.Text == "en") {
		return language.Text
	}
	return "ja"
}
