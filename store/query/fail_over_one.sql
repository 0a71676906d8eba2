-- For one refused post: a post at the fallback that refers to it by instead_of.
INSERT INTO deliveries (key, alert_id, incident_id, instead_of, past, destination, kind, state, queued_at, next_at)
SELECT w.key || $1, w.alert_id, w.incident_id, w.id, w.past, $2, 'post', 'pending', w.queued_at, $3
FROM deliveries w
WHERE w.id = $4
  AND w.kind = 'post'
  AND NOT EXISTS (SELECT 1 FROM deliveries f WHERE f.instead_of = w.id)
  AND NOT EXISTS (SELECT 1 FROM deliveries f WHERE f.alert_id = w.alert_id AND f.destination = $5 AND f.kind = 'post')
