package clause

import (
	"strings"
	"unicode"
)

// maxSentence is the number of characters of a sentence that is read. What is longer is a
// table or a list without stops, which is read in pieces.
const maxSentence = 2000

// sentences splits the cells of a block at the ends of its sentences.
func sentences(cells []cell) [][]cell {
	var all [][]cell
	start, depth := 0, 0
	flush := func(end int) {
		for start < end && cells[start].r == ' ' {
			start++
		}
		if end > start {
			all = append(all, cells[start:end])
		}
		start = end
	}
	for i := range cells {
		switch cells[i].r {
		case '(', '「', '『', '[':
			depth++
		case ')', '」', '』', ']':
			depth = max(0, depth-1)
		}
		if i-start >= maxSentence || ends(cells, i) && (depth == 0 || i-start > 400) {
			end := i + 1
			for end < len(cells) && strings.ContainsRune(")」』\"'", cells[end].r) {
				end++
			}
			flush(end)
			depth = 0
		}
	}
	flush(len(cells))
	return all
}

// ends reports whether a sentence ends at a character.
func ends(cells []cell, i int) bool {
	switch cells[i].r {
	case '。', '!', '?':
		return true
	case '.':
	default:
		return false
	}
	next := i + 1
	for next < len(cells) && strings.ContainsRune(")]\"'", cells[next].r) {
		next++
	}
	if next >= len(cells) {
		return true
	}
	if cells[next].r != ' ' || next+1 >= len(cells) {
		return false
	}
	follower := cells[next+1].r
	if !unicode.IsUpper(follower) && !unicode.IsDigit(follower) && !strings.ContainsRune("\"'([•", follower) {
		return false
	}
	return !abbreviation(cells, i)
}

// abbreviations lists the words before a full stop that does not end a sentence.
var abbreviations = map[string]bool{
	"e.g": true, "i.e": true, "no": true, "inc": true, "co": true, "ltd": true, "corp": true, "sec": true, "art": true, "vs": true,
	"approx": true, "mr": true, "ms": true, "dr": true, "st": true, "fig": true, "cf": true, "etc": true, "reg": true, "nos": true, "max": true,
}

func abbreviation(cells []cell, i int) bool {
	j := i
	for j > 0 && cells[j-1].r != ' ' && cells[j-1].r != '(' {
		j--
	}
	word := strings.ToLower(textOf(cells[j:i]))
	if len(word) == 1 && unicode.IsLetter(rune(word[0])) && word != "i" {
		return true
	}
	return abbreviations[word] || j == 0 && isNumber(word)
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789.") == ""
}
