package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"
)

const (
	// openingLook is the pause between two looks at the files of a database that is
	// being opened. systemd waits 90 s for the start, unless its unit says otherwise.
	openingLook = 15 * time.Second
	// openingPatience is what systemd is asked for at each look that finds progress. To
	// build an index, SQLite sorts for a while without writing to these files.
	openingPatience = 3 * time.Minute
)

// opening watches a database that is being opened. A migration of a large one takes
// minutes, most of them within single statements, so that its progress shows only in
// its files.
type opening struct {
	path   string
	log    *slog.Logger
	notify func(state string)
	was    string
}

// watchOpening asks systemd for more time as long as the files of the database change,
// and logs that, until stop is called.
func watchOpening(path string, log *slog.Logger) (stop func()) {
	o := &opening{path: path, log: log, notify: (&supervisor{log: log}).notify}
	o.was, _ = o.written()
	ctx, cancel := context.WithCancel(context.Background())
	go o.run(ctx)
	return cancel
}

func (o *opening) run(ctx context.Context) {
	ticker := time.NewTicker(openingLook)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			o.look()
		}
	}
}

// look asks for patience if anything was written since the last look: a migration that
// makes no progress is ended by systemd.
func (o *opening) look() {
	is, bytes := o.written()
	if is == o.was {
		return
	}
	o.was = is
	o.notify(fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", openingPatience.Microseconds()))
	o.log.Info("bringing the database up to date", "megabytes", bytes>>20)
}

// written describes the database and its log as they stand, and returns their size.
func (o *opening) written() (state string, bytes int64) {
	for _, path := range []string{o.path, o.path + "-wal"} {
		info, err := os.Stat(path)
		if err != nil {
			continue // there is no log before the first write
		}
		state += fmt.Sprintln(info.Size(), info.ModTime().UnixNano())
		bytes += info.Size()
	}
	return state, bytes
}
