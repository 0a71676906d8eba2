-- A pending update for each page that tells of an incident, and for its
-- summary, where they are out or on their way and no update waits already.
INSERT INTO deliveries (key, alert_id, post_id, destination, kind, state, queued_at, next_at)
SELECT p.key || '#' || (1 + (SELECT COUNT(*) FROM deliveries u WHERE u.post_id = p.id)),
       p.alert_id, p.id, p.destination, 'update', 'pending', $1, $2
FROM deliveries p
WHERE p.id IN (
    SELECT t.id
    FROM deliveries m
    JOIN deliveries t ON t.id = m.teller_id
    WHERE m.incident_id = $3 AND m.state = 'merged' AND t.kind = 'page'
    UNION
    SELECT t.head_id
    FROM deliveries m
    JOIN deliveries t ON t.id = m.teller_id
    WHERE m.incident_id = $4 AND m.state = 'merged' AND t.kind = 'page')
  AND p.state IN ('sent', 'sending', 'unknown')
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries u
    WHERE u.post_id = p.id AND u.state = 'pending')
ORDER BY p.id
