-- What a destination may have or not, with the thread to look in.
SELECT d.id, d.key, d.kind, d.attempt_at, d.next_at, d.looks, COALESCE(h.channel, ''), COALESCE(h.ts, '')
FROM deliveries d
LEFT JOIN deliveries h ON h.id = d.head_id
WHERE d.state = 'unknown'
  AND d.destination = $1
ORDER BY d.attempt_at, d.id
LIMIT $2
