-- What people write down about an incident, and the reminders that they sent.

-- +goose Up

CREATE TABLE notes (
    id          INTEGER PRIMARY KEY,
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    at          INTEGER NOT NULL,
    author      TEXT    NOT NULL, -- actor, as in the history
    text        TEXT    NOT NULL
) STRICT;

CREATE INDEX notes_incident ON notes (incident_id, id);

-- As notice_files.
CREATE TABLE note_files (
    note_id     INTEGER NOT NULL REFERENCES notes (id),
    position    INTEGER NOT NULL, -- 1, 2, 3 … within the note
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    sha256      TEXT    NOT NULL REFERENCES evidence (sha256),
    name        TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    PRIMARY KEY (note_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX note_files_incident ON note_files (incident_id, sha256);

CREATE TABLE chasers (
    id          INTEGER PRIMARY KEY,
    incident_id INTEGER NOT NULL REFERENCES incidents (id),
    sent_at     INTEGER NOT NULL,
    sent_offset INTEGER NOT NULL,
    sent_to     TEXT    NOT NULL, -- address or number; empty: unknown
    channel     TEXT    NOT NULL,
    message_id  TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT    NOT NULL
) STRICT;

CREATE INDEX chasers_incident ON chasers (incident_id, sent_at, id);

-- +goose StatementBegin
CREATE TRIGGER notes_are_kept BEFORE DELETE ON notes
BEGIN
    SELECT RAISE(ABORT, 'notes are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER notes_stay_as_they_are BEFORE UPDATE ON notes
BEGIN
    SELECT RAISE(ABORT, 'notes are never changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER chasers_are_kept BEFORE DELETE ON chasers
BEGIN
    SELECT RAISE(ABORT, 'chasers are never deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER chasers_stay_as_they_are BEFORE UPDATE ON chasers
BEGIN
    SELECT RAISE(ABORT, 'chasers are never changed');
END;
-- +goose StatementEnd
