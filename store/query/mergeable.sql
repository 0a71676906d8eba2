-- The posts of a destination that may join a digest: due, about an incident, never
-- unconfirmed, never part of a refused digest, and with no earlier post of their
-- incident that has to be sent first. {past} is 1 for those about past
-- deadlines of an import, and 0 for all others.
SELECT d.id, d.queued_at
FROM deliveries d
WHERE d.state = 'pending'
  AND d.destination = $1
  AND d.kind = 'post'
  AND d.next_at <= $2
  AND d.incident_id IS NOT NULL
  AND d.possible_repeat = 0
  AND d.alone = 0
  AND d.past = {past}
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries b
    WHERE b.incident_id = d.incident_id
      AND b.destination = d.destination
      AND b.kind = 'post'
      AND b.id < d.id
      AND b.moot = 0
      AND (b.state IN ('sending', 'unknown')
        OR b.state = 'pending' AND (b.possible_repeat = 1 OR b.alone = 1 OR b.next_at > $3)))
ORDER BY d.next_at, d.id
LIMIT $4
