-- A pending update for each post of an incident, or of an item of the inbox, that
-- was sent, is being sent or may have arrived at an earlier attempt, alone or in a
-- digest whose pages cannot be edited one by one, unless one is pending already:
-- that one will show the state at the time of sending. A pending post that may have
-- arrived gets one although it will show that state too: its receiver may drop it as
-- a repeat, and so with an update. A superseded post that may have arrived gets one:
-- it, or the update that corrected it, may be the only message of the incident.
-- Of posts that share a message at the destination, as an overdue deadline and its
-- repeats share an alert of PagerDuty, the last gets the update.
INSERT INTO deliveries (key, alert_id, incident_id, post_id, destination, kind, state, queued_at, next_at)
SELECT p.key || '#' || (1 + (SELECT COUNT(*) FROM deliveries u WHERE u.post_id = p.id)),
       p.alert_id, p.incident_id, p.id, p.destination, 'update', 'pending', $1, $2
FROM deliveries p
LEFT JOIN deliveries t ON t.id = p.digest_page_id AND p.state = 'merged'
LEFT JOIN deliveries h ON h.id = t.thread_root_id
WHERE {which}
  AND p.kind = 'post'
  AND p.gone = 0
  AND (p.ts = '' OR p.state <> 'sent' OR p.id IN (
    SELECT MAX(p.id)
    FROM deliveries p
    WHERE {which} AND p.kind = 'post' AND p.gone = 0 AND p.state = 'sent'
    GROUP BY p.destination, p.channel, p.ts))
  AND (t.id IS NULL AND (p.state IN ('sent', 'sending', 'unknown')
      OR p.possible_repeat = 1 AND p.state IN ('pending', 'refused', 'superseded'))
    OR (t.kind = 'post' OR h.fixed = 1) AND (t.state IN ('sent', 'sending', 'unknown')
      OR t.possible_repeat = 1 AND t.state IN ('pending', 'refused')))
  AND NOT EXISTS (
    SELECT 1
    FROM deliveries u
    WHERE u.post_id = p.id AND u.state = 'pending' AND u.possible_repeat = 0)
ORDER BY p.id
