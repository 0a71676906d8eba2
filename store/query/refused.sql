-- The refused deliveries that are still relevant, with the fallback that got the
-- alert. For all incidents: those not acknowledged since; for one incident: all.
SELECT d.incident_id, d.destination, d.kind, a.reason, d.attempt_at, d.next_at, d.last_error,
       COALESCE(f.destination, ''), COALESCE(f.sent_at, t.sent_at)
FROM deliveries d
JOIN alerts a ON a.id = d.alert_id
LEFT JOIN clocks c ON c.id = a.clock_id
LEFT JOIN incidents n ON n.id = d.incident_id
LEFT JOIN deliveries f ON f.instead_of = d.id AND f.state <> 'superseded'
LEFT JOIN deliveries t ON t.id = f.digest_page_id
WHERE d.state = 'refused'
  AND d.kind <> 'copy'
  AND d.queued_at > $1
  AND ($2 = 0 AND (n.ack_at IS NULL OR n.ack_at < d.attempt_at) OR d.incident_id = $3)
  AND {stands}
ORDER BY d.attempt_at DESC, d.id DESC
LIMIT $4
