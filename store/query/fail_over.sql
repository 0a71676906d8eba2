-- For each post that is pending or unconfirmed at a destination, or whose request
-- has had no answer for long, alone or in a digest: a post at the fallback that
-- refers to it by instead_of. Each branch uses the index of one state.
INSERT INTO deliveries (key, alert_id, incident_id, instead_of, past, destination, kind, state, queued_at, next_at)
SELECT w.key || $1, w.alert_id, w.incident_id, w.id, w.past, $2, 'post', 'pending', w.queued_at, $3
FROM (
    SELECT d.id, d.key, d.alert_id, d.incident_id, d.past, d.queued_at
    FROM deliveries d
    WHERE d.state = 'pending' AND d.destination = $4 AND d.kind = 'post'
    UNION ALL
    SELECT d.id, d.key, d.alert_id, d.incident_id, d.past, d.queued_at
    FROM deliveries d
    WHERE d.state = 'unknown' AND d.destination = $5 AND d.kind = 'post' AND d.moot = 0
    UNION ALL
    SELECT d.id, d.key, d.alert_id, d.incident_id, d.past, d.queued_at
    FROM deliveries d
    WHERE d.state = 'sending' AND d.destination = $6 AND d.kind = 'post' AND d.moot = 0 AND d.attempt_at <= $7
    UNION ALL
    SELECT m.id, m.key, m.alert_id, m.incident_id, m.past, m.queued_at
    FROM deliveries t
    CROSS JOIN deliveries m
    WHERE t.state = 'pending' AND t.destination = $8 AND t.kind IN ('post', 'page')
      AND m.digest_page_id = t.id AND m.state = 'merged' AND m.kind = 'post'
    UNION ALL
    SELECT m.id, m.key, m.alert_id, m.incident_id, m.past, m.queued_at
    FROM deliveries t
    CROSS JOIN deliveries m
    WHERE t.state = 'unknown' AND t.destination = $9 AND t.kind IN ('post', 'page')
      AND m.digest_page_id = t.id AND m.state = 'merged' AND m.kind = 'post' AND m.moot = 0
    UNION ALL
    SELECT m.id, m.key, m.alert_id, m.incident_id, m.past, m.queued_at
    FROM deliveries t
    CROSS JOIN deliveries m
    WHERE t.state = 'sending' AND t.destination = $10 AND t.kind IN ('post', 'page') AND t.attempt_at <= $11
      AND m.digest_page_id = t.id AND m.state = 'merged' AND m.kind = 'post' AND m.moot = 0) w
WHERE NOT EXISTS (SELECT 1 FROM alerts a WHERE a.id = w.alert_id AND a.reason IN ('digest', 'changes', 'imported'))
  AND NOT EXISTS (SELECT 1 FROM deliveries f WHERE f.instead_of = w.id AND (f.state <> 'retired' OR f.destination = $12))
  AND NOT EXISTS (SELECT 1 FROM deliveries f WHERE f.alert_id = w.alert_id AND f.destination = $13 AND f.kind = 'post')
ORDER BY w.id
