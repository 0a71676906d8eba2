-- A delivery with its alert. The receipt of an update is that of its post.
SELECT d.id, d.key, d.destination, d.kind, d.state, d.attempts, d.next_at, d.last_error,
       COALESCE(p.channel, d.channel), COALESCE(p.ts, d.ts), d.sent_at, d.possible_repeat, d.looks,
       a.id, a.key, a.reason, a.incident_id, a.clock_id, a.due_at, a.due_offset, a.at, a.destinations, a.body
FROM deliveries d
JOIN alerts a ON a.id = d.alert_id
LEFT JOIN deliveries p ON p.id = d.post_id
WHERE d.id = $1
