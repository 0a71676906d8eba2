// Package bulk logs the incidents of a CSV file through the API of a running
// kigen, all or none: a list that is half in is worse than one that is not in
// at all. So every row is checked before the first is logged, and whatever is
// wrong with a row is said with its line.
package bulk
