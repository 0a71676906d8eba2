-- The unconfirmed deliveries of a destination, with the thread to search.
SELECT d.id, d.key, d.kind, d.attempts, d.attempt_at, d.next_at, d.lookups, COALESCE(h.channel, ''), COALESCE(h.ts, '')
FROM deliveries d
LEFT JOIN deliveries h ON h.id = d.thread_root_id
WHERE d.state = 'unknown'
  AND d.destination = $1
ORDER BY d.attempt_at, d.id
LIMIT $2
