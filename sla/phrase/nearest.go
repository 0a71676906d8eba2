package phrase

import "strings"

// Nearest returns the known word closest to a mistyped one.
func Nearest(word string, known []string) (string, bool) {
	const farthest = 2 // edits; a greater distance is another word
	best, bestEdits := "", farthest+1
	for _, k := range known {
		if n := Edits(strings.ToLower(word), k); n < bestEdits && n < len(k) {
			best, bestEdits = k, n
		}
	}
	return best, best != ""
}

// Edits returns the Levenshtein distance between a and b.
func Edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
