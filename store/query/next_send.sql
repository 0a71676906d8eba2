-- The pending delivery of a destination that may go first. A post waits for
-- the incident's earlier posts; an update waits for its post and for earlier
-- updates of it. A row that waits is left out, so that the answer is never an
-- instant at which nothing could be sent.
SELECT d.id, d.next_at
FROM deliveries d
WHERE d.state = 'pending'
  AND d.destination = $1
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries b
    WHERE b.incident_id = d.incident_id
      AND b.destination = d.destination
      AND b.id < d.id
      AND b.state IN ('pending', 'sending')
      AND ((d.kind = 'post' AND b.kind = 'post') OR b.id = d.post_id OR b.post_id = d.post_id))
ORDER BY d.next_at, d.id
LIMIT 1
