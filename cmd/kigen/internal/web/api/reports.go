package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/tracker"
)

type reportInput struct {
	web.LangParam
	Month  string `path:"month" example:"2026-10"`
	Format string `query:"format" enum:"json,html,pdf,xlsx,csv" default:"json"`
	Vendor string `query:"vendor" doc:"Only the vendor with this id"`
	Table  string `query:"table" doc:"For CSV: vendors, services, trend, cases, carried_over, uncommitted, excluded, backdated, corrections, definitions, versions or kinds" example:"vendors"`
	BOM    bool   `query:"bom" doc:"CSV starts with a byte order mark, which some spreadsheets need"`
}

// reportOutput is a file in the requested format. Its content policy allows the
// inline style of the HTML report.
type reportOutput struct {
	ContentType           string `header:"Content-Type"`
	ContentSecurityPolicy string `header:"Content-Security-Policy"`
	ContentLength         int64  `header:"Content-Length"`
	Body                  func(huma.Context)
}

func (s *server) getReport(ctx context.Context, in *reportInput) (*reportOutput, error) {
	file, err := s.Reports.Render(ctx, reporting.Request{
		Period: in.Month, Format: in.Format, Lang: s.proseLang(in.LangParam), Vendor: in.Vendor, Table: in.Table, BOM: in.BOM,
	})
	if err != nil {
		return nil, err
	}
	s.Note(ctx, web.APIActor, "report_read", in.Month+" "+in.Format)
	return &reportOutput{
		ContentType: file.MediaType, ContentSecurityPolicy: web.ReportPolicy, ContentLength: file.Content.Size(),
		Body: func(out huma.Context) {
			defer func() { _ = file.Close() }() // it was only read
			out.SetStatus(http.StatusOK)
			if _, err := file.WriteTo(out.BodyWriter()); err != nil {
				s.Log.Debug("answer not delivered", "error", err)
			}
		},
	}, nil
}

// sendInput asks for a report to be sent.
type sendInput struct {
	Month string `path:"month" example:"2026-10" doc:"A finished period"`
	Body  struct {
		To []string `json:"to,omitempty" maxItems:"100" doc:"Names of destinations in the configuration; none: those of report.to"`
	}
}

type sendOutput struct{ Body reporting.SendResult }

// errReportBusy says that another request is saving or sending the report.
var errReportBusy = errors.New("the report is being saved or sent by another request")

// sendReport answers when the report is in the outbox. From there it is sent like
// an alert, with retries.
func (s *server) sendReport(ctx context.Context, in *sendInput) (*sendOutput, error) {
	sent, err := s.Reports.Send(ctx, in.Month, in.Body.To)
	if errors.Is(err, tracker.ErrConflict) {
		return nil, errReportBusy
	}
	if err != nil {
		return nil, err
	}
	s.Note(ctx, web.APIActor, "report_sent", sent.Period+" "+strings.Join(sent.To, " "))
	return &sendOutput{*sent}, nil
}
