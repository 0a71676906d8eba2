package web

// Reason is the request body of a correction that needs nothing but its reason.
type Reason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why; it stays in the history"`
}

// WaivedStage is the request body that waives a promise, or lifts its waiver.
type WaivedStage struct {
	Stage  string `json:"stage,omitempty" maxLength:"100" doc:"The stage of one clock, as clocks have it; absent: the whole promise, with the stages that start later"`
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why; it stays in the history"`
}
