package terminal

import (
	"fmt"
	"time"

	"kigen/cmd/kigen/internal/web"
)

// Trial prints the stages that a test message reached.
func (w *Printer) Trial(trial *web.Trial) error {
	stages := Table{Right: []int{2}}
	for _, stage := range trial.Stages {
		lag := time.Duration(stage.LagMS) * time.Millisecond
		stages.Add(trialStageText(w.Lang, stage.Stage), stage.At.In(w.Zone).Format("15:04:05.000"), fmt.Sprintf("%+.3f s", lag.Seconds()))
	}
	if err := stages.Print(w.Out); err != nil {
		return err
	}
	if !trial.OK {
		return nil
	}
	_, err := fmt.Fprintf(w.Out, say(w.Lang, "arrived_at"), trial.Destination, trial.Receipt)
	return err
}

// trialStageText names a stage of a trial.
func trialStageText(lang, stage string) string {
	switch stage {
	case web.TrialPlanned:
		return say(lang, "deadline_planned")
	case web.TrialRaised:
		return say(lang, "deadline_passed_alert_stored")
	case web.TrialAttempted:
		return say(lang, "sending_started")
	case web.TrialSent:
		return say(lang, "delivered_receipt_recorded")
	}
	return stage
}
