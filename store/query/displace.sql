-- Supersedes an update of a message that is gone if another message of the same
-- clock exists at the destination and carries the change.
UPDATE deliveries SET state = 'superseded'
WHERE id = $1
  AND EXISTS (
    SELECT 1
    FROM deliveries p
    JOIN alerts a ON a.id = p.alert_id
    JOIN deliveries o ON o.incident_id = p.incident_id AND o.destination = p.destination
    JOIN alerts b ON b.id = o.alert_id
    WHERE p.id = deliveries.post_id
      AND o.id <> p.id
      AND o.kind = 'post'
      AND o.state = 'sent'
      AND o.gone = 0
      AND COALESCE(b.clock_id, 0) = COALESCE(a.clock_id, 0))
