package vendors

import "strings"

// changeLine is a line of a text, or one that was added or removed.
type changeLine struct {
	Sign string // + or -; empty: it stayed
	Text string
}

// mostCompared bounds the pairs of lines that are compared; larger texts are shown as replaced.
const mostCompared = 4_000_000

// around is how many lines that stayed are shown beside each change.
const around = 2

// changedLines returns what changed between two texts, with the lines around; none: nothing.
func changedLines(before, after string) []changeLine {
	a, b := linesOf(before), linesOf(after)
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	end := 0
	for end < len(a)-same && end < len(b)-same && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	all := stayed(a[:same])
	all = append(all, compared(a[same:len(a)-end], b[same:len(b)-end])...)
	all = append(all, stayed(a[len(a)-end:])...)
	return nearChanges(all)
}

func linesOf(text string) []string {
	if text = strings.TrimRight(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func stayed(lines []string) (list []changeLine) {
	for _, line := range lines {
		list = append(list, changeLine{Text: line})
	}
	return list
}

// compared finds the longest common sequence of lines.
func compared(a, b []string) (list []changeLine) {
	if len(a)*len(b) > mostCompared {
		a, b = a[:min(len(a), 500)], b[:min(len(b), 500)]
	}
	common := make([][]int32, len(a)+1)
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			list = append(list, changeLine{Text: a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			list = append(list, changeLine{Sign: "-", Text: a[i]})
			i++
		default:
			list = append(list, changeLine{Sign: "+", Text: b[j]})
			j++
		}
	}
	return list
}

// nearChanges leaves out lines that stayed and are far from each change; "…" stands for them.
func nearChanges(all []changeLine) (list []changeLine) {
	near := make([]bool, len(all))
	changed := false
	for i := range all {
		if all[i].Sign == "" {
			continue
		}
		changed = true
		for j := max(0, i-around); j <= min(len(all)-1, i+around); j++ {
			near[j] = true
		}
	}
	if !changed {
		return nil
	}
	for i, line := range all {
		switch {
		case near[i]:
			list = append(list, line)
		case len(list) > 0 && list[len(list)-1].Sign != "…":
			list = append(list, changeLine{Sign: "…"})
		}
	}
	return list
}
