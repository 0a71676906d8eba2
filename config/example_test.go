package config_test

import (
	"fmt"

	"kigen/config"
)

func ExampleParse() {
	c, err := config.Parse("kigen.yaml", []byte(`
language: en
vendors:
  - id: acme
    name: Acme
    promises:
      - {id: incident-notice, strength: firm, start: detected, due: 24h}
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	acme, _ := c.Catalogue.Vendor("acme")
	promise := acme.Promises[0]
	fmt.Println(c.Listen, c.Catalogue.IDs())
	fmt.Println(acme.ID, "has", &promise.Due, "from when it", promise.Start, "the incident")
	// Output:
	// 127.0.0.1:8080 [cybertrust sotas superstream sustaina tatsujin acme]
	// acme has 24h from when it detected the incident
}

// All problems come at once, each with its line, field, value and remedy.
func ExampleInvalid() {
	_, err := config.Parse("kigen.yaml", []byte(`lisen: 127.0.0.1:8080
alerts:
  - {to: [console], warn: [50%, 1x]}
vendors:
  - {id: sotas, promises: [{id: incident-notice, due: {business_days: 0}}]}
`), nil)
	fmt.Println(err)
	// Output:
	// kigen.yaml:1: lisen: is not a known key: did you mean listen? Known are listen, database, url, timezone, language, tls, trusted_proxies, sessions, oidc, access, slack, destinations, alerts, report, log, heartbeat, backup, record, audit, retention, calendars, vendors, duties, intake
	// kigen.yaml:3: alerts[0].warn[1]: "1x": use a share such as 50%, or a length before due such as 1h
	// kigen.yaml:5: vendors[0].promises[0].due.business_days: "0": use a whole number from 1; for a time before the start, use before
}
