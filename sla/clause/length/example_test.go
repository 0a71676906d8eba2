package length_test

import (
	"fmt"

	"kigen/sla/clause/length"
)

func ExampleIn() {
	text := "We notify you within two business days, test the plan twice a year and keep logs for 90 days."
	for _, l := range length.In(text) {
		role := map[length.Role]string{length.Within: "within", length.Every: "every", length.Keep: "keep"}[l.Role]
		fmt.Println(text[l.From:l.To], "|", role, l.N, l.Unit)
	}
	// Output:
	// two business days | within 2 business_days
	// twice a year | every 6 months
	// 90 days | keep 90 days
}

func ExampleIn_japanese() {
	text := "検知から24時間以内に通知し、四半期ごとに点検します。"
	for _, l := range length.In(text) {
		fmt.Println(text[l.From:l.To], l.Role == length.Within, l.Role == length.Every, l.N, l.Unit)
	}
	// Output:
	// 24時間 true false 24 hours
	// 四半期 false true 3 months
}
