-- Open clocks for which no alert of a stage has arrived although it is overdue.
-- The statement reads the tables alone, so that a fault of the planner or the
-- sender is not repeated here.
--
-- A clock counts as alerted if an alert arrived somewhere, by itself or on a page
-- of a digest: an undeliverable alert may have gone to a fallback. The alert must
-- be about this deadline, or about the one announced before a correction, must be
-- due at or after the stage's instant of that deadline, and must have one of the
-- stage's destinations. An alert that became due a moment ago still has time,
-- because deadlines are logged and moved after they have passed. Repeats get no
-- such time, or one that comes every minute would hide that none ever arrives.
-- A clock acknowledged after the stage's instant is left out, and so is a deadline
-- that was past when its incident was imported. {gate}, the
-- condition for the incidents that the stage applies to, and {limit} are inserted
-- for each stage. The last column is true if an alert of this deadline may have
-- arrived, because an attempt had no answer; by EXISTS, PostgreSQL would read all
-- deliveries to look it up in a hash.
SELECT c.id, c.incident_id, i.vendor, c.promise, c.stage, c.due_at,
       (SELECT COUNT(*)
         FROM alerts a
         JOIN deliveries d ON d.alert_id = a.id
         LEFT JOIN deliveries t ON t.id = d.digest_page_id
         WHERE a.clock_id = c.id
           AND a.due_at = c.due_at
           AND a.reason IN ('overdue', 'escalation', 'repeat')
           AND d.kind = 'post'
           AND (COALESCE(t.state, d.state) IN ('sending', 'unknown') OR COALESCE(t.possible_repeat, d.possible_repeat) = 1)) > 0
FROM clocks c
JOIN incidents i ON i.id = c.incident_id
WHERE c.state IN ('running', 'at_risk', 'overdue')
  AND c.due_at <= $1
  AND i.cancelled_at IS NULL
  AND (i.past_until IS NULL OR c.due_at > i.past_until)
  AND (i.ack_at IS NULL OR i.ack_at < c.due_at + $2)
  AND NOT EXISTS (
    SELECT 1
    FROM alerts a
    WHERE a.clock_id = c.id
      AND a.premature = 0
      AND (a.due_at = c.due_at OR c.state = 'overdue' AND c.announced_due_at IS NOT NULL)
      AND a.at >= a.due_at + $3
      AND a.at >= COALESCE(c.again_at, a.at)
      AND a.reason IN ('overdue', 'escalation', 'repeat')
      AND EXISTS (
        SELECT 1
        FROM deliveries m
        WHERE m.alert_id = a.id AND $4 LIKE '%,' || m.destination || ',%')
      AND ((a.at > $5 AND a.reason <> 'repeat')
        OR EXISTS (
          SELECT 1
          FROM deliveries d
          LEFT JOIN deliveries t ON t.id = d.digest_page_id
          WHERE d.alert_id = a.id AND d.kind = 'post'
            AND (d.state = 'sent' OR d.state = 'merged' AND t.state = 'sent'))))
  AND {gate}
ORDER BY c.due_at, c.id
LIMIT {limit}
