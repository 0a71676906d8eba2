-- A pending update for each digest page that lists an incident, and for its
-- summary, if they can be edited, were sent, are being sent or may have arrived at an
-- earlier attempt, and have no pending update.
INSERT INTO deliveries (key, alert_id, post_id, destination, kind, state, queued_at, next_at)
SELECT p.key || '#' || (1 + (SELECT COUNT(*) FROM deliveries u WHERE u.post_id = p.id)),
       p.alert_id, p.id, p.destination, 'update', 'pending', $1, $2
FROM deliveries p
WHERE p.id IN (
    SELECT t.id
    FROM deliveries m
    JOIN deliveries t ON t.id = m.digest_page_id
    JOIN deliveries h ON h.id = t.thread_root_id
    WHERE m.incident_id = $3 AND m.state = 'merged' AND t.kind = 'page' AND h.fixed = 0
    UNION
    SELECT t.thread_root_id
    FROM deliveries m
    JOIN deliveries t ON t.id = m.digest_page_id
    JOIN deliveries h ON h.id = t.thread_root_id
    WHERE m.incident_id = $4 AND m.state = 'merged' AND t.kind = 'page' AND h.fixed = 0)
  AND (p.state IN ('sent', 'sending', 'unknown') OR p.possible_repeat = 1 AND p.state IN ('pending', 'refused'))
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries u
    WHERE u.post_id = p.id AND u.state = 'pending' AND u.possible_repeat = 0)
ORDER BY p.id
