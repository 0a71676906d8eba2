-- The digest of a destination that is not out yet, to which more can be added.
-- A summary in doubt may be out, but pages can still be added to its thread.
SELECT d.id, d.key, d.alert_id, d.state
FROM deliveries d
CROSS JOIN alerts a
WHERE d.destination = $1
  AND d.kind = 'post'
  AND d.incident_id IS NULL
  AND d.state IN ('pending', 'sending', 'unknown')
  AND (d.state = 'pending' OR d.state = 'unknown' AND $2 > 0)
  AND a.id = d.alert_id
  AND a.reason = 'digest'
ORDER BY d.id DESC
LIMIT 1
