// Package bulk logs the incidents of a file through the API of a running kigen, all or
// none: every row is checked before the first is logged, and each fault is reported
// with its row.
package bulk
