-- The open digest of a destination, of alerts or of changes: more posts can join
-- it. An unconfirmed summary may have been sent, but its thread still takes pages.
SELECT d.id, d.key, d.alert_id, d.state
FROM deliveries d
CROSS JOIN alerts a
WHERE d.destination = $1
  AND d.kind = 'post'
  AND d.incident_id IS NULL
  AND d.state IN ('pending', 'sending', 'unknown')
  AND (d.state = 'pending' OR d.state = 'unknown' AND $2 > 0)
  AND a.id = d.alert_id
  AND a.reason = $3
ORDER BY d.id DESC
LIMIT 1
