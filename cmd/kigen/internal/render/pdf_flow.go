package render

// piece is a strip across the page that is never cut.
type piece struct {
	height float64
	before float64 // white space above, but not at the top of a page
	glue   bool    // stays on the page of the next piece where that is possible
	head   *piece  // is drawn again when this piece begins a page: a table's head
	draw   func(y float64)
}

// placed is a piece at its distance from the top of the body.
type placed struct {
	piece piece
	y     float64
}

// paginate shares pieces out over pages of the given height. Pieces that are
// glued together stay together, unless they are higher than a page.
func paginate(pieces []piece, height float64) [][]placed {
	var pages [][]placed
	var page []placed
	y := 0.0
	flush := func() {
		if len(page) > 0 {
			pages = append(pages, page)
			page, y = nil, 0
		}
	}
	place := func(one piece) {
		if y > 0 && y+one.before+one.height > height {
			flush()
		}
		if y > 0 {
			y += one.before
		} else if one.head != nil {
			page = append(page, placed{*one.head, 0})
			y = one.head.height
		}
		page = append(page, placed{one, y})
		y += one.height
	}
	for len(pieces) > 0 {
		n, together := glued(pieces)
		if y > 0 && y+pieces[0].before+together > height && together <= height {
			flush()
		}
		for _, one := range pieces[:n] {
			place(one)
		}
		pieces = pieces[n:]
	}
	flush()
	return pages
}

// glued is how many pieces from the first on are glued together, and their
// height.
func glued(pieces []piece) (n int, height float64) {
	for i, one := range pieces {
		height += one.height
		if i > 0 {
			height += one.before
		}
		if !one.glue {
			return i + 1, height
		}
	}
	return len(pieces), height
}
