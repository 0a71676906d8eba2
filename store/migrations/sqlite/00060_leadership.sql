-- +goose Up

-- The table of who leads is in PostgreSQL alone: a file has one process.
SELECT 1;
