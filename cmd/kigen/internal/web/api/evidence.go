package api

import (
	"context"

	"kigen/cmd/kigen/internal/web"
)

// evidenceInput selects a file by its hash.
type evidenceInput struct {
	web.IDParam
	SHA256 string `path:"sha256" pattern:"^[0-9a-f]{64}$" doc:"The sha256 of one of the notice's files"`
}

// evidenceOutput is a download: a browser must not show it under kigen's origin.
type evidenceOutput struct {
	ContentType   string `header:"Content-Type"`
	Disposition   string `header:"Content-Disposition"`
	ContentPolicy string `header:"Content-Security-Policy"`
	Body          []byte
}

func (s *server) getEvidence(ctx context.Context, in *evidenceInput) (*evidenceOutput, error) {
	file, content, err := s.ReadEvidence(ctx, web.APIActor, &in.IDParam, in.SHA256)
	if err != nil {
		return nil, err
	}
	return &evidenceOutput{
		ContentType: file.Type, Disposition: web.AttachmentHeader(file.Name), ContentPolicy: web.EvidencePolicy, Body: content,
	}, nil
}
