-- A pending update for each post of an incident that is out or on its way,
-- unless one waits already: what waits will be sent as things stand then.
INSERT INTO deliveries (key, alert_id, incident_id, post_id, destination, kind, state, queued_at, next_at)
SELECT p.key || '#' || (1 + (SELECT COUNT(*) FROM deliveries u WHERE u.post_id = p.id)),
       p.alert_id, p.incident_id, p.id, p.destination, 'update', 'pending', $1, $2
FROM deliveries p
WHERE p.incident_id = $3
  AND p.kind = 'post'
  AND p.state IN ('sent', 'sending', 'unknown')
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries u
    WHERE u.post_id = p.id AND u.state = 'pending')
ORDER BY p.id
