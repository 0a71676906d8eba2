package layout

// The page in points: A4 portrait.
const (
	PageWidth    = 595.28
	PageHeight   = 841.89
	MarginSide   = 40.0
	MarginTop    = 50.0
	marginBottom = 46.0
	BodyWidth    = PageWidth - 2*MarginSide
	BodyHeight   = PageHeight - MarginTop - marginBottom
)

// CardPad is the padding of a case's frame.
const CardPad = 10.0
