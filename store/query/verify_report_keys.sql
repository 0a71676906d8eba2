-- Clocks whose report_key or attributed_at does not match their other columns.
SELECT c.id, c.incident_id
FROM clocks c JOIN incidents i ON i.id = c.incident_id
LEFT JOIN report_dimensions h ON h.id = c.report_key / 4294967296
WHERE h.id IS NULL
    OR (h.vendor, h.service, h.kind, h.promise, h.terms, h.state, h.assumed)
        <> (i.vendor, i.service, i.kind, c.promise, c.terms, c.state, CASE WHEN c.start_basis = 'assumed' THEN 1 ELSE 0 END)
    OR c.attributed_at IS DISTINCT FROM CASE WHEN c.promise < 'us/' OR c.promise >= 'us0' THEN COALESCE(c.due_at - 1, c.start_at, (SELECT at FROM moments WHERE incident_id = i.id AND moment = 'logged')) END
    OR c.report_key % 4294967296 <> CASE WHEN c.notified_at IS NULL OR c.start_at IS NULL THEN 0
        WHEN c.notified_at / 1000 - c.start_at / 1000 > 2147483647 THEN 4294967295
        WHEN c.notified_at / 1000 - c.start_at / 1000 < -2147483647 THEN 1
        ELSE 2147483648 + c.notified_at / 1000 - c.start_at / 1000 END
