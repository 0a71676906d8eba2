-- A message with a file for which attach.sql would queue a delivery.
SELECT p.id
FROM deliveries p
CROSS JOIN alert_files f
WHERE p.destination = $1
  AND p.kind = 'post'
  AND p.incident_id IS NULL
  AND p.state IN ('pending', 'sending', 'unknown')
  AND f.alert_id = p.alert_id
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries d
    WHERE d.thread_root_id = p.id
      AND d.part = f.part)
LIMIT 1
