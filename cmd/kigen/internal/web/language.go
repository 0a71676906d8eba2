package web

import (
	"context"
	"net/http"

	"golang.org/x/text/language"

	"kigen/sla/phrase/localizer"
)

// errorLanguages lists the languages of problem documents; the first is for clients
// that ask for none, because programs compare English texts.
var errorLanguages = language.NewMatcher([]language.Tag{language.English, language.Japanese})

// AcceptedLang returns the language of errors for an Accept-Language header: "ja" or
// "en".
func AcceptedLang(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return localizer.English
	}
	if _, at, confidence := errorLanguages.Match(tags...); at == 1 && confidence > language.No {
		return localizer.Japanese
	}
	return localizer.English
}

func acceptedLang(r *http.Request) string { return AcceptedLang(r.Header.Get("Accept-Language")) }

type langKey struct{}

// WithErrorLang puts the language of a request's errors into its context.
func WithErrorLang(ctx context.Context, lang string) context.Context {
	return context.WithValue(ctx, langKey{}, lang)
}

// ErrorLang returns the language of a request's errors.
func ErrorLang(ctx context.Context) string {
	if lang, ok := ctx.Value(langKey{}).(string); ok {
		return lang
	}
	return localizer.English
}

// Said returns a problem's text in a language.
func Said(lang string, text interface{ In(lang string) string }) string {
	return localizer.Sentence(lang, text.In(lang))
}
