-- Makes the refused deliveries of a destination pending that are due and still
-- relevant.
UPDATE deliveries SET state = 'pending', next_at = $1
WHERE id IN (
    SELECT d.id
    FROM deliveries d
    JOIN alerts a ON a.id = d.alert_id
    LEFT JOIN clocks c ON c.id = a.clock_id
    LEFT JOIN incidents n ON n.id = d.incident_id
    WHERE d.state = 'refused'
      AND d.kind <> 'copy'
      AND d.destination = $2
      AND d.next_at <= $3
      AND d.queued_at > $4
      AND {stands})
