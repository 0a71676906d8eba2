package pdf

// piece is an unbreakable strip of the page.
type piece struct {
	height float64
	before float64 // space above, except at the top of a page
	glue   bool    // stays on the page of the next piece if possible
	head   *piece  // drawn again when this piece begins a page: a table's head
	draw   func(y float64)
}

// placed is a piece with its distance from the top of the body.
type placed struct {
	piece piece
	y     float64
}

// flow distributes pieces over pages of a height and passes each page to flush
// when it is full, so that one page at a time is in memory. Glued pieces stay
// together unless they are taller than a page.
type flow struct {
	height float64
	flush  func([]placed) error

	waiting []piece // glued to what is not known yet
	page    []placed
	y       float64
}

// add places pieces.
func (f *flow) add(pieces ...piece) error {
	for _, one := range pieces {
		f.waiting = append(f.waiting, one)
		if one.glue {
			continue
		}
		if err := f.placeWaiting(); err != nil {
			return err
		}
	}
	return nil
}

// end places what waits and flushes the last page.
func (f *flow) end() error {
	if err := f.placeWaiting(); err != nil {
		return err
	}
	return f.turn()
}

func (f *flow) placeWaiting() error {
	if len(f.waiting) == 0 {
		return nil
	}
	together := 0.0
	for i, one := range f.waiting {
		together += one.height
		if i > 0 {
			together += one.before
		}
	}
	if f.y > 0 && f.y+f.waiting[0].before+together > f.height && together <= f.height {
		if err := f.turn(); err != nil {
			return err
		}
	}
	for _, one := range f.waiting {
		if err := f.place(one); err != nil {
			return err
		}
	}
	clear(f.waiting)
	f.waiting = f.waiting[:0]
	return nil
}

func (f *flow) place(one piece) error {
	if f.y > 0 && f.y+one.before+one.height > f.height {
		if err := f.turn(); err != nil {
			return err
		}
	}
	if f.y > 0 {
		f.y += one.before
	} else if one.head != nil {
		f.page = append(f.page, placed{*one.head, 0})
		f.y = one.head.height
	}
	f.page = append(f.page, placed{one, f.y})
	f.y += one.height
	return nil
}

// turn flushes the page and begins the next one.
func (f *flow) turn() error {
	if len(f.page) == 0 {
		return nil
	}
	err := f.flush(f.page)
	clear(f.page)
	f.page, f.y = f.page[:0], 0
	return err
}
