-- For each post that waits at a destination, by itself or to be told by a
-- digest, one at the fallback that names whose place it takes.
INSERT INTO deliveries (key, alert_id, incident_id, instead_of, destination, kind, state, queued_at, next_at)
SELECT w.key || $1, w.alert_id, w.incident_id, w.id, $2, 'post', 'pending', w.queued_at, $3
FROM (
    SELECT d.id, d.key, d.alert_id, d.incident_id, d.queued_at
    FROM deliveries d
    WHERE d.state = 'pending' AND d.destination = $4 AND d.kind = 'post'
    UNION ALL
    SELECT m.id, m.key, m.alert_id, m.incident_id, m.queued_at
    FROM deliveries t
    CROSS JOIN deliveries m
    WHERE t.state = 'pending' AND t.destination = $5 AND t.kind IN ('post', 'page')
      AND m.teller_id = t.id AND m.state = 'merged') w
WHERE NOT EXISTS (SELECT 1 FROM alerts a WHERE a.id = w.alert_id AND a.reason = 'digest')
  AND NOT EXISTS (SELECT 1 FROM deliveries f WHERE f.instead_of = w.id)
  AND NOT EXISTS (SELECT 1 FROM deliveries f WHERE f.alert_id = w.alert_id AND f.destination = $6 AND f.kind = 'post')
ORDER BY w.id
