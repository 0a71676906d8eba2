-- The lines of a digest page, or of a whole digest, with their present states. A
-- change shows the clock that got a notice since the last acknowledgement, else
-- the most urgent one.
SELECT m.key, a.reason, a.at, n.id, n.reference, n.vendor, n.service, n.title, n.severity,
       COALESCE(c.promise, ''), COALESCE(c.stage, ''), COALESCE(c.state, ''), c.due_at, c.due_offset, c.notified_at, c.breached_at,
       COALESCE(NULLIF(n.owner, ''), n.ack_by), n.ack_at, n.ack_until, COALESCE(i.destination, ''), m.kind = 'update'
FROM deliveries m
JOIN alerts a ON a.id = m.alert_id
JOIN incidents n ON n.id = m.incident_id
LEFT JOIN clocks c ON c.id = CASE WHEN m.kind <> 'update' THEN a.clock_id ELSE (
    SELECT k.id
    FROM clocks k
    WHERE k.incident_id = n.id AND (k.promise < 'us/' OR k.promise >= 'us0')
    ORDER BY CASE
        WHEN k.notified_at >= COALESCE(n.ack_at, 0) THEN 0
        WHEN k.state = 'overdue' THEN 1
        WHEN k.state IN ('at_risk', 'running') THEN 2
        WHEN k.state = 'pending' THEN 3
        ELSE 4 END, k.due_at NULLS FIRST, k.id
    LIMIT 1) END
LEFT JOIN deliveries i ON i.id = m.instead_of
WHERE m.digest_page_id IN (SELECT id FROM deliveries WHERE id = $1 OR thread_root_id = $2)
  AND m.state = 'merged'
ORDER BY COALESCE(c.due_at, a.at), m.id
