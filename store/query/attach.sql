-- A delivery for each file of a message that waits at a destination, to be sent
-- into the message's thread, unless it exists.
INSERT INTO deliveries (key, alert_id, thread_root_id, part, destination, kind, state, queued_at, next_at)
SELECT p.key || '/file/' || f.name, p.alert_id, p.id, f.part, p.destination, 'file', 'pending', p.queued_at, p.next_at
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
ORDER BY p.id, f.part
