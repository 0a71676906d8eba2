-- What a page tells, or a whole digest, as things stand now.
SELECT m.key, a.reason, a.at, n.id, n.reference, n.vendor, n.service, n.title, n.severity,
       COALESCE(c.promise, ''), COALESCE(c.stage, ''), COALESCE(c.state, ''), c.due_at, c.due_offset, c.notice_at, c.breached_at,
       n.ack_by, n.ack_at, n.ack_until, COALESCE(i.destination, '')
FROM deliveries m
JOIN alerts a ON a.id = m.alert_id
JOIN incidents n ON n.id = m.incident_id
LEFT JOIN clocks c ON c.id = a.clock_id
LEFT JOIN deliveries i ON i.id = m.instead_of
WHERE m.teller_id IN (SELECT id FROM deliveries WHERE id = $1 OR head_id = $2)
  AND m.state = 'merged'
ORDER BY COALESCE(c.due_at, a.at), m.id
