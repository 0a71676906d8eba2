-- Open clocks whose deadline lies so far back that people must have been told,
-- and nobody was. It is written against the tables alone: whatever is wrong
-- with the planner or the sender must not be wrong here as well.
--
-- A clock counts as told when an alert about this very deadline, due at or
-- after the stage's instant and meant for one of its destinations, arrived
-- somewhere: what could not be delivered may have gone to a fallback. An alert that fell due a moment ago still has
-- time: deadlines are logged and moved after they have passed. Repeats get no
-- such time, or one that comes every minute would hide that none ever arrives.
-- Whoever acknowledged after the stage's instant knows.
SELECT c.id, c.incident_id, i.vendor, c.promise, c.stage, c.due_at
FROM clocks c
JOIN incidents i ON i.id = c.incident_id
WHERE c.state IN ('running', 'at_risk', 'overdue')
  AND c.due_at <= $1
  AND i.cancelled_at IS NULL
  AND (i.ack_at IS NULL OR i.ack_at < c.due_at + $2)
  AND NOT EXISTS (
    SELECT 1
    FROM alerts a
    WHERE a.clock_id = c.id
      AND a.due_at = c.due_at
      AND a.at >= c.due_at + $3
      AND a.reason IN ('overdue', 'escalation', 'repeat')
      AND EXISTS (
        SELECT 1
        FROM deliveries m
        WHERE m.alert_id = a.id AND $4 LIKE '%,' || m.destination || ',%')
      AND ((a.at > $5 AND a.reason <> 'repeat')
        OR EXISTS (
          SELECT 1
          FROM deliveries d
          WHERE d.alert_id = a.id AND d.kind = 'post' AND d.state = 'sent')))
ORDER BY c.due_at, c.id
LIMIT $6
