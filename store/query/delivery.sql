-- A delivery with its alert. An update has the receipt of its post or of the
-- digest page with it, and the content of its post.
SELECT d.id, d.key, d.destination, d.kind, d.state, d.attempts, d.next_at, d.last_error,
       COALESCE(t.channel, p.channel, d.channel), COALESCE(t.ts, p.ts, d.ts), d.sent_at, d.possible_repeat, d.lookups, d.refusals,
       COALESCE(h.channel, ''), COALESCE(h.ts, ''), COALESCE(i.destination, ''), COALESCE(i.state, ''),
       COALESCE(p.id, d.id), COALESCE(p.part, d.part), COALESCE(p.thread_root_id, d.thread_root_id),
       a.id, a.key, a.reason, a.incident_id, a.clock_id, a.due_at, a.due_offset, a.at, a.destinations, a.body, a.premature,
       d.copy_of, d.recipient
FROM deliveries d
JOIN alerts a ON a.id = d.alert_id
LEFT JOIN deliveries p ON p.id = d.post_id
LEFT JOIN deliveries t ON t.id = p.digest_page_id
LEFT JOIN deliveries h ON h.id = COALESCE(p.thread_root_id, d.thread_root_id)
LEFT JOIN deliveries i ON i.id = d.instead_of
WHERE d.id = $1
