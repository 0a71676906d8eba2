-- The pending updates of incidents at a destination, grouped by incident, an
-- update whose post was sent first. moot: another message carries the change or
-- is about to; hold_at: when a pending post that may carry it is due.
SELECT u.id, u.incident_id, u.queued_at, u.next_at, u.attempts, u.lookups,
       EXISTS (
         SELECT 1
         FROM deliveries r
         LEFT JOIN deliveries t ON t.id = r.digest_page_id AND r.state = 'merged'
         WHERE r.incident_id = u.incident_id
           AND r.destination = u.destination
           AND r.id <> u.id
           AND (r.tells >= n.changes AND (r.state IN ('sent', 'sending', 'unknown') OR t.state IN ('sent', 'sending', 'unknown'))
             OR r.kind = 'update' AND t.state = 'pending')),
       (SELECT MAX(COALESCE(t.next_at, r.next_at))
        FROM deliveries r
        LEFT JOIN deliveries t ON t.id = r.digest_page_id AND r.state = 'merged'
        WHERE r.incident_id = u.incident_id
          AND r.destination = u.destination
          AND r.kind = 'post'
          AND (r.state = 'pending' OR t.state = 'pending'))
FROM deliveries u
JOIN incidents n ON n.id = u.incident_id
JOIN deliveries p ON p.id = u.post_id
WHERE u.state = 'pending'
  AND u.destination = $1
  AND u.kind = 'update'
ORDER BY u.incident_id, CASE WHEN p.state = 'sent' THEN 0 ELSE 1 END, u.id
