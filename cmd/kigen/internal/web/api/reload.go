package api

import (
	"context"
	"errors"

	"kigen/cmd/kigen/internal/web"
)

type reloadOutput struct{ Body web.Reloaded }

// reloadConfiguration answers when the new configuration is in force, or with
// all its mistakes.
func (s *server) reloadConfiguration(ctx context.Context, _ *struct{}) (*reloadOutput, error) {
	r, err := s.Reload(ctx)
	if err != nil {
		return nil, err
	}
	return &reloadOutput{*r}, nil
}

// asReloadRefused returns err as a refused configuration.
func asReloadRefused(err error) (*web.ReloadRefusedError, bool) {
	var refused *web.ReloadRefusedError
	ok := errors.As(err, &refused)
	return refused, ok
}
